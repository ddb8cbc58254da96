"""Background incidence by age and sex, read from a table somebody publishes.

Source: domain 8. No rate is made up: without a table one flat rate, deliberately not low, is
used and every figure says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pv.domain.signals.tables import RowFault, WrongTable, lines

COLUMNS = (
    *("population", "registry", "years", "icdo3_group", "sex", "age_from", "age_to"),
    *("rate_per_100k", "source_url"),
)
SEXES = ("MALE", "FEMALE", "BOTH")
MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class RateRow:
    """One line: events per 100,000 person-years; `age_to` is inclusive, None: no upper end."""

    population: str
    registry: str
    years: str
    icdo3_group: str
    sex: str
    age_from: int
    age_to: int | None
    rate_per_100k: float
    source_url: str

    def holds(self, sex: str, age: int) -> bool:
        """Whether the row is for somebody of this sex and age in completed years."""
        fits = self.sex in ("BOTH", sex)
        return fits and self.age_from <= age and (self.age_to is None or age <= self.age_to)


def read_rates(text: str) -> tuple[list[RateRow], list[RowFault]]:
    """The rows of a CSV with the columns `COLUMNS`, and the lines that could not be read.

    A line that overlaps an earlier one in group, sex and age is left out too: two rates for one
    person would both count. Raises WrongTable for missing columns or no readable line.
    """
    rows: list[RateRow] = []
    faults: list[RowFault] = []
    for line, values in lines(text, COLUMNS):
        if len(rows) >= MOST_ROWS:
            faults.append(RowFault(line, "", ""))
            break
        made = _row(values)
        if isinstance(made, str):
            faults.append(RowFault(line, made, values[made]))
        elif any(_overlap(made, row) for row in rows):
            faults.append(RowFault(line, "age_from", values["age_from"]))
        else:
            rows.append(made)
    if not rows:
        raise WrongTable("no line", faults)
    return rows, faults


def _row(values: Mapping[str, str]) -> RateRow | str:
    """The row, or the column that cannot be read."""
    if not values["icdo3_group"]:
        return "icdo3_group"
    sex = values["sex"].upper()
    if sex not in SEXES:
        return "sex"
    if not _whole(values["age_from"]):
        return "age_from"
    if values["age_to"] and not _whole(values["age_to"]):
        return "age_to"
    first, last = int(values["age_from"]), int(values["age_to"]) if values["age_to"] else None
    if last is not None and last < first:
        return "age_to"
    try:
        rate = Decimal(values["rate_per_100k"])
    except InvalidOperation:
        return "rate_per_100k"
    if not rate.is_finite() or rate < 0 or rate > 100_000:
        return "rate_per_100k"
    if not values["source_url"]:
        return "source_url"
    named = {name: values[name] for name in ("population", "registry", "years", "icdo3_group")}
    return RateRow(
        **named,
        sex=sex,
        age_from=first,
        age_to=last,
        rate_per_100k=float(rate),
        source_url=values["source_url"],
    )


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3


def _overlap(one: RateRow, other: RateRow) -> bool:
    if one.icdo3_group != other.icdo3_group:
        return False
    if one.sex != other.sex and "BOTH" not in (one.sex, other.sex):
        return False
    last_one = one.age_to if one.age_to is not None else 999
    last_other = other.age_to if other.age_to is not None else 999
    return one.age_from <= last_other and other.age_from <= last_one


def stored(rows: Iterable[RateRow]) -> list[dict[str, Any]]:
    """The rows as they are kept."""
    return [asdict(row) for row in rows]


def loaded(rows: Iterable[Mapping[str, Any]]) -> list[RateRow]:
    """The rows as they were kept."""
    return [RateRow(**row) for row in rows]


def groups(rows: Iterable[RateRow]) -> list[str]:
    """The tumour groups of a table."""
    return sorted({row.icdo3_group for row in rows})


def age_bands(rows: Sequence[RateRow]) -> list[int]:
    """Ages at which a rate may change: where a row begins, and past where one ends."""
    starts = {row.age_from for row in rows}
    return sorted(starts | {row.age_to + 1 for row in rows if row.age_to is not None})


def rate_for(rows: Sequence[RateRow], sex: str, age: int) -> float | None:
    """Events per 100,000 person-years; None where the table has no rate for the age.

    Of a person whose sex is not known the mean of both rates, if both are there.
    """
    if sex in ("MALE", "FEMALE"):
        return next((row.rate_per_100k for row in rows if row.holds(sex, age)), None)
    both = [rate_for(rows, each, age) for each in ("MALE", "FEMALE")]
    known = [rate for rate in both if rate is not None]
    return sum(known) / 2 if len(known) == 2 else None
