"""Counts of drug and event pairs that others publish, and the tables of four cells made of them.

Source: domain 8.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pv.domain.signals.tables import RowFault, WrongTable, lines

COLUMNS = ("drug", "event", "count")
MOST_ROWS = 100_000
LARGEST = 100_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """A case of ours: its terms, and whether it is of the group that is looked at."""

    inside: bool
    terms: frozenset[str]
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """a, b, c, d of a term, and the count expected when each stratum has its own margins."""

    term: str
    a: int
    b: int
    c: int
    d: int
    stratified: float


def read_counts(text: str) -> tuple[list[tuple[str, str, int]], list[RowFault]]:
    """Rows of a CSV `drug,event,count`, and the lines left out. WrongTable as for rates.

    A pair that comes twice is left out the second time: which of the two counts is meant is not
    for us to say.
    """
    rows: list[tuple[str, str, int]] = []
    faults: list[RowFault] = []
    known: set[tuple[str, str]] = set()
    for line, values in lines(text, COLUMNS):
        drug, event, count = (values[name] for name in COLUMNS)
        number = int(count) if count.isascii() and count.isdigit() and len(count) < 10 else -1
        pair = (drug.casefold(), event.casefold())
        if len(rows) >= MOST_ROWS:
            faults.append(RowFault(line, "", ""))
            break
        if not drug or not event:
            faults.append(RowFault(line, "event" if drug else "drug", ""))
        elif not 0 <= number <= LARGEST:
            faults.append(RowFault(line, "count", count[:40]))
        elif pair in known:
            faults.append(RowFault(line, "event", event[:40]))
        else:
            known.add(pair)
            rows.append((drug, event, number))
    if not rows:
        raise WrongTable("no line", faults)
    return rows, faults


def cells_of(reports: Iterable[Report]) -> list[Cells]:
    """The cells of each term the group has, by reports; most frequent first.

    a: reports of the group with the term, b: of the group without, c and d: of the others.
    """
    inside: Counter[tuple[str, str]] = Counter()
    every: Counter[tuple[str, str]] = Counter()
    group: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for report in reports:
        total[report.stratum] += 1
        group[report.stratum] += report.inside
        for term in report.terms:
            every[term, report.stratum] += 1
            if report.inside:
                inside[term, report.stratum] += 1
    size, own = sum(total.values()), sum(group.values())
    terms = {term for term, _stratum in inside}
    made = []
    for term in terms:
        a = sum(inside[term, s] for s in total)
        c = sum(every[term, s] for s in total) - a
        awaited = sum(group[s] * every[term, s] / total[s] for s in total)
        made.append(Cells(term, a, own - a, c, size - own - c, awaited))
    return sorted(made, key=lambda cell: (-cell.a, cell.term))


def cells_against(
    own: Mapping[str, int], background: Sequence[tuple[str, str, int]], leave_out: Iterable[str]
) -> list[Cells]:
    """The cells of our terms against published pairs; both counted by pairs of drug and event.

    `leave_out` are names of our product: its own pairs in the table are no background.
    """
    ours = {name.casefold() for name in leave_out if name}
    others: Counter[str] = Counter()
    for drug, event, count in background:
        if drug.casefold() not in ours:
            others[event.casefold()] += count
    total, size = sum(others.values()), sum(own.values())
    made = []
    for term, a in own.items():
        c = others[term.casefold()]
        expected = size * (a + c) / (size + total) if size + total else 0.0
        made.append(Cells(term, a, size - a, c, total - c, expected))
    return sorted(made, key=lambda cell: (-cell.a, cell.term))


def masking(cells: Sequence[Cells], share: float) -> list[tuple[str, float]]:
    """Terms that make up so large a share of the group's reports that they can hide others."""
    found = []
    for cell in cells:
        size = cell.a + cell.b
        if size and cell.a > 1 and cell.a / size >= share:
            found.append((cell.term, cell.a / size))
    return found
