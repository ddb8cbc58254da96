"""What the tables of a report rest on: who asks, which product and period, which lock."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date

from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import DataLock
from followup.core.naming import reader_language
from followup.models import Product
from followup.queries import data_locks
from pv.domain.periodic import CaseRecord, CountedCase, Gathered, Line, Tabulation, line
from pv.domain.periodic.counted import Assessed
from pv.domain.periodic.sections import ReportKind, TableCode, Topic
from pv.models import AggregateReport
from pv.queries import counted_cases
from pv.queries.aggregate_reports import register
from pv.queries.product_names import drug_names


@dataclass(slots=True)
class CaseCount:
    """One pass over the cases: what the header, every table and every listing count."""

    gathered: Gathered
    topics: list[Topic]
    fatal: list[Line] = field(default_factory=list)
    by_topic: dict[str, list[int]] = field(default_factory=dict)
    fatal_listing: bool = True
    _of_words: dict[str, frozenset[str]] = field(default_factory=dict)
    _of_marks: dict[Assessed, frozenset[str]] = field(default_factory=dict)

    def lists(self, case: CountedCase) -> bool:
        """Whether a line is made of a case, for which its whole message is needed."""
        return self._lists_fatal(case) or self.gathered.lists(case)

    def _lists_fatal(self, case: CountedCase) -> bool:
        return self.fatal_listing and case.fatal is True

    def add_line(self, case: CountedCase, record: CaseRecord) -> None:
        """List a case where it belongs."""
        if self._lists_fatal(case):
            self.fatal.append(line(record, self.gathered.language, self.gathered.names))
        if self.gathered.lists(case):
            self.gathered.add_line(case, record)

    def count(self, case: CountedCase) -> None:
        """Count a case; `[period, cumulative, serious of the period, serious cumulative]`."""
        self.gathered.count(case)
        inside = case.received_on >= self.gathered.tabulation.start
        serious = case.serious is True
        for code in self._held(case):
            counts = self.by_topic.setdefault(code, [0, 0, 0, 0])
            counts[0] += inside
            counts[1] += 1
            counts[2] += inside and serious
            counts[3] += serious

    def _held(self, case: CountedCase) -> frozenset[str]:
        """The codes of the topics of a case."""
        known = case.assessed
        held = self._of_marks.get(known)
        if held is None:
            marked = (t for t in self.topics if t.marks(known.scales, known.malignancy))
            held = self._of_marks[known] = frozenset(topic.code for topic in marked)
        for event in case.events:
            named = self._of_words.get(event.verbatim)
            if named is None:
                found = (t.code for t in self.topics if t.names_one(event.verbatim))
                named = self._of_words[event.verbatim] = frozenset(found)
            held = held | named if named else held
        return held

    def finish(self) -> None:
        """Put the listings in their order."""
        for lines in (self.gathered.lines, self.fatal):
            lines.sort(key=lambda entry: (entry.received_on, entry.number))


@dataclass(frozen=True, slots=True)
class Basis:
    """The question of a report. `cases` is None for a report that shows no case."""

    actor: Actor
    product: Product
    start: date
    end: date
    kind: ReportKind
    report: AggregateReport
    cases: CaseCount | None

    @property
    def lock(self) -> DataLock | None:
        """The lock the figures rest on."""
        return self.report.lock

    @property
    def words(self) -> str:
        """The half of a two-language entry to print."""
        return reader_language()

    @property
    def at(self) -> date:
        """The day what was known stands for."""
        if self.lock is None:
            return clock.today()
        return self.lock.made_at.astimezone(clock.SHANGHAI).date()


@contextmanager
def reading(lock: DataLock | None) -> Iterator[None]:
    """Read what a lock knew, or what is known now."""
    with data_locks.known_at(lock) if lock else nullcontext():
        yield


def empty_count(row: AggregateReport, language: str) -> CaseCount:
    """A count that has taken no case yet, with the listings its kind of report shows."""
    shown = register.kind(row).tables
    table = Tabulation(row.period_start, row.period_end)
    names = drug_names(row.product, language)
    gathered = Gathered(table, language, listing=TableCode.SERIOUS in shown, names=names)
    return CaseCount(gathered, list(register.topics()), fatal_listing=TableCode.FATAL in shown)


def count_cases(actor: Actor, row: AggregateReport, count: CaseCount) -> Iterator[int]:
    """Count the cases of a report, each once, as known at its lock; yields how many are done."""
    return counted_cases.count_cases(actor, row.product, row.period_end, count, lock=row.lock)
