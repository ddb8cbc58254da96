#!/bin/sh
# pyreadstat 1.3.7 cuts a Chinese label of a SAS transport file inside a character; then it cannot read it.
# SAS TS-140 gives a label 40 bytes; China's guideline on data of clinical trials (2020) wants labels in
# Chinese, three bytes a character in UTF-8: 13 characters fit, the 14th starts in byte 40. One would expect
# a refusal, or a cut between characters. write_xport says nothing; read_xport of the same package then
# fails with UnicodeDecodeError for the whole file, data and all.
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
frame = pandas.DataFrame({"AESTDY": [1.0, 2.0]})
readable = {}
print("pyreadstat", pyreadstat.__version__)
for label in ("不良事件开始日距回输的天数", "不良事件开始日距首次回输的天数"):
    pyreadstat.write_xport(frame, path, file_format_version=5, table_name="AE", column_labels=[label])
    try:
        _, meta = pyreadstat.read_xport(path)
        print(len(label), "characters:", meta.column_labels)
        readable[len(label)] = meta.column_labels == [label]
    except UnicodeDecodeError as error:
        print(len(label), "characters:", type(error).__name__, error)
        readable[len(label)] = False
sys.exit(0 if readable == {13: True, 15: False} else 1)
PY
