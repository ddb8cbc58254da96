"""Age on a day, in the unit in which an age of that size is told.

The product's own rule.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MONTHS_BELOW = 24  # months of age below which months are counted, not years
DAYS_BELOW = 1  # months of age below which days are counted


class AgeUnit(StrEnum):
    """UCUM codes of ICH E2B(R3), D.2.2b."""

    YEAR = "a"
    MONTH = "mo"
    DAY = "d"


@dataclass(frozen=True, slots=True)
class Age:
    """Completed units: 7 months are never 0 years."""

    number: int
    unit: AgeUnit


def completed_months(born: date, on: date) -> int:
    """Months completed on a day. Born on the 31st, a month is complete on a shorter one's last."""
    day = min(born.day, monthrange(on.year, on.month)[1])
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < day)


def age_at(born: date, on: date) -> Age | None:
    """The age on a day: days below one month, months below two years, else whole years.

    None when the day lies before the birth. The units are those of ICH E2B(R3), D.2.2b; the
    limits are this project's, so that no infant is reported as 0 or 1 years old.
    """
    if on < born:
        return None
    months = completed_months(born, on)
    if months < DAYS_BELOW:
        return Age((on - born).days, AgeUnit.DAY)
    if months < MONTHS_BELOW:
        return Age(months, AgeUnit.MONTH)
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return Age(years, AgeUnit.YEAR)
