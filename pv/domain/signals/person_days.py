"""Person-time of many patients at once; the same numbers as `expected.exposure` patient by patient.

Source: domain 8. Only the year of birth is known, so everybody's birthday is 1 July: half-years are
the cells of the Lexis diagram, and in each the age is the year less the year of birth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from followup.domain.exposure import Tier, person_years
from followup.lazy_modules import lazy
from pv.domain.cohorts.times import WHOLE_DATE, Happening, span
from pv.domain.signals.expected import PER, Exposure, Person, Year
from pv.domain.signals.rates import RateRow, age_bands, rate_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

Days: TypeAlias = "NDArray[np.int64]"
NEVER = 2**31 - 1  # a day that does not come
OLDEST = 200
UNKNOWN_AGE = OLDEST + 1


@dataclass(frozen=True, slots=True)
class Histories:
    """Days (ordinals) of patients infused by the cutoff: `start` is day zero and the lag, `contact`
    the end of what is known, `event` and `died` are `NEVER` where there was none. Ends are
    exclusive: a death on day n gives n days. `place` is the patient's position in what was read."""

    cutoff: int
    day0: Days
    start: Days
    contact: Days
    event: Days
    died: Days
    born: Days
    sex: Days
    place: Days
    sexes: Sequence[str]

    @property
    def active_until(self) -> Days:
        """The end of the time at risk."""
        known = np.minimum(np.minimum(self.contact, self.event), self.died)
        return np.minimum(known, self.cutoff)

    def kept(self, mask: NDArray[np.bool_]) -> Histories:
        """Those of a mask."""
        names = ("day0", "start", "contact", "event", "died", "born", "sex", "place")
        return Histories(
            self.cutoff, **{n: getattr(self, n)[mask] for n in names}, sexes=self.sexes
        )

    def tiers(self) -> dict[Tier, tuple[Days, Days]]:
        """First day and end of the days of each patient in each tier; empty where not before.

        The last contact is never before an event or a death, so who has either is not lost.
        """
        end = np.full_like(self.start, self.cutoff)
        gone = np.minimum(self.event, self.died) < NEVER
        return {
            Tier.ACTIVE: (self.start, self.active_until),
            Tier.LOST: (np.maximum(self.start, self.contact), np.where(gone, self.start, end)),
            Tier.EVENT: (np.maximum(self.start, self.event), np.minimum(end, self.died)),
            Tier.DEAD: (np.maximum(self.start, self.died), end),
        }


def histories(people: Iterable[Person], cutoff: date, *, lag_days: int) -> Histories:
    """What is known of each patient by the cutoff, as columns; later infusions are left out."""
    many = people if isinstance(people, list) else list(people)
    rows = [person.member for person in many]
    end = cutoff.toordinal()
    day0 = np.array([row.day0.toordinal() for row in rows], dtype=np.int64)
    contact = np.array(
        [row.last_contact.toordinal() if row.last_contact else 0 for row in rows], dtype=np.int64
    )
    contact = np.maximum(np.minimum(contact, end), day0)
    event = _days([row.malignancy for row in rows], day0, cutoff)
    died = _days([row.death for row in rows], day0, cutoff)
    for happened in (event, died):
        np.maximum(contact, happened, out=contact, where=happened < NEVER)
    codes: dict[str, int] = {}
    sex = [codes.setdefault(person.sex, len(codes)) for person in many]
    known = Histories(
        cutoff=end,
        day0=day0,
        start=day0 + lag_days,
        contact=contact,
        event=event,
        died=died,
        born=np.array([person.birth_year or 0 for person in many], dtype=np.int64),
        sex=np.array(sex, dtype=np.int64),
        place=np.arange(len(many)),
        sexes=tuple(codes),
    )
    return known.kept(day0 <= end)


def _days(happenings: Sequence[Happening | None], day0: Days, cutoff: date) -> Days:
    """The day that stands for each happening; one before the infusion is none of this cohort."""
    days = np.full(len(happenings), NEVER, dtype=np.int64)
    for place, happening in enumerate(happenings):
        if happening is None:
            continue
        first, text = int(day0[place]), happening.text
        known_by = min(happening.known_by, cutoff)
        if len(text) == WHOLE_DATE and (day := _whole(text)) is not None and day <= known_by:
            if (exact := day.toordinal()) >= first:  # what `span` says of it, without its way there
                days[place] = exact
            continue
        found = span(happening, date.fromordinal(first), cutoff)
        if found is not None and found.middle >= 0:
            days[place] = first + found.middle
    return days


