#!/bin/sh
# edc-utils (0.3.33; 1.1.1 for Python 3.12 has the same lines): age in days is only the days left over.
# The age in days on a date is the number of days since birth. get_age_in_days takes a relative difference
# in years, months and days and returns its last part, so an infant of 59 days is 0 days old and one of 87
# days 28. Normal ranges and grades chosen by age in days are then those of another age.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet edc-utils==0.3.33 django==5.2.1 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys
from datetime import date
from importlib.metadata import version

from edc_utils import get_age_in_days

print("edc-utils", version("edc-utils"))
born = date(2026, 1, 1)
results = []
for on in (date(2026, 1, 29), date(2026, 3, 1), date(2026, 3, 29), date(2027, 1, 1)):
    result = get_age_in_days(on, born)
    print(f"born {born}, on {on}: {result} days, days since birth {(on - born).days}")
    results.append((result, (on - born).days))
sys.exit(0 if results == [(28, 28), (0, 59), (28, 87), (0, 365)] else 1)
PY
