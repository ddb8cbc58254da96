#!/bin/sh
# fhirpathpy 2.2.4 says that 1 mg does not equal 0.001 g, and cannot say that 12 mL is more than 10 mL.
# FHIRPath (N1, Equals and Comparison): quantities of one dimension are compared after conversion of their
# UCUM units; an implementation without conversions answers with the empty collection, never with false.
# Of two quantities in the same unit the numbers are compared. Here = answers false for every pair of
# different units, so that a limit written in another unit than the laboratory's seems to be missed; weeks
# and days it does convert. Each of < <= > >= ends in a TypeError, whatever the units.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet fhirpathpy==2.2.4 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys
from importlib.metadata import version

from fhirpathpy import evaluate

print("fhirpathpy", version("fhirpathpy"))
equal, failed = {}, []
for left, right in [("1 'mg'", "0.001 'g'"), ("10 'mL'", "0.01 'L'"), ("1 'wk'", "7 'd'")]:
    equal[left] = evaluate({}, f"{left} = {right}")
    print(f"{left} = {right}: {equal[left]}")
for sign in ("<", "<=", ">", ">="):
    asked = f"12 'mL' {sign} 10 'mL'"
    try:
        print(f"{asked}: {evaluate({}, asked)}")
    except TypeError as error:
        failed.append(sign)
        print(f"{asked}: TypeError {error}")
still = equal == {"1 'mg'": [False], "10 'mL'": [False], "1 'wk'": [True]} and len(failed) == 4
sys.exit(0 if still else 1)
PY
