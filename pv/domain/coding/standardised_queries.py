"""Standardised MedDRA queries (SMQs) of a release: which terms each gathers, narrow or broad.

Source: MedDRA distribution file format document (MSSO), smq_list.asc and smq_content.asc.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pv.domain.coding.releases import MOST_FAULTS, ReleaseFault, ReleaseProblem

LIST, CONTENT = "smq_list.asc", "smq_content.asc"
_LIST_FIELDS, _CONTENT_FIELDS = 9, 9
_ACTIVE, _NARROW = "A", "2"
_CHILD, _PT, _LLT = "0", "4", "5"
_NUMBER = 8


@dataclass(frozen=True, slots=True)
class StandardisedQuery:
    """One SMQ: its code, name and level (1 is the top of a hierarchy)."""

    code: int
    name: str
    level: int


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A term of an SMQ or of one below it; narrow terms belong to the broad search too."""

    query: int
    term: int
    narrow: bool


@dataclass(frozen=True, slots=True)
class Queries:
    """The SMQs of a release with their terms, and what stands against loading them."""

    queries: tuple[StandardisedQuery, ...]
    terms: tuple[QueryTerm, ...]
    faults: tuple[ReleaseFault, ...]


def read_queries(files: Mapping[str, bytes]) -> Queries | None:
    """Read both files; None where a release comes without them. One of two is a fault.

    Terms of a query below belong to every one above it. Inactive terms and queries are left out.
    """
    if LIST not in files and CONTENT not in files:
        return None
    faults = [
        ReleaseFault(name, 0, ReleaseProblem.FILE_MISSING)
        for name in (LIST, CONTENT)
        if name not in files
    ]
    if faults:
        return Queries((), (), tuple(faults))
    queries: dict[int, StandardisedQuery] = {}
    for number, row in _rows(files[LIST], LIST, _LIST_FIELDS, faults):
        if not _coded(row[0]) or not row[1] or not row[2].isdigit():
            faults.append(ReleaseFault(LIST, number, ReleaseProblem.CODE, row[0][:100]))
        elif row[7] == _ACTIVE:
            queries[int(row[0])] = StandardisedQuery(int(row[0]), row[1][:250], int(row[2]))
    own: dict[int, dict[int, bool]] = {code: {} for code in queries}
    below: dict[int, list[int]] = {code: [] for code in queries}
    for number, row in _rows(files[CONTENT], CONTENT, _CONTENT_FIELDS, faults):
        if not (_coded(row[0]) and _coded(row[1])) or row[2] not in (_CHILD, _PT, _LLT):
            faults.append(ReleaseFault(CONTENT, number, ReleaseProblem.CODE, "$".join(row)[:100]))
            continue
        code, term = int(row[0]), int(row[1])
        if code not in queries or row[6] != _ACTIVE:
            continue
        if row[2] == _CHILD:
            below[code].append(term)
        else:
            own[code][term] = own[code].get(term, False) or row[3] == _NARROW
    terms = [
        QueryTerm(code, term, narrow)
        for code in queries
        for term, narrow in sorted(_gathered(code, own, below).items())
    ]
    return Queries(tuple(queries.values()), tuple(terms), tuple(faults[:MOST_FAULTS]))


def _gathered(
    code: int, own: Mapping[int, Mapping[int, bool]], below: Mapping[int, list[int]]
) -> dict[int, bool]:
    """The terms of a query and of all below it, each once; a ring of queries ends."""
    terms: dict[int, bool] = {}
    seen, waiting = set(), [code]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        waiting += below.get(one, [])
        for term, narrow in own.get(one, {}).items():
            terms[term] = terms.get(term, False) or narrow
    return terms


def _coded(text: str) -> bool:
    return len(text) == _NUMBER and text.isascii() and text.isdigit()


def _rows(
    content: bytes, name: str, fields: int, faults: list[ReleaseFault]
) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.append(ReleaseFault(name, 0, ReleaseProblem.NOT_READABLE))
        return
    for number, line in enumerate(text.split("\n"), 1):
        row = [cell.strip() for cell in line.rstrip("\r").split("$")]
        if not line.strip():
            continue
        if len(row) < fields:
            faults.append(ReleaseFault(name, number, ReleaseProblem.FIELDS, line[:100]))
            continue
        yield number, row
