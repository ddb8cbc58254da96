#!/bin/sh
# openpyxl 3.1.5 writes a number with 16 significant digits and says nothing of the rest.
# ECMA-376 part 1, 18.18.22 (cell type n): the text of a numeric cell is an xsd:double, which needs 17
# significant digits to come back; spreadsheets write 17. One would expect every finite float to be
# read as it was written, and an integer Python holds exactly to be kept or refused.
# 0.1 + 0.2 comes back as 0.3, 1.1 * 1.1 as 1.21, the integer 9007199254740991 + 2 as an even number,
# and the 17-digit number 12345678901234567 as 1.234567890123457e+16. So a file made to test a reader
# does not hold what was put in, and an identifier given as a number is another one after saving.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet openpyxl==3.1.5 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import io
import sys

import openpyxl

print("openpyxl", openpyxl.__version__)
changed = 0
for value in (0.1 + 0.2, 1.1 * 1.1, 2**53 + 1, 12345678901234567):
    book = openpyxl.Workbook()
    book.active["A1"] = value
    out = io.BytesIO()
    book.save(out)
    back = openpyxl.load_workbook(io.BytesIO(out.getvalue())).active["A1"].value
    print(f"written {value!r}, read {back!r}")
    changed += back != value
sys.exit(0 if changed == 4 else 1)
PY
