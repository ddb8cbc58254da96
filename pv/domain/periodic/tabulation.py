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


Key = tuple[TabulatedSource, Seriousness]


@dataclass(frozen=True, slots=True)
class Row:
    """One term. `code` is empty when the event was not coded; then the words are the term."""

    code: str
    term: str
    wordings: int
    cells: dict[Key, Cells]

    def cell(self, source: TabulatedSource, seriousness: Seriousness) -> Cells:
        """The count of one column; an absent one is a true zero, since every event is counted."""
        return self.cells.get((source, seriousness), Cells(0, 0))

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
    _interval: Counter[tuple[str, Key]] = field(default_factory=Counter)
    _cumulative: Counter[tuple[str, Key]] = field(default_factory=Counter)
    _codes: dict[str, str] = field(default_factory=dict)
    _words: dict[str, Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period ends {self.end} before it begins {self.start}")

    def add(self, events: Iterable[ReportedEvent]) -> None:
        """Count events; one received after the end of the period is left out."""
        for event in events:
            if event.received_on > self.end:
                continue
            term = event.code or event.verbatim.casefold()
            key = (event.source, event.seriousness)
            self._codes[term] = event.code
            self._words.setdefault(term, Counter())[event.verbatim] += 1
            self._cumulative[term, key] += 1
            if event.received_on >= self.start:
                self._interval[term, key] += 1

    def rows(self) -> list[Row]:
        """Coded terms by code, then uncoded ones by their words."""
        return [self._row(t) for t in sorted(self._words, key=lambda t: (not self._codes[t], t))]

    def total(self) -> Row:
        """All terms together."""
        cells: dict[Key, Cells] = {}
        for row in self.rows():
            for key, more in row.cells.items():
                old = cells.get(key, Cells(0, 0))
                cells[key] = Cells(old.interval + more.interval, old.cumulative + more.cumulative)
        return Row("", "", len(self._words), cells)

    def _row(self, term: str) -> Row:
        words = self._words[term]
        commonest = min(words, key=lambda w: (-words[w], w))
        keys = [
            (s, j) for s in TabulatedSource for j in Seriousness if self._cumulative[term, (s, j)]
        ]
        cells = {key: Cells(self._interval[term, key], self._cumulative[term, key]) for key in keys}
        return Row(self._codes[term], commonest, len(words), cells)
