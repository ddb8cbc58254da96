#!/bin/sh
# pandas 3.1.1 reads the number 0 of a SAS transport file (XPORT v5) as 5.4e-79.
# SAS TS-140: numbers are IBM/370 doubles; zero is eight zero bytes, the one value without a normalised
# fraction. One would expect 0.0, as pyreadstat reads. pandas sets the leading bit of the fraction for it
# too, so "grade == 0" finds no row and no group of zeroes exists, while a printed table shows 0.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pandas==3.1.1 pyreadstat==1.3.7 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys

import pandas
import pyreadstat

path = sys.argv[1] + "/ae.xpt"
frame = pandas.DataFrame({"AEGRADE": [0.0, 1.0, 2.5, -1.0]})
pyreadstat.write_xport(frame, path, file_format_version=5, table_name="AE")
with open(path, "rb") as file:
    print("bytes of the first value:", file.read()[-80:-72].hex())
by_pandas = pandas.read_sas(path, format="xport")["AEGRADE"].tolist()
by_pyreadstat = pyreadstat.read_xport(path)[0]["AEGRADE"].tolist()
print("pandas", pandas.__version__, by_pandas)
print("pyreadstat", pyreadstat.__version__, by_pyreadstat)
sys.exit(0 if by_pandas[0] != 0 and by_pyreadstat[0] == 0 else 1)
PY
