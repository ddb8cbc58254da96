#!/bin/sh
# hl7apy 1.3.5 parses an ORU^R01 with a Z segment and writes the message back without it.
# HL7 v2 chapter 2 lets any site add segments whose name starts with Z, and a receiver that does not
# know one ignores it but does not strike it from the message it stores or forwards. One would expect
# parse and write back to give the same segments. With the default arguments the segment is gone
# without a word; with find_groups=False it stays.
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

source = "\r".join([
    r"MSH|^~\&|LAB|HOSPITAL|REGISTER|HOLDER|20261103081500||ORU^R01^ORU_R01|1|P|2.5.1",
    "PID|1||S-001",
    "OBR|1||A1|58410-2^Blood count^LN",
    "OBX|1|NM|751-8^Neutrophils^LN||1.50|10*9/L|||||F",
    "ZPR|1|LOT-A123|product and lot of the infusion",
]) + "\r"
names = lambda text: [line[:3] for line in text.split("\r") if line]
grouped = names(parse_message(source).to_er7())
flat = names(parse_message(source, find_groups=False).to_er7())
print("hl7apy", version("hl7apy"))
print("sent                 ", names(source))
print("written back         ", grouped)
print("with find_groups=False", flat)
sys.exit(0 if "ZPR" not in grouped and "ZPR" in flat else 1)
PY
