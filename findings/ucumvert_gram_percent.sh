#!/bin/sh
# ucumvert 0.3.2 reads the UCUM unit g% as a hundredth of a gram, a mass, in place of 1 g/dL.
# UCUM table "clinical medicine": g% (gram percent) is a unit of its own, metric, worth 1 g/dL, so that
# mg% is 1 mg/dL: older laboratories report haemoglobin, albumin and creatinine in them. Here the
# letters are read as gram and percent, a haemoglobin of 14 g% becomes 0.14 g, and a conversion to g/L,
# 140 by the table, is refused as one between a mass and a concentration.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ucumvert==0.3.2 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys
from importlib.metadata import version

from pint import DimensionalityError
from ucumvert import PintUcumRegistry

print("ucumvert", version("ucumvert"))
units = PintUcumRegistry()
haemoglobin = 14 * units.from_ucum("g%")
print("14 g% =", haemoglobin.to("gram"))
refused = False
try:
    print(haemoglobin.to(units.from_ucum("g/L").units))
except DimensionalityError as error:
    refused = True
    print("to g/L:", error)
creatinine = units.from_ucum("mg%")
print("1 mg% =", creatinine.to("milligram"))
still = refused and abs(haemoglobin.to("gram").magnitude - 0.14) < 1e-9
sys.exit(0 if still and abs(creatinine.to("milligram").magnitude - 0.01) < 1e-9 else 1)
PY
