#!/bin/sh
# pandas 3.1.1 loses or invents rows of a SAS transport file (XPORT v5) whose rows are short.
# SAS TS-140: rows follow each other without gaps and only the end of the last 80-byte card is filled with
# blanks. One would expect as many rows as were written. pandas counts every blank eight bytes anywhere in
# the last card as filling: a text column of eight blanks (nothing entered) takes the last rows away, with
# their numbers. Filling of less than eight bytes is not counted: rows of one byte get blank ones added.
# Neither says anything. pyreadstat reads the rows as written in both files.
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

path = sys.argv[1] + "/t.xpt"
frames = {
    "eight bytes of text and a number": pandas.DataFrame(
        {"AETERM": ["headache"] + [""] * 9, "AESEQ": [float(n) for n in range(1, 11)]}
    ),
    "one letter": pandas.DataFrame({"FLAG": ["Y", "N", "Y"]}),
}
counts = []
print("pandas", pandas.__version__, "pyreadstat", pyreadstat.__version__)
for name, frame in frames.items():
    pyreadstat.write_xport(frame, path, file_format_version=5, table_name="T")
    by_pandas = len(pandas.read_sas(path, format="xport"))
    by_pyreadstat = len(pyreadstat.read_xport(path)[0])
    print(f"{name}: written {len(frame)}, pandas {by_pandas}, pyreadstat {by_pyreadstat}")
    counts.append((len(frame), by_pandas, by_pyreadstat))
sys.exit(0 if counts == [(10, 7, 10), (3, 8, 3)] else 1)
PY
