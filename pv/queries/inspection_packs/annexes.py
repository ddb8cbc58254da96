"""What an annex is made of: what it rests on, its table, how days and people are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.models import DataLock
from followup.models import Product

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class PackChoice:
    """A product, the period of the figures, and the lock everything is read at."""

    product: Product
    start: date
    end: date
    lock: DataLock


Tables = Iterator[tuple[str, Sequence[str], Sequence[Row]]]


def day(value: Any) -> str:
    """A day, or a dash where there is none."""
    return value.isoformat() if value else "—"


def of_product(choice: PackChoice, rows: Sequence[Any]) -> list[Any]:
    """The rows of the product."""
    return [row for row in rows if row.product_id == choice.product.id]


def second_person(row: Any) -> tuple[str, str]:
    """Who entered it and who confirmed it, with the days."""
    confirmed = f"{row.confirmed_by} {local_day(row.confirmed_at)}" if row.confirmed_at else "—"
    return f"{row.entered_by} {local_day(row.entered_at)}", confirmed


def local_day(at: Any) -> str:
    """The day of a moment where the product is watched."""
    return f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d}"


def entered() -> tuple[str, str]:
    """Headings of `second_person`."""
    return _("Entered"), _("Confirmed")
