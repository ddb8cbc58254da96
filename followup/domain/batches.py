"""Contacts entered in a batch: one row a contact, of patients the register knows.

The columns are fields of the dictionary. What needs the questions of the whole page (a new
malignancy, another event) is refused here with where to record it. The product's own rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from followup.domain.cohort_columns import CellKind, Column
from followup.domain.cohorts import (
    CellFault,
    Codes,
    Fault,
    Value,
    fold,
    read_cell,
)
from followup.domain.fields import BY_KEY, Dataset, Field
from followup.domain.fields import Kind as Answer
from followup.domain.laboratory import Sheet
from followup.domain.laboratory.spreadsheets import SheetCell

# How rows came that no file held, kept as the name of a batch; no file name begins with "@/".
PASTED, GRID = "@/pasted", "@/grid "
MOST_ROWS = 1000
NAMES = (
    *("study_code", "visit_code", "contact_on", "counts_outside", "contact_type", "informant"),
    *("vital_status", "died_on_text", "death_cause", "death_cause_code", "autopsy"),
    *("death_related", "disease_status", "progressed_on_text"),
    *("new_malignancy", "other_event", "new_therapy", "unanswered_reason", "note"),
)
FIELDS: tuple[Field, ...] = tuple(BY_KEY[f"{Dataset.VISITS}.{name}"] for name in NAMES)
NEEDED = frozenset({"study_code", "contact_on", "contact_type", "informant", "vital_status"})
FROM_TEMPLATE = frozenset({"study_code", "visit_code"})  # filled in before anybody answered
# The answers of the grid under their digits; those of a sheet are words or codes.
DIGITS: Mapping[str, tuple[str, ...]] = {
    "vital_status": ("ALIVE", "DEAD", "UNKNOWN"),
    "disease_status": ("REMISSION", "PROGRESSION", "NOT_ASSESSED"),
    "new_malignancy": ("NO", "YES", "UNKNOWN"),
}
ON_THE_PAGE = ("new_malignancy", "other_event")


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A row that can be read: where it stood, and its values by name of the field."""

    number: int
    values: Mapping[str, Value] = field(default_factory=dict)


def column_of(row: Field) -> Column:
    """A field as a column that is read; its codes are looked up under its key."""
    kind = CellKind.TICK if row.kind is Answer.YES_NO else CellKind(row.kind.value)
    return Column(row.name, "", "", kind, row.name in NEEDED, row.key)


def places(headings: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    """Where each field stands; `names` leads from a folded heading to the name of its field."""
    found: dict[str, int] = {}
    for at, heading in enumerate(headings):
        name = names.get(fold(heading))
        if name:
            found.setdefault(name, at)
    return found


def texts(sheet: Sheet, names: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """The known columns of a sheet as texts, each row with its number; others are not kept.

    A day a spreadsheet holds as a day becomes year-month-day, a formula stays one.
    """
    at = places(sheet.headings, names)
    found = []
    for number, cells in zip(sheet.numbers[1:], sheet.rows[1:], strict=True):
        row = {name: _text(cells[place]) for name, place in at.items() if place < len(cells)}
        row = {name: text for name, text in row.items() if text}
        if row:
            found.append((number, row))
    return found


def _text(cell: SheetCell) -> str:
    if cell.formula:
        return cell.text if cell.text.startswith("=") else f"={cell.text}"
    return cell.day.date().isoformat() if cell.day else cell.text.strip()


def left_empty(row: Mapping[str, str]) -> bool:
    """Whether nobody wrote on a row of the template: neither a contact nor a fault."""
    return not row.keys() - FROM_TEMPLATE


def read_row(
    number: int, row: Mapping[str, str], codes: Codes, today: date
) -> tuple[BatchRow, list[CellFault]]:
    """One row with its values, and every cell that cannot be read or is missing."""
    values: dict[str, Value] = {}
    faults = []
    for each in FIELDS:
        text = row.get(each.name, "")
        if not text:
            if each.name in NEEDED:
                faults.append(CellFault(number, each.name, "", Fault.MISSING))
            continue
        formula = text.startswith("=")
        value = read_cell(column_of(each), SheetCell(text, formula=formula), codes, today)
        if isinstance(value, Fault):
            faults.append(CellFault(number, each.name, text, value))
        else:
            values[each.name] = value
    faults += [
        CellFault(number, name, row[name], Fault.ON_THE_PAGE)
        for name in ON_THE_PAGE
        if values.get(name) == "YES"
    ]
    return BatchRow(number, values), faults
