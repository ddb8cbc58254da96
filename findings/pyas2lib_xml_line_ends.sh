#!/bin/sh
# pyas2lib 1.4.4 changes the line ends of an XML file it sends: LF arrives as CRLF.
# RFC 4130, section 5.2, leaves the content as it is; application/xml is no text type (RFC 2046,
# section 4.1), so its line ends are data. One would expect the bytes of the file; each LF has
# become CRLF, and signature and digest (MIC) are right over the changed file.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
# (oscrypto 1.3.0 below it reads OpenSSL's version as single digits and does not import on 3.0.10 and
# later; the script mends that pattern first, in its own folder.)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyas2lib==1.4.4 oscrypto==1.3.0 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
find "$folder/venv" -name '_libcrypto_c*.py' -exec \
    sed -i 's/d\\\\.\\\\d\\\\.\\\\d\[a-z\]/d+\\\\.\\\\d+\\\\.\\\\d+[a-z]/' {} +
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=both -days 2 \
    -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>"$folder/log"
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import logging
import sys
from pathlib import Path

from pyas2lib.as2 import Message, Organization, Partner

logging.disable()
folder = Path(sys.argv[1])
cert = (folder / "cert.pem").read_bytes()
pair = (folder / "key.pem").read_bytes() + cert
side = Organization("EW", sign_key=pair, decrypt_key=pair, domain="example")
other = Partner("EW", verify_cert=cert, encrypt_cert=cert, sign=True, encrypt=True,
                enc_alg="aes_256_cbc", mdn_mode="SYNC", mdn_digest_alg="sha256")
file = b"<a>\n<b/>\n</a>\n"
message = Message(side, other)
message.build(file, content_type="application/xml")
came = Message()
status, problem, receipt = came.parse(
    message.headers_str + b"\r\n" + message.content, lambda name: side, lambda name: other)
print("status", status, "- digests equal:", came.mic == message.mic, "- sent", file,
      "- arrived", came.content)
sys.exit(0 if came.content == file.replace(b"\n", b"\r\n") else 1)
PY
