#!/bin/sh
# pyas2lib 1.4.4 quotes an AS2 name with a blank a second time in the receipt (MDN) it makes.
# RFC 4130, section 6.2: a name with a blank travels as "NMPA gateway", in quotes that are no part
# of it. One would expect the receipt to come from "NMPA gateway" too; it comes from
# "\"NMPA gateway\"", which is the name of nobody.
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
from email.utils import unquote
from pathlib import Path

from pyas2lib.as2 import Message, Organization, Partner

logging.disable()
folder = Path(sys.argv[1])
cert = (folder / "cert.pem").read_bytes()
pair = (folder / "key.pem").read_bytes() + cert
how = {"verify_cert": cert, "encrypt_cert": cert, "sign": True, "encrypt": True,
       "enc_alg": "aes_256_cbc", "mdn_mode": "SYNC", "mdn_digest_alg": "sha256"}
ends = {name: Organization(name, sign_key=pair, decrypt_key=pair, domain="example")
        for name in ("EW", "NMPA gateway")}
partners = {name: Partner(name, **how) for name in ends}
message = Message(ends["EW"], partners["NMPA gateway"])
message.build(b"<x/>", content_type="application/octet-stream")
status, problem, receipt = Message().parse(
    message.headers_str + b"\r\n" + message.content, ends.get, partners.get)
said = receipt.headers["AS2-From"]
print("sent to", message.headers["AS2-To"], "- status", status, "- the receipt is from", said)
sys.exit(0 if unquote(said) == '"NMPA gateway"' else 1)
PY
