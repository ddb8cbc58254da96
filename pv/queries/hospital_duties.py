"""What a hospital owes itself for its event (CN-H): shown beside it, no clock of the holder."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from followup.core.row_security import contexts
from followup.queries import hospital_reports
from pv.domain import clocks
from pv.models import Case, CaseSource
from pv.queries import authorisations, obligations, rules


@contexts.reads_whole
def of_case(case: Case, rows: Iterable[CaseSource] | None = None) -> tuple[clocks.Obligation, ...]:
    """The hospital's own duties for the event of a case, the soonest due first.

    By what the hospital stated alone: each statement counts from the day it learned of it. Whether
    the reaction is new is what the case says against the Chinese label; while nobody answered, the
    shorter limit runs. A report the hospital noted meets what was known by its day; what it learned
    later is owed again. None for a case of another origin, or once the event was withdrawn. `rows`
    are the sources of the case in the order they were taken. Whoever asks may read the case, or the
    event: the hospital is told of its own duty and reads nothing else of the case.
    """
    found = obligations.sources(case) if rows is None else list(rows)
    said = [row for row in found if row.kind in ("event", "withdrawal")]
    if case.origin != Case.Origin.HOSPITAL or not said or said[-1].kind == "withdrawal":
        return ()
    known = replace(obligations.facts(), reporter=clocks.Reporter.HOSPITAL)
    # Each version is of what had been learned until then, whoever brought it.
    market = obligations.by_market(case, obligations.information(found, known))
    learned = [row.id for row in found if row.starts_clock]
    unexpected = {
        key: item.facts.unexpected
        for key, item in zip(learned, market[authorisations.HOME], strict=True)
    }
    events = [row for row in said if row.kind == "event"]
    own = [row.id for row in events if row.starts_clock]
    answered = [
        replace(item, facts=replace(item.facts, unexpected=unexpected[key]))
        for key, item in zip(own, obligations.information(events, known), strict=True)
    ]
    made = hospital_reports.days(row.event_id for row in events if row.event_id)
    return tuple(_met(duty, made) for duty in clocks.obligations(rules.rule_set(), answered, ()))


def _met(duty: clocks.Obligation, made: Iterable[date]) -> clocks.Obligation:
    """The duty as the hospital's own reports leave it: one made since it was known meets it."""
    since = [day for day in made if day >= duty.clock.day_zero]
    return replace(duty, met_on=min(since, default=None))
