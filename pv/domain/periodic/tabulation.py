"""Interval and cumulative summary tabulation of reactions (ICH E2C(R2), appendix).

Source: domain 4.4.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from pv.domain.periodic.events import ReportedEvent, Seriousness, TabulatedSource


@dataclass(frozen=True, slots=True)
class Cells:
    """Events of one term or of all: in the period, and from the beginning to its end."""

    interval: int
    cumulative: int

    def __add__(self, more: "Cells") -> "Cells":
        return Cells(self.interval + more.interval, self.cumulative + more.cumulative)


NONE = Cells(0, 0)
Key = tuple[TabulatedSource, Seriousness]
_KEYS: tuple[Key, ...] = tuple((s, j) for s in TabulatedSource for j in Seriousness)


@dataclass(frozen=True, slots=True)
class Row:
    """One term. `code` is empty when the event was not coded; then the words are the term."""

    code: str
    term: str
    wordings: int
    cells: dict[Key, Cells]

    def cell(self, source: TabulatedSource, seriousness: Seriousness) -> Cells:
        """The count of one column; an absent one is a true zero, since every event is counted."""
        return self.cells.get((source, seriousness), NONE)

    @property
    def cumulative(self) -> int:
        """Number of all events of the term."""
        return sum(cells.cumulative for cells in self.cells.values())

    @property
    def interval(self) -> int:
        """Number of events of the term in the period."""
        return sum(cells.interval for cells in self.cells.values())


@dataclass(slots=True)
class Tabulation:
    """Counts events as they come; both days of the period belong to it."""

    start: date
    end: date
    _counts: dict[ReportedEvent, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period ends {self.end} before it begins {self.start}")

    def add(self, received_on: date, events: Iterable[ReportedEvent]) -> None:
        """Count the events of a case; one received after the end of the period is left out."""
        if received_on > self.end:
            return
        inside = received_on >= self.start
        for event in events:
            counts = self._counts.get(event) or self._counts.setdefault(event, [0, 0])
            counts[0] += inside
            counts[1] += 1

    def rows(self) -> list[Row]:
        """Coded terms by code, then uncoded ones by their words."""
        terms: dict[str, list[ReportedEvent]] = {}
        for event in self._counts:
            terms.setdefault(event.code or event.verbatim.casefold(), []).append(event)
        rows = {term: self._row(events) for term, events in terms.items()}
        return [rows[term] for term in sorted(rows, key=lambda t: (not rows[t].code, t))]

    def total(self) -> Row:
        """All terms together."""
        cells: dict[Key, Cells] = {}
        rows = self.rows()
        for row in rows:
            for key, more in row.cells.items():
                cells[key] = cells.get(key, NONE) + more
        return Row("", "", len(rows), cells)

    def _row(self, events: Iterable[ReportedEvent]) -> Row:
        code, words, cells = "", Counter[str](), dict.fromkeys(_KEYS, NONE)
        for event in events:
            counted, key = Cells(*self._counts[event]), (event.source, event.seriousness)
            code = code or event.code
            words[event.verbatim] += counted.cumulative
            cells[key] += counted
        commonest = min(words, key=lambda w: (-words[w], w))
        return Row(code, commonest, len(words), {key: n for key, n in cells.items() if n != NONE})
