#!/bin/sh
# python-stdnum 2.2 refuses Chinese citizen identity numbers of two kinds that are issued.
# GB 11643: digits 1 to 6 are the code of the county where the number was given, digits 7 to 14 the birth
# date. (1) Since 2018 residents from Hong Kong, Macao and Taiwan get such numbers with the codes 810000,
# 820000 and 830000. (2) A number given after a county got its code carries the new code whatever the
# year of birth: Chongqing's 500101 exists since 1997 and stands in numbers of people born long before. The
# library looks for a county that had the code in the year of birth and answers InvalidComponent to both.
# The numbers below are made up, of people nobody can be today; digits and check character are right.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet python-stdnum==2.2 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys
from importlib.metadata import version

from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent
from stdnum.iso7064 import mod_11_2

print("python-stdnum", version("python-stdnum"))
refused = []
for county, what in [("110101", "a county that was always there"), ("500101", "a code since 1997"),
                     ("810000", "resident from Hong Kong"), ("820000", "from Macao"),
                     ("830000", "from Taiwan")]:
    number = f"{county}19010101001"
    number += mod_11_2.calc_check_digit(number)
    try:
        ric.validate(number)
        print(f"{number}, {what}: accepted")
    except InvalidComponent as error:
        refused.append(county)
        print(f"{number}, {what}: {error}")
sys.exit(0 if refused == ["500101", "810000", "820000", "830000"] else 1)
PY
