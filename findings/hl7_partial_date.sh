#!/bin/sh
# hl7 (python-hl7) 0.4.5 turns a year, or a year and month, into the first day of it.
# HL7 v2 data type DTM (formerly TS): YYYY[MM[DD[HH...]]], and the precision is what is written; "2026"
# says nothing about month or day. One would expect the precision beside the value, or a refusal.
# The result of parse_datetime("2026") equals that of parse_datetime("20260101"), so a diagnosis "in
# 2026" becomes one of 1 January, before an infusion in March.
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

print("hl7", hl7.__version__)
pairs = [("2026", "20260101"), ("202611", "20261101")]
for partial, full in pairs:
    print(f"parse_datetime({partial!r}) = {hl7.parse_datetime(partial)}",
          f"| parse_datetime({full!r}) = {hl7.parse_datetime(full)}")
sys.exit(0 if all(hl7.parse_datetime(a) == hl7.parse_datetime(b) for a, b in pairs) else 1)
PY
