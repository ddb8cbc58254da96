"""What one pass over the cases of a report finds: header, tables and listings count the same cases.

Source: domain 4.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pv.domain.periodic.counted import CountedCase
from pv.domain.periodic.events import CaseRecord
from pv.domain.periodic.listing import Line, line
from pv.domain.periodic.tabulation import Tabulation


@dataclass(slots=True)
class Gathered:
    """What one pass over the cases found; `[period, cumulative]` counts of cases.

    `listing` is False for a report that shows no listing of serious cases; `names` are those of
    `listing.line`.
    """

    tabulation: Tabulation
    language: str
    lines: list[Line] = field(default_factory=list)
    counts: dict[str, list[int]] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    listing: bool = True
    names: Mapping[str, str] = field(default_factory=dict)

    def lists(self, case: CountedCase) -> bool:
        """Whether a case is in the listing: serious and of the period."""
        inside = case.received_on >= self.tabulation.start
        return self.listing and inside and case.serious is True

    def take(self, case: CaseRecord) -> None:
        """Count a case that was read whole, and list it where it is to be listed."""
        counted = CountedCase.of(case)
        self.count(counted)
        if self.lists(counted):
            self.add_line(counted, case)

    def count(self, case: CountedCase) -> None:
        """Count a case."""
        self.tabulation.add(case.received_on, case.events)
        inside, known = case.received_on >= self.tabulation.start, case.assessed
        self._count("cases", inside)
        if known.serious:
            self._count("serious", inside)
        elif known.serious is None:
            self._count("unjudged", inside)
        if known.fatal:
            self._count("fatal", inside)
        if case.entered_on > self.tabulation.end:
            self._count("late", inside)
        self.data.append(case.data)

    def add_line(self, _case: CountedCase, record: CaseRecord) -> None:
        """List a case that `lists` names, which needs its whole record."""
        self.lines.append(line(record, self.language, self.names))

    @property
    def text(self) -> bytes:
        """The data file: a line a case, the same for ever at a lock."""
        return "".join(f"{line}\n" for line in self.data).encode()

    def _count(self, name: str, inside: bool) -> None:
        counts = self.counts.get(name) or self.counts.setdefault(name, [0, 0])
        counts[0] += inside
        counts[1] += 1

    def pair(self, name: str) -> str:
        """`period / cumulative` of a count; nothing counted is a true zero here."""
        interval, cumulative = self.counts.get(name, [0, 0])
        return f"{interval} / {cumulative}"
