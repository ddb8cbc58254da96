"""Everything a registration certificate owes by the calendar: periodic reports, the annual report,
re-registration.

Source: domain 4.4 and 5; the days are reference data (`rule_sets.json`, `duties.json`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from followup.domain.dates import add_months
from pv.domain.aggregates import Period, PeriodicRule, calendar

PSUR, DSUR, ANNUAL, REREGISTRATION = "PSUR", "DSUR", "ANNUAL_REPORT", "REREGISTRATION"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The days of a certificate; `born_on` is the international birth date, if another day."""

    approved_on: date
    valid_to: date
    born_on: date | None = None
    reregistered_on: date | None = None
    trial_approved_on: date | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing owed by a day. A report has its period; `awaits` is an event that should have
    changed the cycle and is not entered; `confidence` is that of the rule."""

    code: str
    due: date
    start: date | None
    data_lock: date | None
    awaits: str
    citation: str
    confidence: str


def duties(
    facts: CertificateFacts,
    rules: Mapping[str, PeriodicRule],
    data: Mapping[str, Any],
    *,
    since: date,
    until: date,
) -> list[Duty]:
    """The duties due from `since` to `until`, in the order of their days.

    The PSUR changes its cycle at the first re-registration; a duty after the end of the
    certificate is none, but the period that runs when it ends is still reported.
    """
    found = [*_reports(facts, rules, data, until), *_annual(facts, data, since, until)]
    rule = data["reregistration"]
    asked = add_months(facts.valid_to, -int(rule["months_before"]))
    found.append(Duty(REREGISTRATION, asked, None, None, "", rule["citation"], rule["confidence"]))
    chosen = [duty for duty in found if since <= duty.due <= until]
    return sorted(chosen, key=lambda duty: (duty.due, duty.code))


def _reports(
    facts: CertificateFacts,
    rules: Mapping[str, PeriodicRule],
    data: Mapping[str, Any],
    until: date,
) -> Iterator[Duty]:
    known = {"first_reregistration": facts.reregistered_on} if facts.reregistered_on else {}
    events = {name: day for name, day in known.items() if day is not None}
    last = min(until, facts.valid_to)
    born = facts.born_on or facts.approved_on
    for period in calendar(rules[data["periodic"]["psur"]], born, last, events=events):
        if period.data_lock >= facts.approved_on:
            yield of_period(PSUR, period)
    if facts.trial_approved_on:
        rule = rules[data["periodic"]["dsur"]]
        for period in calendar(rule, facts.trial_approved_on, last):
            yield of_period(DSUR, period)


def of_period(code: str, period: Period) -> Duty:
    """The report on a period, as a duty."""
    return Duty(
        code,
        period.due,
        period.start,
        period.data_lock,
        period.awaits or "",
        period.citation,
        period.confidence,
    )


def _annual(
    facts: CertificateFacts, data: Mapping[str, Any], since: date, until: date
) -> Iterator[Duty]:
    """The report on each calendar year the certificate was held in, due in the year after."""
    rule = data["annual_report"]
    first = max(facts.approved_on.year + 1, since.year)
    for year in range(first, min(until.year, facts.valid_to.year + 1) + 1):
        due = date(year, int(rule["month"]), int(rule["day"]))
        start, end = date(year - 1, 1, 1), date(year - 1, 12, 31)
        held = max(start, facts.approved_on)
        yield Duty(
            ANNUAL, due, held, min(end, facts.valid_to), "", rule["citation"], rule["confidence"]
        )
