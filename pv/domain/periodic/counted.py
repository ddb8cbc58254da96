"""A case as it is counted: what it shares with others that count alike, its days and its reactions.

Source: domain 4.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from json.encoder import encode_basestring
from typing import NamedTuple, Self

from pv.domain.cases.flags import Flags
from pv.domain.periodic.events import (
    CaseRecord,
    ReportedEvent,
    Seriousness,
    TabulatedSource,
    events,
    seriousness_of,
    source_of,
)

_JSON = {True: "true", False: "false", None: "null"}


@dataclass(frozen=True, slots=True, eq=False)
class Assessed:
    """The assessment of cases that say the same of everything but days and terms.

    `seriousness` is that of each reaction, in order; a case without a reaction has one.
    """

    stated: Flags
    settled: bool
    serious: bool | None
    fatal: bool | None
    source: TabulatedSource
    seriousness: tuple[Seriousness, ...]
    malignancy: bool
    scales: frozenset[str]

    @classmethod
    def of(cls, case: CaseRecord) -> Self:
        """The assessment of a case, whose message need not hold its terms."""
        known = seriousness_of(case.reactions, case.serious)
        return cls(
            stated=case.stated,
            settled=case.settled,
            serious=case.serious,
            fatal=case.fatal,
            source=source_of(case.message),
            seriousness=tuple(known),
            malignancy=case.malignancy,
            scales=case.scales,
        )


class CountedCase(NamedTuple):
    """A case for header, tables and data file; a line of a listing needs its record besides."""

    number: str
    version: int
    received_on: date
    entered_on: date
    assessed: Assessed
    events: Sequence[ReportedEvent]

    @classmethod
    def of(cls, case: CaseRecord) -> Self:
        """A case that was read as a whole."""
        days = (case.received_on, case.entered_on)
        return cls(case.number, case.version, *days, Assessed.of(case), list(events(case)))

    @property
    def serious(self) -> bool | None:
        """None: nobody assessed it by the lock."""
        return self.assessed.serious

    @property
    def fatal(self) -> bool | None:
        """None: nobody assessed it by the lock."""
        return self.assessed.fatal

    @property
    def data(self) -> str:
        """The line of the data file, JSON: number, version, days, flags, then each reaction."""
        day, known = self.received_on.isoformat(), self.assessed
        said = f'{_JSON[known.serious]}, {_JSON[known.fatal]}, "{self.entered_on.isoformat()}"'
        line = f'[{encode_basestring(self.number)}, {self.version}, "{day}", {said}'
        for event in self.events:
            line += f', ["{day}", {event.data}]'
        return line + "]"
