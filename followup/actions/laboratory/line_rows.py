"""Lines of messages before they are saved, and many of them written at once.

One document for many rows: an array a column costs twice that. COPY knows no row security; every
row passes it and the audit trigger as one that is saved.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from django.db import connection

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
    "range_text": "text",
    "flag": "text",
    "measure": "text",
    "state": "text",
    "problem": "text",
}
_NAMES = ", ".join(f'"{name}"' for name in _KINDS)
_COLUMNS = ", ".join(f'"{name}" {kind}' for name, kind in _KINDS.items())
_INSERT = (
    f"INSERT INTO followup_laboratoryline ({_NAMES}) "  # noqa: S608
    f"SELECT * FROM json_to_recordset(%s::json) AS line({_COLUMNS})"
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
    range_text: str
    flag: str
    standing: str
    observation: str
    measure: str = ""
    state: str = ""
    problem: str = ""
    id: UUID = field(default_factory=uuid7)


@part
def write(lines: Sequence[NewLine]) -> None:
    """Write new lines that nobody has answered."""
    with connection.cursor() as cursor:
        for start in range(0, len(lines), PORTION):
            rows = [dict(zip(_KINDS, _VALUES(one), strict=True)) for one in lines[start:][:PORTION]]
            cursor.execute(_INSERT, [json.dumps(rows, default=str, ensure_ascii=False)])
