#!/bin/sh
# hl7 (python-hl7) 0.4.5 cannot read back the Chinese that its own escape() wrote.
# HL7 v2 chapter 2.7.5: \Xdd...\ carries bytes of the message's character set, two hexadecimal digits each.
# escape() writes one \X....\ of four digits (the Unicode code point) per Chinese character, which is no
# encoding MSH-18 could name; unescape() reads the same digits as two separate characters. One would
# expect unescape(escape(text)) == text, and real UTF-8 bytes (E4B8AD) to come back as one character.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet hl7==0.4.5 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys

import hl7

message = hl7.parse("MSH|^~\\&|LAB|HOSPITAL|REGISTER|HOLDER|20261103||ORU^R01|1|P|2.5||||||UNICODE UTF-8\r")
text = "中性粒细胞"
escaped = message.escape(text)
back = message.unescape(escaped)
utf8 = message.unescape("\\XE4B8AD\\ ").strip()
print("hl7", hl7.__version__)
print("text          ", text)
print("escape(text)  ", escaped)
print("unescape of it", ascii(back))
print("unescape of the UTF-8 bytes of 中 (E4 B8 AD):", ascii(utf8))
sys.exit(0 if back != text and utf8 != "中" else 1)
PY
