"""What a hospital owes itself for its event (CN-H): shown beside it, no clock of the holder."""

from collections.abc import Iterable
from dataclasses import replace

from pv.domain import clocks
from pv.models import Case, CaseSource
from pv.queries import obligations, rules


def of_case(case: Case, rows: Iterable[CaseSource] | None = None) -> tuple[clocks.Obligation, ...]:
    """The hospital's own duties for the event of a case, the soonest due first.

    By what the hospital stated alone: each statement counts from the day it learned of it. None
    for a case of another origin, or once the event was withdrawn.
    """
    found = obligations.sources(case) if rows is None else rows
    said = [row for row in found if row.kind in ("event", "withdrawal")]
    if case.origin != Case.Origin.HOSPITAL or not said or said[-1].kind == "withdrawal":
        return ()
    known = replace(obligations.facts(), reporter=clocks.Reporter.HOSPITAL)
    items = obligations.information([row for row in said if row.kind == "event"], known)
    answered = [
        replace(item, facts=replace(item.facts, unexpected=case.unexpected)) for item in items
    ]
    return clocks.obligations(rules.rule_set(), answered, ())
