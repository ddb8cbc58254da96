"""What one pass over the cases of a report finds: header, tables and listings count the same cases.

Source: domain 4.4.
"""

import json
from dataclasses import dataclass, field

from pv.domain.periodic.events import CaseRecord, ReportedEvent, events
from pv.domain.periodic.listing import Line, line
from pv.domain.periodic.tabulation import Tabulation


@dataclass(slots=True)
class Gathered:
    """What one pass over the cases found; `[period, cumulative]` counts of cases.

    `listing` is False for a report that shows no listing of serious cases.
    """

    tabulation: Tabulation
    language: str
    lines: list[Line] = field(default_factory=list)
    counts: dict[str, list[int]] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    listing: bool = True

    def lists(self, case: CaseRecord) -> bool:
        """Whether a case is in the listing: serious and of the period."""
        inside = case.received_on >= self.tabulation.start
        return self.listing and inside and case.serious is True

    def take(self, case: CaseRecord) -> None:
        """Count a case; list it where `lists` says so, which needs its whole message."""
        found = list(events(case))
        self.tabulation.add(found)
        inside = case.received_on >= self.tabulation.start
        self._count("cases", inside)
        for name, holds in (
            ("serious", case.serious is True),
            ("unjudged", case.serious is None),
            ("fatal", case.fatal is True),
            ("late", case.entered_on > self.tabulation.end),
        ):
            if holds:
                self._count(name, inside)
        if self.lists(case):
            self.lines.append(line(case, self.language))
        facts = [case.number, case.version, str(case.received_on), case.serious, case.fatal]
        facts.append(str(case.entered_on))
        facts += [_values(event) for event in found]
        self.data.append(json.dumps(facts, default=str, ensure_ascii=False))

    @property
    def text(self) -> bytes:
        """The data file: a line a case, the same for ever at a lock."""
        return "".join(f"{line}\n" for line in self.data).encode()

    def _count(self, name: str, inside: bool) -> None:
        counts = self.counts.setdefault(name, [0, 0])
        counts[0] += inside
        counts[1] += 1

    def pair(self, name: str) -> str:
        """`period / cumulative` of a count; nothing counted is a true zero here."""
        interval, cumulative = self.counts.get(name, [0, 0])
        return f"{interval} / {cumulative}"


def _values(event: ReportedEvent) -> tuple[str, ...]:
    """The values of a reaction in the order of the data file."""
    return (
        event.received_on.isoformat(),
        event.code,
        event.code_version,
        event.verbatim,
        event.seriousness,
        event.source,
    )
