#!/bin/sh
# cdisc-rules-engine 0.17.1 (CDISC CORE), installed from the package registry, reads no Dataset-JSON file.
# Its data service takes .json files for data sets, as its documentation lists Dataset-JSON among the formats;
# a valid Dataset-JSON 1.1 file is refused with "could not be read", because the reader opens a JSON Schema at
# resources/schema/ below the current directory, a folder of the source repository that the package lacks.
# The same record as a SAS transport file is read. The package wants Python 3.12 and no other.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python=${PYTHON:-python3.12}
"$python" -m venv "$folder/venv" || { echo "a Python 3.12 is wanted: set PYTHON" >&2; exit 2; }
"$folder/venv/bin/pip" install --quiet cdisc-rules-engine==0.17.1 2>"$folder/log" || { cat "$folder/log"; exit 2; }
cd "$folder"
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY' 2>"$folder/errors"
import json
import sys
from pathlib import Path

import pandas
import pyreadstat
from cdisc_rules_engine.models.library_metadata_container import LibraryMetadataContainer
from cdisc_rules_engine.rules_engine import RulesEngine
from cdisc_rules_engine.services.cache import InMemoryCacheService

folder = Path(sys.argv[1])
row = {"STUDYID": "S1", "DOMAIN": "DM", "USUBJID": "S1-1"}
columns = [
    {"itemOID": f"IT.DM.{name}", "name": name, "label": name, "dataType": "string", "length": 8}
    for name in row
]
(folder / "dm.json").write_text(json.dumps({
    "datasetJSONCreationDateTime": "2026-11-29T00:00:00Z", "datasetJSONVersion": "1.1.0",
    "fileOID": "F1", "originator": "none", "studyOID": "S1", "metaDataVersionOID": "M1",
    "itemGroupOID": "IG.DM", "records": 1, "name": "DM", "label": "Demographics",
    "columns": columns, "rows": [list(row.values())],
}))
pyreadstat.write_xport(
    pandas.DataFrame([row]), str(folder / "dm.xpt"), table_name="DM", file_format_version=5
)
seen = {}
for name in ("dm.xpt", "dm.json"):
    try:
        engine = RulesEngine(
            cache=InMemoryCacheService(), standard="sdtmig", standard_version="3-4",
            dataset_paths=[str(folder / name)], max_dataset_size=1,
            library_metadata=LibraryMetadataContainer(),
        )
        seen[name] = [data.name for data in engine.data_service.get_datasets()]
    except Exception as error:
        cause = error.__cause__ or error.__context__
        seen[name] = f"{type(error).__name__}: {' '.join(str(cause).split())}"
for name, what in seen.items():
    print(name, what)
told = str(seen["dm.json"])
sys.exit(0 if seen["dm.xpt"] == ["DM"] and "resources/schema/dataset.schema.json" in told else 1)
PY
