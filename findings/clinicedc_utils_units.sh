#!/bin/sh
# clinicedc-utils 1.0.6: laboratory values converted from mmol/L or into g/L are wrong by powers of ten.
# Glucose 5.5 mmol/L x 180.16 g/mol is 99.1 mg/dL and 0.991 g/L. One would expect that, and the way there
# and back to agree. mmol/L is divided by 1000 where micromoles need times 1000 (10^6 too small; rounding
# to four places leaves 0.0001); micromoles to g/L are 10^4 too large. And 0 mg/dL, a result many assays
# give, is "not handled". (Installed without the MySQL client, which needs a compiler and takes no part.)
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-deps clinicedc-utils==1.0.6 clinicedc-constants==1.7.0 \
    remote-read-sql==1.4.0 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/pip" install --quiet pandas==3.1.1 sqlalchemy==2.1.9 tqdm==4.70.1 \
    python-dotenv==1.2.4 sshtunnel==0.5.1 paramiko==5.1.0 sqlglot==30.30.0 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys
from importlib.metadata import version

from clinicedc_utils import convert_units


def converted(value, units_from, units_to):
    try:
        return convert_units(label="glucose", value=value, units_from=units_from, units_to=units_to)
    except Exception as error:
        return type(error).__name__


print("clinicedc-utils", version("clinicedc-utils"))
rows = [
    (99.088, "mg/dL", "mmol/L", 5.5, True),
    (5.5, "mmol/L", "mg/dL", 99.088, False),
    (5500.0, "umol/L", "g/L", 0.99088, False),
    (0.0, "mg/dL", "mmol/L", 0.0, False),
]
same = True
for value, units_from, units_to, right, expected_right in rows:
    result = converted(value, units_from, units_to)
    print(f"glucose {value} {units_from} -> {result} {units_to} (right: {right})")
    close = not isinstance(result, str) and abs(result - right) < 1e-3
    same = same and close == expected_right
sys.exit(0 if same else 1)
PY
