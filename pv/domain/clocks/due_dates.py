"""From a rule and a day zero to what is due when (domain 4.3).

Source: domain 4.3.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from followup.domain.calendars import HolidayTable, YearStatus, add_working_days
from followup.domain.dates import add_months
from pv.domain.clocks.conditions import Answer, holds
from pv.domain.clocks.deadlines import Clock, Deadline, Reason
from pv.domain.clocks.rules import CaseFacts, Limit, Rule, Unit


def due(
    rule: Rule,
    day_zero: date,
    *,
    facts: CaseFacts | None = None,
    domestic: frozenset[str] = frozenset(),
    aware_at: datetime | None = None,
    holidays: HolidayTable | None = None,
) -> Clock:
    """The clock a rule sets going on a day zero (domain 4.3).

    Calendar limits end N days after day zero, that day included, and never move for weekends or
    holidays. Where limits hang on facts, `facts` chooses; a fact that is not known leaves the
    shortest of the limits still possible, marked provisional. Raises ValueError when the rule was
    not in force on the day, when working days are asked for without a holiday table, and when no
    limit of the rule fits the facts.
    """
    if not rule.in_force(day_zero):
        raise ValueError(f"rule {rule.id} version {rule.version} is not in force on {day_zero}")
    chosen, others, missing = _choose(rule, facts, domestic)
    made: dict[str, Deadline] = {}
    statuses: list[YearStatus] = []
    trail = [_reason_rule(rule, day_zero)]
    for limit in chosen:
        start = made[limit.after].due if limit.after else day_zero
        if start is None:
            raise ValueError(f"limit {limit.code} of {rule.id} follows a duty without a day")
        deadline, status = _deadline(limit, start, aware_at, holidays)
        made[limit.code] = deadline
        statuses.append(status)
        trail.append(_reason_limit(limit, start, deadline, aware_at))
    if missing:
        trail.append(_reason_provisional(missing))
    alternatives = tuple(_deadline(other, day_zero, aware_at, holidays)[0] for other in others)
    first = next(iter(made.values()))
    return Clock(
        rule=rule.id,
        version=rule.version,
        regime=rule.regime,
        day_zero=day_zero,
        deadlines=tuple(made.values()),
        alternatives=alternatives,
        citation=first.citation,
        confidence=first.confidence,
        provisional=bool(missing),
        predicted=any(s is not YearStatus.OFFICIAL for s in statuses),
        missing=missing,
        trail=tuple(trail),
        authority=rule.authority,
    )


_Choice = tuple[tuple[Limit, ...], tuple[Limit, ...], tuple[str, ...]]
# Shortest first when a limit has to be taken without knowing the facts.
_LENGTH = {
    Unit.IMMEDIATE: 0.0,
    Unit.HOURS: 1 / 24,
    Unit.CALENDAR_DAYS: 1.0,
    Unit.WORKING_DAYS: 1.4,
    Unit.MONTHS: 30.4,
}


def _choose(rule: Rule, facts: CaseFacts | None, domestic: frozenset[str]) -> _Choice:
    """Duties that hold, other duties still possible, and the facts that would decide.

    Limits without a condition of their own stand together; among limits with conditions the first
    that holds is taken.
    """
    plain = tuple(limit for limit in rule.limits if not limit.when)
    conditional = [limit for limit in rule.limits if limit.when]
    if rule.kind == "periodic" and not conditional:
        return plain[:1], plain[1:], ("period",) if len(plain) > 1 else ()
    possible: list[Limit] = []
    missing: list[str] = []
    for limit in conditional:
        if facts is None:
            possible.append(limit)
            missing.extend(_names(limit.when))
            continue
        outcome = holds(limit.when, facts, domestic)
        if outcome.answer is Answer.NO:
            continue
        possible.append(limit)
        if outcome.answer is Answer.YES:
            break
        missing.extend(outcome.missing)
    if conditional and not possible:
        raise ValueError(f"no limit of rule {rule.id} fits the facts")
    if not conditional:
        return plain, (), ()
    possible.sort(key=lambda limit: _LENGTH.get(limit.unit, 1e9) * (limit.amount or 0))
    unsure = tuple(dict.fromkeys(missing)) if len(possible) > 1 or missing else ()
    return (possible[0], *plain), tuple(possible[1:]), unsure


def _names(when: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for name, wanted in when.items():
        names.extend(n for one in wanted for n in _names(one)) if name == "any" else names.append(
            name
        )
    return names


def _deadline(
    limit: Limit, start: date, aware_at: datetime | None, holidays: HolidayTable | None
) -> tuple[Deadline, YearStatus]:
    amount, status = limit.amount or 0, YearStatus.OFFICIAL
    end: date | None = None
    end_at: datetime | None = None
    match limit.unit:
        case Unit.CALENDAR_DAYS | Unit.IMMEDIATE:
            end = start + timedelta(days=amount)
        case Unit.MONTHS:
            end = add_months(start, amount)
        case Unit.WORKING_DAYS:
            if holidays is None:
                raise ValueError(f"limit {limit.code} counts working days: give a holiday table")
            counted = add_working_days(start, amount, holidays)
            end, status = counted.due, counted.status
        case Unit.HOURS:
            end_at = aware_at + timedelta(hours=amount) if aware_at else None
            end = end_at.date() if end_at else start + timedelta(hours=amount)
        case Unit.NOT_EXPEDITED:
            pass
    latest = start + timedelta(days=limit.latest_days) if limit.latest_days is not None else end
    deadline = Deadline(
        code=limit.code,
        due=end,
        due_at=end_at,
        latest=latest,
        amount=limit.amount,
        unit=limit.unit,
        label=limit.label,
        citation=limit.citation,
        confidence=limit.confidence,
    )
    return deadline, status


def _reason_rule(rule: Rule, day_zero: date) -> Reason:
    values = {
        "rule": rule.id,
        "version": rule.version,
        "citation": rule.citation,
        "confidence": rule.confidence,
        "day_zero": day_zero.isoformat(),
        "valid_from": rule.valid_from.isoformat() if rule.valid_from else None,
    }
    return Reason("rule", values, f"rule {rule.id}, {rule.citation}, day zero {day_zero}")


def _reason_limit(
    limit: Limit, start: date, deadline: Deadline, aware_at: datetime | None
) -> Reason:
    unit = limit.unit.value.replace("_", " ")
    counted = unit if limit.unit is Unit.NOT_EXPEDITED else f"{limit.amount} {unit}"
    if limit.unit is Unit.IMMEDIATE:
        counted = "at once"
    values = {
        "limit": limit.code,
        "from": start.isoformat(),
        "amount": limit.amount,
        "unit": limit.unit.value,
        "due": deadline.due.isoformat() if deadline.due else None,
        "after": limit.after,
        "moment_known": aware_at is not None,
        "citation": limit.citation,
        "confidence": limit.confidence,
    }
    ending = f" = {deadline.due}" if deadline.due else ""
    return Reason("limit", values, f"{limit.code}: {start} + {counted}{ending}")


def _reason_provisional(missing: Sequence[str]) -> Reason:
    names = ", ".join(missing)
    return Reason(
        "provisional",
        {"missing": list(missing)},
        f"not known: {names}; the shortest limit still possible was taken",
    )
