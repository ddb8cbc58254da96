"""Dataset-JSON 1.1: a data set as one JSON object, its rows as arrays, written as a stream.

Format: CDISC Dataset-JSON 1.1. A decimal is written as a text, as the standard asks, so that its
digits survive; a date keeps its precision. No line breaks between rows: a reader takes them for
NDJSON.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pv.adapters.datasets.spools import Spool
from pv.domain.datasets import Type, Variable

VERSION = "1.1.0"
KINDS = {
    Type.TEXT: "string",
    Type.INTEGER: "integer",
    Type.FLOAT: "decimal",
    Type.DATE: "date",
    Type.NUMERIC_DATE: "date",
}


def _column(
    code: str, variable: Variable, length: int, key: int | None, language: str
) -> dict[str, Any]:
    column: dict[str, Any] = {
        "itemOID": f"IT.{code}.{variable.name}",
        "name": variable.name,
        "label": variable.label(language),
        "dataType": KINDS[variable.type],
    }
    if variable.type is Type.FLOAT:
        column["targetDataType"] = "decimal"
    if variable.type is Type.NUMERIC_DATE:
        column |= {"targetDataType": "integer", "displayFormat": "E8601DA."}
    if variable.type is Type.TEXT:
        column["length"] = length
    if key is not None:
        column["keySequence"] = key
    return column


def write(
    path: Path, spool: Spool, *, study: str, made_at: datetime, version: str, language: str
) -> None:
    """Write the rows of a spool; `version` is that of the program."""
    dataset = spool.dataset
    keys = {name: number for number, name in enumerate(dataset.keys, 1)}
    moment = made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = {
        "datasetJSONCreationDateTime": moment,
        "datasetJSONVersion": VERSION,
        "fileOID": f"{study}.{dataset.code}",
        "dbLastModifiedDateTime": moment,
        "originator": "Everwatch",
        "sourceSystem": {"name": "Everwatch", "version": version},
        "studyOID": f"STUDY.{study}",
        "metaDataVersionOID": f"MDV.{study}",
        "metaDataRef": "define.xml",
        "itemGroupOID": f"IG.{dataset.code}",
        "records": spool.count,
        "name": dataset.code,
        "label": dataset.label(language),
        "columns": [
            _column(dataset.code, variable, length, keys.get(variable.name), language)
            for variable, length in zip(dataset.variables, spool.characters, strict=True)
        ],
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1])
        file.write(',"rows":[')
        for number, line in enumerate(spool.lines()):
            file.write(f"{',' if number else ''}{line}")
        file.write("]}\n")
