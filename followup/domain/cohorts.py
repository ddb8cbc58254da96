"""A cohort a clinic brings along: rows of patients with their past visits, out of one sheet.

The product's own rule. A row carries a patient, a visit, or both; rows of one key are one patient.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from followup.domain.cohort_columns import COLUMNS, PATIENT, VISIT, CellKind, Column
from followup.domain.dates import DateError, PartialDate, parse
from followup.domain.hours import time_of
from followup.domain.laboratory import Sheet
from followup.domain.laboratory.spreadsheets import SheetCell

_TICKED = {"1", "y", "yes", "x", "true", "是", "√", "✓", "有"}
# Words of answers that are no code list of the reference data.
DISEASE = (
    ("REMISSION", "Still in remission", "维持缓解"),
    ("PROGRESSION", "Relapse or progression", "复发或进展"),
    ("NOT_ASSESSED", "Not assessed", "未评估"),
)

# Words people write for a code beside those of the list: what pages show, and what is unambiguous.
USUAL = {
    "informant": {"本人": "PATIENT", "患者": "PATIENT", "亲属": "FAMILY", "家人": "FAMILY"},
    "vital_status": {"健在": "ALIVE", "生存": "ALIVE", "已故": "DEAD", "去世": "DEAD"},
    "sex": {"男性": "MALE", "女性": "FEMALE"},
    "contact_type": {"电话随访": "PHONE", "视频随访": "VIDEO", "问卷随访": "QUESTIONNAIRE"},
    "disease_status": {
        "缓解": "REMISSION",
        "持续缓解": "REMISSION",
        "复发/进展": "PROGRESSION",
        "复发": "PROGRESSION",
        "进展": "PROGRESSION",
        "未评价": "NOT_ASSESSED",
    },
    "yes_no_unknown": {"无": "NO", "有": "YES", "没有": "NO"},
    "prior_hsct": {"自体": "AUTOLOGOUS", "异基因": "ALLOGENEIC", "没有": "NONE"},
}
_NOT_KNOWN = ("未知", "不知道", "不清楚")


def usual(code_list: str, codes: Collection[str]) -> dict[str, str]:
    """Folded usual words of a code list and the code each stands for."""
    unknown = dict.fromkeys(_NOT_KNOWN, "UNKNOWN") if "UNKNOWN" in codes else {}
    return {fold(w): code for w, code in (unknown | USUAL.get(code_list, {})).items()}


class Fault(StrEnum):
    """Why a cell is refused."""

    NO_KEY = "no_key"
    NO_DAY = "no_day"
    NO_PATIENT = "no_patient"
    TWICE = "twice"
    MISSING = "missing"
    NOT_A_DAY = "not_a_day"
    NOT_A_CODE = "not_a_code"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_TIME = "not_a_time"
    TOO_MANY_DIGITS = "too_many_digits"
    FORMULA = "formula"
    ROUNDED = "rounded"
    ON_THE_PAGE = "on_the_page"  # it needs the questions of the whole page


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that is refused; `column` is the code of its column, empty for the whole row."""

    number: int
    column: str
    text: str
    fault: Fault


Value = str | date | time | PartialDate | bool
Codes = Mapping[str, Mapping[str, str]]  # code list, folded word or code, code


@dataclass
class CohortVisit:
    """One past visit with the number of its row."""

    number: int
    values: dict[str, Value] = field(default_factory=dict)


@dataclass
class CohortPatient:
    """One patient with the number of the first row, and the visits of all rows."""

    number: int
    key: str
    values: dict[str, Value] = field(default_factory=dict)
    visits: list[CohortVisit] = field(default_factory=list)


