"""Events expected of a cohort from background rates, and the same look by look over the years.

Source: domain 8: time at risk from day zero and a lag, to the event, death, the last contact or
the cutoff, split at birthdays and calendar years; person-days are added before they are divided.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from followup.domain.exposure import (
    Absence,
    History,
    Tier,
    at_risk,
    days_by_tier,
    lexis,
    person_years,
    spells,
)
from pv.domain.cohorts.times import Member, span
from pv.domain.signals.rates import RateRow, age_bands, rate_for
from pv.domain.statistics.estimates import Estimate
from pv.domain.statistics.rates import rate, sir
from pv.domain.statistics.sequential import MaxSprt, maxsprt

COUNTED = frozenset({Tier.ACTIVE, Tier.OVERDUE, Tier.REGAINED})
PER = 100_000


@dataclass(frozen=True, slots=True)
class Person:
    """A member with what a background rate depends on; the year of birth may be unknown."""

    member: Member
    sex: str
    birth_year: int | None


@dataclass(frozen=True, slots=True)
class Year:
    """One calendar year: person-days at risk, events expected in it, events seen in it."""

    year: int
    days: int
    expected: float
    observed: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """Person-time of a cohort by tier and by year. `without_rate` are person-days that no row of
    the table covers (age not known or not in the table): they expect nothing and are told."""

    tiers: dict[Tier, int]
    years: Sequence[Year]
    without_rate: int
    early: int
    """Events within the lag, counted neither as seen nor as time."""

    @property
    def days(self) -> int:
        """Person-days at risk."""
        return sum(year.days for year in self.years)

    @property
    def years_at_risk(self) -> float:
        """Person-years at risk."""
        return person_years(self.days)

    @property
    def expected(self) -> float:
        """Number of events expected."""
        return sum(year.expected for year in self.years)

    @property
    def observed(self) -> int:
        """Number of events seen."""
        return sum(year.observed for year in self.years)


def history(person: Person, cutoff: date) -> History:
    """Time after infusion as the register knows it: after the last contact nobody has looked.

    Only the year of birth is in the register: the middle of the year stands for the birthday.
    """
    member = person.member
    event, dead = (span(each, member.day0, cutoff) for each in (member.malignancy, member.death))
    last = max(min(member.last_contact or member.day0, cutoff), member.day0)
    days = [found.middle for found in (event, dead) if found is not None and found.last >= 0]
    # An event or a death is known of: until then the patient was under observation.
    last = max([last, *(member.day0 + timedelta(days=day) for day in days)])
    return History(
        day0=member.day0,
        birth=date(person.birth_year or 1900, 7, 1),
        absences=(Absence(last),) if last < cutoff else (),
        event_on=_day(member, event),
        died_on=_day(member, dead),
    )


def _day(member: Member, found: object) -> date | None:
    middle = getattr(found, "middle", None)
    return member.day0 + timedelta(days=middle) if middle is not None and middle >= 0 else None


def exposure(
    people: Iterable[Person], rows: Sequence[RateRow] | float, cutoff: date, *, lag_days: int
) -> Exposure:
    """Person-time and expected events; `rows` is a table of one group, or one flat rate.

    A contact, an event or the cutoff on day n gives n days at risk, as in the curves.
    """
    flat = rows if isinstance(rows, float | int) else None
    bands = [0] if flat is not None or isinstance(rows, float | int) else age_bands(rows)
    tiers: dict[Tier, int] = {}
    days: dict[int, int] = {}
    expected: dict[int, float] = {}
    observed: dict[int, int] = {}
    without = early = 0
    for person in people:
        if person.member.day0 > cutoff:
            continue
        past = history(person, cutoff)
        if past.event_on and (past.event_on - past.day0).days < lag_days:
            early += 1
            continue
        parts = spells(past, cutoff, lag_days=lag_days)
        for tier, number in days_by_tier(parts).items():
            tiers[tier] = tiers.get(tier, 0) + number
        for cell in lexis(at_risk(parts, COUNTED), past.birth, bands):
            days[cell.year] = days.get(cell.year, 0) + cell.days
            per = flat if flat is not None else _rate(rows, person, cell.age_from)
            if per is None:
                without += cell.days
            else:
                more = person_years(cell.days) * per / PER
                expected[cell.year] = expected.get(cell.year, 0.0) + more
        if past.event_on and past.event_on <= cutoff:
            observed[past.event_on.year] = observed.get(past.event_on.year, 0) + 1
    known = sorted({*days, *observed})
    years = [Year(y, days.get(y, 0), expected.get(y, 0.0), observed.get(y, 0)) for y in known]
    return Exposure(tiers, years, without, early)


def _rate(rows: Sequence[RateRow] | float, person: Person, age: int | None) -> float | None:
    if age is None or person.birth_year is None or isinstance(rows, float | int):
        return None
    return rate_for(rows, person.sex, age)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seen against expected: the ratio and the rate per 100 person-years, each with its limits,
    and the sequential test with one look at the end of each year."""

    exposure: Exposure
    ratio: tuple[float, float, float]
    per_100: tuple[float, float, float]
    sequential: MaxSprt
    looks: Sequence[tuple[int, int, float, float]]
    """Year, cumulative observed, cumulative expected, log-likelihood ratio."""


def compare(found: Exposure, *, upper_limit: float, alpha: float) -> Comparison:
    """Hold a cohort against its expectation. nan where nothing was expected."""
    observed, expected = 0, 0.0
    seen: list[int] = []
    awaited: list[float] = []
    for year in found.years:
        observed, expected = observed + year.observed, expected + year.expected
        seen.append(observed)
        awaited.append(expected)
    test = maxsprt(seen or [0], awaited or [0.0], upper_limit=upper_limit, alpha=alpha)
    ratios = [float(value) for value in cast(Sequence[float], test.llr)]
    looks = [(year.year, seen[i], awaited[i], ratios[i]) for i, year in enumerate(found.years)]
    ratio = _with_limits(sir(found.observed, found.expected))
    per = _with_limits(rate(found.observed, found.years_at_risk))
    return Comparison(found, ratio, per, test, looks)


def _with_limits(estimate: Estimate) -> tuple[float, float, float]:
    value, low, high = estimate
    return float(value), float(low), float(high)
