#!/bin/sh
# pyas2lib 1.4.4 takes the option key_enc_alg="rsaes_oaep" of a partner and encrypts with PKCS #1 v1.5.
# Its documentation names the option as the algorithm of the key's encryption. One would expect the
# message under RSA-OAEP (RFC 3560), or a refusal; the envelope says rsaes_pkcs1v15 and nothing
# is said.
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

from asn1crypto import cms
from pyas2lib.as2 import Message, Organization, Partner

logging.disable()
folder = Path(sys.argv[1])
cert = (folder / "cert.pem").read_bytes()
pair = (folder / "key.pem").read_bytes() + cert
side = Organization("EW", sign_key=pair, decrypt_key=pair, domain="example")
other = Partner("NMPA", verify_cert=cert, encrypt_cert=cert, sign=True, encrypt=True,
                enc_alg="aes_256_cbc", key_enc_alg="rsaes_oaep")
message = Message(side, other)
message.build(b"<x/>", content_type="application/octet-stream")
envelope = cms.ContentInfo.load(message.content)["content"]
recipient = envelope["recipient_infos"][0].chosen
made = recipient["key_encryption_algorithm"]["algorithm"].native
print("asked for", other.key_enc_alg, "- made", made)
sys.exit(0 if made == "rsaes_pkcs1v15" else 1)
PY
