"""A cohort a clinic brings along: rows of patients with their past visits, out of one sheet.

The product's own rule. A row carries a patient, a visit, or both; rows of one key are one patient.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from followup.domain.dates import DateError, PartialDate, parse
from followup.domain.laboratory import Sheet
from followup.domain.laboratory.spreadsheets import SheetCell


class CellKind(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    DAY = "day"
    PARTIAL = "partial"
    CODE = "code"
    NUMBER = "number"
    TICK = "tick"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the template. `codes` names the code list of a coded one."""

    code: str
    en: str
    zh: str
    kind: CellKind = CellKind.TEXT
    needed: bool = False
    codes: str = ""


PATIENT = (
    Column("name", "Name", "姓名", needed=True),
    Column("sex", "Sex", "性别", CellKind.CODE, needed=True, codes="sex"),
    Column("birth_date", "Birth date", "出生日期", CellKind.PARTIAL),
    Column(
        "document_kind",
        "Kind of identity document",
        "证件类型",
        CellKind.CODE,
        codes="identity_document",
    ),
    Column("national_id", "Identity number", "证件号码"),
    Column("hospital_number", "Hospital number", "住院号"),
    Column("phone", "Telephone", "电话"),
    Column("phone_family", "Telephone of the family", "家属电话"),
    Column("relation", "Relation", "与患者关系", CellKind.CODE, codes="contact_relation"),
    Column("address", "Address", "地址"),
    Column("consent_version", "Version of the consent form", "知情同意书版本", needed=True),
    Column("consent_purposes", "Purposes agreed to", "同意的用途", needed=True),
    Column("consent_on", "Consent signed on", "签署日期", CellKind.DAY, needed=True),
    Column("product", "Product", "产品", needed=True),
    Column("indication", "Indication", "适应症"),
    Column("off_label_reason", "Reason of an unapproved use", "超适应症原因"),
    Column("infused_on", "Infusion date", "输注日期", CellKind.DAY, needed=True),
    Column("lot", "Lot number", "批号", needed=True),
    Column("chain_of_identity", "Chain-of-identity number", "身份链编号", needed=True),
    Column("dose_cells", "Dose (10^6 CAR+ cells)", "剂量（10^6 CAR+ 细胞）", CellKind.NUMBER),
    Column("prior_lines", "Prior lines of therapy", "既往治疗线数", CellKind.NUMBER),
    Column(
        "not_same", "Compared: another person than those alike", "已比对：不是同一人", CellKind.TICK
    ),
    Column("checked", "Unusual values checked", "异常值已核对", CellKind.TICK),
)
_ANSWER = "yes_no_unknown"
VISIT = (
    Column("contact_on", "Visit date", "随访日期", CellKind.DAY),
    Column("visit_code", "Visit", "访视"),
    Column("contact_type", "Way of contact", "随访方式", CellKind.CODE, codes="contact_type"),
    Column("informant", "Who answered", "应答人", CellKind.CODE, codes="informant"),
    Column("vital_status", "Vital status", "生存状态", CellKind.CODE, codes="vital_status"),
    Column("died_on", "Date of death", "死亡日期", CellKind.PARTIAL),
    Column("death_cause", "Cause of death", "死亡原因"),
    Column("death_cause_code", "Underlying cause, ICD-10 code", "根本死因 ICD-10 编码"),
    Column("autopsy", "Autopsy", "尸检", CellKind.CODE, codes=_ANSWER),
    Column("disease_status", "Disease", "疾病状态", CellKind.CODE, codes="disease_status"),
    Column("progressed_on", "Relapse or progression on", "复发或进展日期", CellKind.PARTIAL),
    Column("new_malignancy", "New malignancy", "新发肿瘤", CellKind.CODE, codes=_ANSWER),
    Column("other_event", "Another adverse event", "其他不良事件", CellKind.CODE, codes=_ANSWER),
    Column("new_therapy", "New therapy or pregnancy", "新治疗或妊娠", CellKind.CODE, codes=_ANSWER),
    Column("note", "Remarks", "备注"),
)
KEY = Column("key", "Patient in this file", "文件内患者编号", needed=True)
COLUMNS = (KEY, *PATIENT, *VISIT)
BY_CODE = {column.code: column for column in COLUMNS}
NEEDED = tuple(column.code for column in COLUMNS if column.needed)
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


Value = str | date | PartialDate | bool
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
        plain = unicodedata.normalize("NFKC", text)
        return plain if plain.replace(".", "", 1).isdecimal() else Fault.NOT_A_NUMBER
    if cell.number and ("E" in text.upper() or len(text.split(".")[0]) > 15):
        return Fault.ROUNDED  # a spreadsheet keeps 15 digits of an identity number
    return text


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
