#!/bin/sh
# ucumvert 0.3.2 gives the nutrition Calorie of UCUM as 4.184 J and knows no value of its pH.
# UCUM 2.1 (and the ucum-essence.xml inside the package): [Cal] is 1 kcal_th, 4184 J; [in_i'Hg] is
# m[Hg].[in_i]/m, 133.322 kPa x 0.0254 = 3386.38 Pa; [pH] is a unit with a logarithm of its own. One
# would expect the values of that file, or a refusal to convert.
# [Cal] becomes a thousandth of it, the inch of mercury that of 60 degrees Fahrenheit (0.3 % less, as is
# the inch of water), and [pH], which its grammar accepts, ends in an error about a unit 'pH_value'.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ucumvert==0.3.2 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import re
import sys
from pathlib import Path

import ucumvert

units = ucumvert.PintUcumRegistry()
essence = (Path(ucumvert.__file__).parent / "vendor/ucum-essence.xml").read_text("utf-8")
still = []
for code, base, expected in (("[Cal]", "J", 4184), ("[in_i'Hg]", "Pa", 3386.3788)):
    said = re.search(rf'Code="{re.escape(code)}".*?<value Unit="([^"]+)"', essence, re.S)[1]
    value = units.from_ucum(code).to(base).magnitude
    print(f"{code}: its file says 1 {said}, which is {expected} {base}; converted {value:.4f} {base}")
    still.append(abs(value / expected - 1) > 0.002)
print("1 kcal_th:", units.from_ucum("kcal_th").to("J"))
try:
    print("[pH]:", units.from_ucum("[pH]"))
    still.append(False)
except Exception as error:
    print("[pH]:", str(error).splitlines()[-1])
    still.append(True)
sys.exit(0 if all(still) else 1)
PY
