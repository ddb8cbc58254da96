"""Patients, infusions and person-time of a product, in the interval and from the beginning.

Source: ICH E2C(R2), section 5.2. Person-time runs from the day of infusion to the event, the death,
the last contact or the lock; after the last contact nobody has looked, and those days are told
apart. One day belongs to one interval: the time of consecutive intervals adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from followup.domain.exposure import Tier, person_years
from followup.lazy_modules import lazy
from pv.domain.signals.expected import Person
from pv.domain.signals.person_days import Days, Histories, histories

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")


@dataclass(frozen=True, slots=True)
class Treated:
    """A patient at the first infusion of the product, and for what (empty: not told)."""

    person: Person
    indication: str


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """Patients first treated, and person-days at risk: of the interval and from the beginning."""

    value: str
    patients: int
    patients_cumulative: int
    days: int
    days_cumulative: int

    @property
    def years(self) -> float:
        """Person-years of the interval."""
        return person_years(self.days)

    @property
    def years_cumulative(self) -> float:
        """Person-years from the beginning."""
        return person_years(self.days_cumulative)


@dataclass(frozen=True, slots=True)
class ExposureTable:
    """The same patients and days split four ways; each split adds up to `total`. `tiers` are all
    days since infusion, those not at risk too."""

    total: ExposureRow
    ages: Sequence[ExposureRow]
    sexes: Sequence[ExposureRow]
    indications: Sequence[ExposureRow]
    tiers: Sequence[ExposureRow]


def exposure_table(
    treated: Iterable[Treated], start: date, end: date, age_from: Sequence[int]
) -> ExposureTable:
    """The table of a period, both days included. Age is that at infusion by the year of birth.

    `age_from` are the lowest ages of the groups; a group is named "18-64", the last "75+", an
    unknown age or sex by an empty name.
    """
    many = [each for each in treated if each.person.member.day0 <= end]
    known = histories([each.person for each in many], end, lag_days=0)
    before = (start - timedelta(days=1)).toordinal()
    fresh = known.day0 >= start.toordinal()
    first, last = known.start, known.active_until
    days = np.maximum(last - first, 0)
    inside = np.maximum(last - np.maximum(first, before), 0)

    def split(values: Sequence[str], order: Sequence[str]) -> list[ExposureRow]:
        present = set(values)
        return [
            _row(value, np.array([each == value for each in values], bool), fresh, inside, days)
            for value in order
            if value in present
        ]

    groups = [_group(age, age_from) for age in age_from]
    ages = [_age_group(each.person, age_from) for each in many]
    sexes = [each.person.sex for each in many]
    labels = [each.indication for each in many]
    return ExposureTable(
        total=_row("", np.ones(len(many), bool), fresh, inside, days),
        ages=split(ages, [*groups, ""]),
        sexes=split(sexes, ["MALE", "FEMALE", "UNKNOWN"]),
        indications=split(labels, sorted(set(labels), key=lambda text: (not text, text))),
        tiers=_tiers(known, before, fresh),
    )


def _row(
    value: str, mask: NDArray[np.bool_], fresh: NDArray[np.bool_], inside: Days, days: Days
) -> ExposureRow:
    return ExposureRow(
        value,
        int((mask & fresh).sum()),
        int(mask.sum()),
        int(inside[mask].sum()),
        int(days[mask].sum()),
    )


def _tiers(known: Histories, before: int, fresh: NDArray[np.bool_]) -> list[ExposureRow]:
    """Every day since infusion by what was known of the patient on it."""
    rows = []
    for tier in (Tier.ACTIVE, Tier.LOST, Tier.EVENT, Tier.DEAD):
        first, end = known.tiers()[tier]
        days = np.maximum(end - first, 0)
        inside = np.maximum(end - np.maximum(first, before), 0)
        rows.append(_row(tier.value, days > 0, fresh, inside, days))
    return [row for row in rows if row.days_cumulative]


def _group(age: int, age_from: Sequence[int]) -> str:
    later = [each for each in age_from if each > age]
    return f"{age}–{later[0] - 1}" if later else f"{age}+"


def _age_group(person: Person, age_from: Sequence[int]) -> str:
    if person.birth_year is None:
        return ""
    age = max(person.member.day0.year - person.birth_year, 0)
    reached = [each for each in age_from if each <= age]
    return _group(reached[-1], age_from) if reached else ""