def _whole(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text[7] == "-" else None  # not a day of a week
    except ValueError:
        return None


def lexis_days(known: Histories, first: Days, end: Days) -> dict[int, Days]:
    """Person-days from `first` to `end` by calendar year: an array of sex by age in years.

    Age `UNKNOWN_AGE`: the year of birth is not known, or the birthday is still to come.
    """
    held = first < end
    if not held.any():
        return {}
    first, end = first[held], end[held]
    born, sex = known.born[held], known.sex[held] * (UNKNOWN_AGE + 1)
    unknown = born == 0
    low = date.fromordinal(int(first.min())).year
    high = date.fromordinal(int(end.max()) - 1).year
    size = len(known.sexes) * (UNKNOWN_AGE + 1)
    found: dict[int, Days] = {}
    for year in range(low, high + 1):
        days = np.zeros(size)
        middle = date(year, 7, 1).toordinal()
        halves = (date(year, 1, 1).toordinal(), middle, 1), (middle, _next_year(year), 0)
        for begin, stop, before in halves:
            inside = np.minimum(end, stop) - np.maximum(first, begin)
            np.maximum(inside, 0, out=inside)
            age = np.minimum(year - before - born, OLDEST)
            age[unknown | (age < 0)] = UNKNOWN_AGE
            days += np.bincount(sex + age, weights=inside, minlength=size)
        found[year] = days.astype(np.int64).reshape(len(known.sexes), UNKNOWN_AGE + 1)
    return found


def _next_year(year: int) -> int:
    return date(year + 1, 1, 1).toordinal()


def exposure_of_many(
    people: Iterable[Person], rows: Sequence[RateRow] | float, cutoff: date, *, lag_days: int
) -> Exposure:
    """`expected.exposure` of a cohort of any size: columns of days, not patient by patient."""
    known = histories(people, cutoff, lag_days=lag_days)
    early = (known.event < NEVER) & (known.event - known.day0 < lag_days)
    known = known.kept(~early)
    tiers = {
        tier: int(np.maximum(end - first, 0).sum()) for tier, (first, end) in known.tiers().items()
    }
    cells = lexis_days(known, known.start, known.active_until)
    rates, has_rate = _rate_table(rows, known.sexes)
    seen = known.event[known.event <= known.cutoff]
    observed: dict[int, int] = {}
    for year, number in _years_of(seen):
        observed[year] = number
    made, without = [], 0
    for year in sorted({*cells, *observed}):
        days = cells.get(year)
        total = int(days.sum()) if days is not None else 0
        expected = 0.0
        if days is not None:
            expected = person_years(1) * float((days * rates).sum()) / PER
            without += int(days[~has_rate].sum())
        made.append(Year(year, total, expected, observed.get(year, 0)))
    made = [year for year in made if year.days or year.observed]
    return Exposure({t: n for t, n in tiers.items() if n}, made, without, int(early.sum()))


def _years_of(ordinals: Days) -> list[tuple[int, int]]:
    """How many of some days lie in each calendar year."""
    days, times = np.unique(ordinals, return_counts=True)
    found: dict[int, int] = {}
    for day, number in zip(days.tolist(), times.tolist(), strict=True):
        year = date.fromordinal(day).year
        found[year] = found.get(year, 0) + number
    return list(found.items())


def _rate_table(
    rows: Sequence[RateRow] | float, sexes: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The rate per 100,000 of each sex and age in years, and whether the table has one."""
    shape = (len(sexes), UNKNOWN_AGE + 1)
    if isinstance(rows, float | int):
        return np.full(shape, float(rows)), np.ones(shape, dtype=bool)
    rates, has_rate = np.zeros(shape), np.zeros(shape, dtype=bool)
    bands = age_bands(rows)
    for place, sex in enumerate(sexes):
        for age in range(OLDEST + 1):
            reached = [band for band in bands if band <= age]
            per = rate_for(rows, sex, reached[-1]) if reached else None
            if per is not None:
                rates[place, age], has_rate[place, age] = per, True
    return rates, has_rate
