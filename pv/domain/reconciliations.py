"""Two lists of the cases exchanged in a month, ours and the partner's, and where they differ.

The cases are told apart by their worldwide identifier (ICH E2B(R3) C.1.8.1). The product's own
rule: a column the partner's list lacks is not compared, a cell it leaves empty is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from followup.domain.laboratory.spreadsheets import read_sheet

IDENTIFIER = "worldwide_id"
FIELDS = ("serious", "fatal", "nullified", "reports")
_YES_NO = ("serious", "fatal", "nullified")
# What a column may be headed, in lower case.
HEADINGS: Mapping[str, str] = {
    "worldwide_id": IDENTIFIER,
    "worldwide id": IDENTIFIER,
    "worldwide identifier": IDENTIFIER,
    "c.1.8.1": IDENTIFIER,
    "全球唯一编号": IDENTIFIER,
    "全球唯一识别号": IDENTIFIER,
    "serious": "serious",
    "严重": "serious",
    "fatal": "fatal",
    "死亡": "fatal",
    "致死": "fatal",
    "nullified": "nullified",
    "作废": "nullified",
    "reports": "reports",
    "报告数": "reports",
}
_ANSWERS = {
    "yes": "yes",
    "y": "yes",
    "true": "yes",
    "1": "yes",
    "是": "yes",
    "no": "no",
    "n": "no",
    "false": "no",
    "0": "no",
    "否": "no",
    "": "",
}


class DifferenceKind(StrEnum):
    """How the two lists differ on one case."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    DIFFERS = "differs"
    REPEATED = "repeated"  # the partner names the case on several lines


class NoIdentifier(ValueError):
    """The list has no column of worldwide identifiers, so that nothing can be compared."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that is left out: its number in the file, its column, what stands there."""

    line: int
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class PartnerList:
    """A list as read: the cases by identifier, the columns it has, and the lines left out.

    `repeated` has the numbers of the lines of a case that is on more than one.
    """

    cases: Mapping[str, Mapping[str, str]]
    columns: tuple[str, ...]
    faults: tuple[Fault, ...]
    repeated: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """One case on which the lists differ; `fields` are name, ours, theirs."""

    worldwide_id: str
    kind: DifferenceKind
    fields: tuple[tuple[str, str, str], ...] = ()


def identifier(text: str) -> str:
    """A worldwide identifier as it is compared: without space at its ends, in capitals."""
    return text.strip().upper()


def read_list(content: bytes) -> PartnerList:
    """The partner's list from CSV or xlsx.

    NoIdentifier without the column of identifiers, ValueError for a file that cannot be read. A
    case on several lines counts its last one and is named in `repeated`; headings alone are a
    month without cases.
    """
    sheet = read_sheet(content, least=0)
    places = {
        HEADINGS[name.casefold()]: place
        for place, name in enumerate(sheet.headings)
        if name.casefold() in HEADINGS
    }
    if IDENTIFIER not in places:
        raise NoIdentifier
    cases: dict[str, Mapping[str, str]] = {}
    faults = []
    lines: dict[str, list[int]] = {}
    for number, row in zip(sheet.numbers[1:], sheet.rows[1:], strict=True):
        cells = {n: row[p].text.strip() if p < len(row) else "" for n, p in places.items()}
        name = identifier(cells.pop(IDENTIFIER))
        wrong = _wrong(cells)
        if not name or wrong:
            column = wrong or IDENTIFIER
            faults.append(Fault(number, column, cells.get(column, "")))
            continue
        lines.setdefault(name, []).append(number)
        cases[name] = {n: _value(n, text) for n, text in cells.items()}
    columns = tuple(name for name in FIELDS if name in places)
    repeated = {name: tuple(numbers) for name, numbers in lines.items() if len(numbers) > 1}
    return PartnerList(cases, columns, tuple(faults), repeated)


def _wrong(cells: Mapping[str, str]) -> str:
    for name, text in cells.items():
        readable = text.casefold() in _ANSWERS if name in _YES_NO else not text or text.isdecimal()
        if not readable:
            return name
    return ""


def _value(name: str, text: str) -> str:
    if name in _YES_NO:
        return _ANSWERS[text.casefold()]
    return str(int(text)) if text else ""


def compare(
    ours: Mapping[str, Mapping[str, str]],
    theirs: Mapping[str, Mapping[str, str]],
    columns: Sequence[str],
) -> tuple[Difference, ...]:
    """Every case on which the lists differ, in the order of the identifiers."""
    found = []
    for name in sorted({*ours, *theirs}):
        if name not in ours:
            found.append(Difference(name, DifferenceKind.MISSING_HERE))
            continue
        if name not in theirs:
            found.append(Difference(name, DifferenceKind.MISSING_THERE))
            continue
        pairs = [(c, ours[name].get(c, ""), theirs[name].get(c, "")) for c in columns]
        fields = tuple(pair for pair in pairs if pair[1] != pair[2])
        if fields:
            found.append(Difference(name, DifferenceKind.DIFFERS, fields))
    return tuple(found)


def repeats(theirs: PartnerList) -> tuple[Difference, ...]:
    """Every case the partner's list has on several lines, with their numbers."""
    return tuple(
        Difference(name, DifferenceKind.REPEATED, (("lines", "", ", ".join(map(str, numbers))),))
        for name, numbers in sorted(theirs.repeated.items())
    )
