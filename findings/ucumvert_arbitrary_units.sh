#!/bin/sh
# ucumvert 0.3.2 converts international units into colonies, cells and plain numbers, one to one.
# UCUM section 24: an arbitrary unit ([iU], [arb'U], [CFU] ...) is not of any dimension and not
# commensurable with any other unit; nothing converts into it or out of it. Here all of them are the number
# one: 5 [iU]/mL of an antibody pass for 5 [CFU]/mL and for 5 per mL, so that two results of different
# measures are taken for comparable. U (the katal's relation, not arbitrary) is rightly kept apart.
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
seen = {}
for source, target in [("[iU]/mL", "[CFU]/mL"), ("[iU]/mL", "/mL"), ("[arb'U]/mL", "{cells}/mL"),
                       ("U/L", "[iU]/L")]:
    try:
        found = (5 * units.from_ucum(source)).to(units.from_ucum(target).units)
        seen[source, target] = float(found.magnitude)
    except DimensionalityError:
        seen[source, target] = None
    print(f"5 {source} in {target}: {seen[source, target]}")
*converted, kept = seen.values()
sys.exit(0 if converted == [5.0, 5.0, 5.0] and kept is None else 1)
PY
