#!/bin/sh
# hl7apy 1.3.5 escapes text that is already escaped when it writes a message back.
# HL7 v2 chapter 2.7: \.br\ in a text is a line break and \X0D\ a byte in hexadecimal; \E\ stands for the
# escape character itself. One would expect an unchanged message. Instead the backslashes of
# \.br\ become \E\, so the next reader shows the letters ".br" inside the laboratory's comment, and
# every further pass adds more. (Its own \T\ and \F\ are left alone.)
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet hl7apy==1.3.5 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys
from importlib.metadata import version

from hl7apy.parser import parse_message

comment = r"first line\.br\second line\X0D\third line, A \T\ B"
source = "\r".join([
    r"MSH|^~\&|LAB|HOSPITAL|REGISTER|HOLDER|20261103081500||ORU^R01^ORU_R01|1|P|2.5.1",
    "PID|1||S-001",
    "OBR|1||A1|58410-2^Blood count^LN",
    "OBX|1|TX|8251-1^Comment^LN||" + comment + "||||||F",
]) + "\r"
comment_of = lambda text: next(l for l in text.split("\r") if l.startswith("OBX")).split("|")[5]
written = comment_of(parse_message(source).to_er7())
print("hl7apy", version("hl7apy"))
print("sent        ", comment)
print("written back", written)
sys.exit(0 if "\\E\\.br\\E\\" in written and "\\E\\X0D\\E\\" in written else 1)
PY
