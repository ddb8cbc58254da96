"""Lines of messages before they are saved, and many of them written at once.

One document for many rows, and what all of them share beside it: an array a column costs twice
that. COPY knows no row security; every row passes it and the audit trigger as one that is saved.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from string import Template
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from followup.core.action import part
from followup.core.identifiers import uuid7
from followup.models import LaboratorySource, Patient

PORTION = 2000
_KINDS = {
    "id": "uuid",
    "file_id": "uuid",
    "source_id": "uuid",
    "site_id": "uuid",
    "patient_id": "uuid",
    "row": "int4",
    "specimen_on": "date",
    "specimen_at": "timestamptz",
    "specimen_known": "text",
    "standing": "text",
    "observation": "text",
    "item": "text",
    "written": "text",
    "unit": "text",
    "specimen_kind": "text",
    "range_text": "text",
    "flag": "text",
    "measure": "text",
    "state": "text",
    "problem": "text",
    "problem_words": "jsonb",
}
_INSERT = Template(
    Template(
        "INSERT INTO followup_laboratoryline ($names) SELECT $$values "
        "FROM json_to_recordset(%(rows)s::json) AS line($$kinds)"
    ).substitute(names=", ".join(f'"{name}"' for name in _KINDS))
)
_VALUES = attrgetter(*_KINDS)


@dataclass(slots=True, kw_only=True)
class NewLine:
    """A line to be written; the fields of `LaboratoryLine`, each as it is stored."""

    file_id: UUID | None
    source: LaboratorySource
    source_id: UUID
    site_id: UUID
    patient: Patient
    patient_id: UUID
    row: int
    specimen_on: date | None
    specimen_at: datetime | None
    specimen_known: str
    item: str
    written: str
    unit: str
    specimen_kind: str
    range_text: str
    flag: str
    standing: str
    observation: str
    measure: str = ""
    state: str = ""
    problem: str = ""
    problem_words: dict[str, Any] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid7)


@part
def write(lines: Sequence[NewLine]) -> None:
    """Write new lines that nobody has answered."""
    with connection.cursor() as cursor:
        for start in range(0, len(lines), PORTION):
            cursor.execute(*_insert(lines[start:][:PORTION]))


def _insert(lines: Sequence[NewLine]) -> tuple[str, dict[str, Any]]:
    """The statement that writes some lines, and what it is given.

    A column that says the same in all of them is sent once; most do, as the laboratory does.
    """
    columns = dict(zip(_KINDS, zip(*map(_VALUES, lines), strict=True), strict=True))
    alike = {
        name: found[0] for name, found in columns.items() if found.count(found[0]) == len(lines)
    }
    alike.pop("id", None)
    own = [name for name in _KINDS if name not in alike]
    rows = [
        dict(zip(own, row, strict=True)) for row in zip(*(columns[n] for n in own), strict=True)
    ]
    values = (f"%({n})s::{kind}" if n in alike else f'line."{n}"' for n, kind in _KINDS.items())
    kinds = (f'"{name}" {_KINDS[name]}' for name in own)
    statement = _INSERT.substitute(values=", ".join(values), kinds=", ".join(kinds))
    alike = {n: Jsonb(v) if isinstance(v, dict) else v for n, v in alike.items()}
    return statement, {**alike, "rows": json.dumps(rows, default=str, ensure_ascii=False)}
