#!/bin/sh
# clinicedc-utils 1.0.6: the CKD-EPI 2021 equation is computed with the age factor of 2009.
# Inker et al., N Engl J Med 2021;385:1737: eGFR = 142 x min(Scr/k,1)^a x max(Scr/k,1)^-1.200 x
# 0.9938^age x 1.012 [if female]. The 2009 equation has 0.993^age. One would expect the 2021 factor, which
# the package's own docstring names too; 0.993 makes every result too low, the more the older: -4.7 % at
# 60. (Installed without the MySQL client, which needs a compiler and takes no part.)
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

from clinicedc_utils import EgfrCkdEpi2021

print("clinicedc-utils", version("clinicedc-utils"))
same = True
for age in (20, 60, 80):
    base = 142 * (0.8 / 0.7) ** -1.2 * 1.012
    result = EgfrCkdEpi2021(
        gender="F", age_in_years=age, creatinine_value=0.8, creatinine_units="mg/dL"
    ).value
    print(f"woman of {age}, creatinine 0.8 mg/dL: {result:.1f}, by the equation {base * 0.9938**age:.1f}")
    same = same and abs(result - base * 0.993**age) < 1e-6
sys.exit(0 if same else 1)
PY