def fold(text: str) -> str:
    """A heading or word as it is compared: half-width, small letters, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def propose(headings: Sequence[str]) -> dict[str, str]:
    """Which heading is probably which column; a heading that stands twice is none."""
    known = {fold(word): c.code for c in COLUMNS for word in (c.code, c.en, c.zh)}
    found: dict[str, str] = {}
    for heading in headings:
        code = known.get(fold(heading))
        if code and headings.count(heading) == 1 and code not in found:
            found[code] = heading
    return found


def read_cohort(
    sheet: Sheet, columns: Mapping[str, str], codes: Codes, today: date
) -> tuple[list[CohortPatient], list[CellFault]]:
    """The patients of a sheet with their visits, and every cell that cannot be read.

    A patient with a fault in its own cells is left out with all its visits; a visit with one is
    left out alone. `columns` leads from a column to its heading.
    """
    places = {code: sheet.headings.index(heading) for code, heading in columns.items() if heading}
    found: dict[str, CohortPatient] = {}
    faults: list[CellFault] = []
    broken: set[str] = set()
    for number, row in zip(sheet.numbers[1:], sheet.rows[1:], strict=True):
        cells = {code: row[at] for code, at in places.items() if at < len(row) and row[at].text}
        key = cells["key"].text if "key" in cells else ""
        if not key:
            faults.append(CellFault(number, "key", "", Fault.NO_KEY))
            continue
        wrong = _add(found, key, number, cells, codes, today)
        faults += wrong
        if any(f.column in _OF_PATIENT for f in wrong):
            broken.add(key)
    for key, patient in found.items():
        missing = [c.code for c in PATIENT if c.needed and c.code not in patient.values]
        if missing and key not in broken:
            broken.add(key)
            faults += [CellFault(patient.number, code, "", Fault.MISSING) for code in missing]
    return [patient for key, patient in found.items() if key not in broken], faults


_OF_PATIENT = frozenset(column.code for column in PATIENT)


def _add(
    found: dict[str, CohortPatient],
    key: str,
    number: int,
    cells: Mapping[str, SheetCell],
    codes: Codes,
    today: date,
) -> list[CellFault]:
    """Put one row to its patient; what of it cannot be read."""
    faults: list[CellFault] = []
    own = [c for c in PATIENT if c.code in cells]
    patient = found.setdefault(key, CohortPatient(number, key))
    for column in own:
        value = read_cell(column, cells[column.code], codes, today)
        if isinstance(value, Fault):
            faults.append(CellFault(number, column.code, cells[column.code].text, value))
        elif patient.values.setdefault(column.code, value) != value:
            faults.append(CellFault(number, column.code, cells[column.code].text, Fault.TWICE))
    if not any(c.code in cells for c in VISIT):
        return faults
    visit = CohortVisit(number)
    if "contact_on" not in cells:
        return [*faults, CellFault(number, "contact_on", "", Fault.NO_DAY)]
    wrong = []
    for column in VISIT:
        if column.code in cells:
            value = read_cell(column, cells[column.code], codes, today)
            if isinstance(value, Fault):
                wrong.append(CellFault(number, column.code, cells[column.code].text, value))
            else:
                visit.values[column.code] = value
    if not wrong:
        patient.visits.append(visit)
    return faults + wrong


def read_cell(column: Column, cell: SheetCell, codes: Codes, today: date) -> Value | Fault:
    """A cell as its column means it, or why it cannot be; a coded one by any word of its list."""
    text = cell.text.strip()
    if cell.formula:
        return Fault.FORMULA
    if column.kind in (CellKind.DAY, CellKind.PARTIAL):
        return _day(column, cell, text, today)
    if column.kind is CellKind.CODE:
        return codes.get(column.codes, {}).get(fold(text), Fault.NOT_A_CODE)
    if column.kind is CellKind.TICK:
        return fold(text) in _TICKED
    if column.kind is CellKind.NUMBER:
        return _number(column, unicodedata.normalize("NFKC", text))
    if column.kind is CellKind.TIME:
        return time_of(text) or Fault.NOT_A_TIME
    if cell.number and ("E" in text.upper() or len(text.split(".")[0]) > 15):
        return Fault.ROUNDED  # a spreadsheet keeps 15 digits of an identity number
    return text


def _number(column: Column, text: str) -> Value | Fault:
    if not text.replace(".", "", 1).isdecimal():
        return Fault.NOT_A_NUMBER
    whole, _point, behind = text.partition(".")
    if len(behind.rstrip("0")) > column.decimals:
        return Fault.TOO_MANY_DIGITS
    return (
        text if len(whole.lstrip("0")) <= column.digits - column.decimals else Fault.TOO_MANY_DIGITS
    )


def _day(column: Column, cell: SheetCell, text: str, today: date) -> Value | Fault:
    if cell.day is not None:
        return cell.day.date() if column.kind is CellKind.DAY else PartialDate.of(cell.day.date())
    try:
        found = parse(text, today)
    except DateError:
        return Fault.NOT_A_DAY
    if column.kind is CellKind.PARTIAL:
        return found
    return found.exact or Fault.NOT_A_DAY
