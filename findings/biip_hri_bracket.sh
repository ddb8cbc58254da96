#!/bin/sh
# biip 5.2.0 cuts a serial number at a bracket when it reads back the human-readable text it wrote.
# GS1 General Specifications, figure 7.11-1 (AI encodable character set 82): ( and ) are characters of lot
# and serial numbers. One would expect parse_hri() to read what as_hri() of the same package wrote, or to
# refuse it: the element string has read the bracket and kept it.
# The serial number 12(34 comes back as 12, without an error or a warning; two items with the serial
# numbers 12(34 and 12(35 become one.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet biip==5.2.0 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys

from biip.gs1_messages import GS1Message

found = []
for serial in ("12(34", "12(35"):
    message = GS1Message.parse(f"010690123456789221{serial}")
    written = message.as_hri()
    back = GS1Message.parse_hri(written)
    kept, read = (each.element_strings[1].value for each in (message, back))
    print(f"serial number {kept}, written {written}, read back {read}")
    found.append((kept, read))
sys.exit(0 if found == [("12(34", "12"), ("12(35", "12")] else 1)
PY
