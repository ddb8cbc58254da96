"""Periodic reports an authorisation abroad owes: by the rule of its market, or by the cycle its
authority set for it (an entry of the EURD list, a waiver of the FDA); yearly ones of a trial.

Source: domain 4.4 and 4.1 (US-PER); 21 CFR 600.80(c)(2); Directive 2001/83/EC art. 107c and
Regulation (EC) 726/2004 art. 28(2), from memory; of trials 21 CFR 312.33, ICH E2F and Regulation
(EU) 536/2014 art. 43; the rule of a market is reference data (`duties.json`, `rule_sets.json`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from followup.domain.dates import add_months
from pv.domain.aggregates import Period, PeriodicRule, calendar
from pv.domain.approvals.duties import Duty, of_period

US_PADER, US_PBRER, EU_PSUR = "US_PADER", "US_PBRER", "EU_PSUR"
US_IND, US_DSUR, EU_DSUR = "US_IND", "US_DSUR", "EU_DSUR"
LAUNCH = "launch"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AuthorisationFacts:
    """The days of a marketing authorisation, or of a trial, in a market abroad.

    `born_on` is the international birth date, if another day, of a trial the development one;
    `launched_on` the day it was first placed on that market. `set_months` and `set_lock` are the
    cycle the authority set and one data lock point of it, `set_from` the day it took effect; None:
    from the authorisation on.
    """

    market: str
    authorised_on: date
    ended_on: date | None = None
    born_on: date | None = None
    launched_on: date | None = None
    set_months: int | None = None
    set_lock: date | None = None
    set_from: date | None = None
    trial: bool = False


def duties_abroad(
    facts: AuthorisationFacts,
    rules: Mapping[str, PeriodicRule],
    data: Mapping[str, Any],
    *,
    since: date,
    until: date,
) -> list[Duty]:
    """The reports due from `since` to `until`, in the order of their days.

    None for a market without a rule. The period that runs when the authorisation ends is still
    reported, but where the report of a trial is owed on an anniversary on which it stands; one
    that was over before it began is not.
    """
    terms = data["trials_abroad" if facts.trial else "abroad"].get(facts.market)
    if terms is None:
        return []
    last = min(until, facts.ended_on or until)
    counted = _of_trial if facts.trial else _reports
    found = [
        duty
        for duty in counted(facts, rules, terms, last)
        if duty.data_lock is not None
        and duty.data_lock >= facts.authorised_on
        and since <= duty.due <= until
    ]
    return sorted(found, key=lambda duty: (duty.due, duty.code))


def _start(rule: PeriodicRule, facts: AuthorisationFacts) -> date:
    """The day a rule counts its periods from: the first of its starts that is known."""
    known = {"licensure": facts.authorised_on, "ebd": facts.authorised_on, "ibd": facts.born_on}
    return next((day for name in rule.starts if (day := known.get(name))), facts.authorised_on)


def _of_trial(
    facts: AuthorisationFacts,
    rules: Mapping[str, PeriodicRule],
    terms: Mapping[str, Any],
    last: date,
) -> Iterator[Duty]:
    """The years of a trial: a DSUR on those of the development birth date where it is entered."""
    name, start = ("born_", facts.born_on) if facts.born_on else ("", facts.authorised_on)
    for period in calendar(rules[terms[f"{name}rule"]], start, last):
        stands = facts.ended_on is None or period.data_lock < facts.ended_on
        if stands or terms["running"]:
            yield of_period(terms[f"{name}code"], period)


def _reports(
    facts: AuthorisationFacts,
    rules: Mapping[str, PeriodicRule],
    terms: Mapping[str, Any],
    last: date,
) -> Iterator[Duty]:
    """The periods of the rule, then those of the cycle the authority set, with no day between."""
    rule = rules[terms["rule"]]
    if facts.set_months is None or facts.set_lock is None:
        for period in _by_rule(rule, facts, terms, last):
            yield of_period(terms["code"], period)
        return
    before = _by_rule(rule, facts, terms, last) if facts.set_from else ()
    owed = [period for period in before if period.data_lock < (facts.set_from or period.start)]
    yield from (of_period(terms["code"], period) for period in owed)
    known = rules[terms["set_rule"]]
    first = owed[-1].data_lock + _DAY if owed else _start(known, facts)
    locks = _locks(facts.set_lock, facts.set_months, max(first, facts.set_from or first))
    for lock in locks:
        if first > last:
            return
        yield _set_report(terms["set_code"], known, first, lock)
        first = lock + _DAY


def _by_rule(
    rule: PeriodicRule, facts: AuthorisationFacts, terms: Mapping[str, Any], last: date
) -> tuple[Period, ...]:
    """The periods of a market's own rule.

    Where its cycles count from the day the product was first placed on the market, they do so: a
    period keeps its length while it begins before the cycle ends, and all keep the first length
    until that day is entered.
    """
    start = _start(rule, facts)
    if not terms["from_launch"]:
        return calendar(rule, start, last)
    cycles = tuple(
        replace(c, until_months=None, until_event=f"{c.until_months}", expected_months=24)
        if c.until_months
        else c
        for c in rule.cycles
    )
    months = [c.until_months for c in rule.cycles if c.until_months]
    day = facts.launched_on
    events = {f"{n}": add_months(day, n) for n in months} if day else {}
    made = calendar(replace(rule, cycles=cycles), start, last, events=events)
    return tuple(replace(period, awaits=LAUNCH if period.awaits else None) for period in made)


def _locks(lock: date, months: int, first: date) -> Iterator[date]:
    """The data lock points of a cycle from `first` on, counted in months from the one stated."""
    back = (lock.year - first.year + 1) * 12 // months + 1
    for number in count(-back):
        day = add_months(lock, number * months)
        if day >= first:
            yield day


def _set_report(code: str, rule: PeriodicRule, first: date, lock: date) -> Duty:
    """The report of a period of the set cycle; the days to submit follow from its length."""
    months = next(n for n in count(1) if add_months(first, n) > lock)
    due = rule.due_rule(months).due(lock, lock + _DAY)
    return Duty(code, due, first, lock, "", rule.citation, rule.confidence)
