"""Paging by key: a row-value comparison the index answers at one price on every page."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.db.models.expressions import Expression


def parse_cursor(key: str, pattern: str) -> str:
    """The key of a page as its address gave it; empty, the first page, when it cannot be one."""
    return key if re.fullmatch(pattern, key, re.ASCII) else ""


STUDY_CODE_PATTERN = r"[A-Za-z0-9][\w.-]*-\d+"
UUID_PATTERN = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
R = TypeVar("R")
M = TypeVar("M", bound=Model)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list in its order, and the key of the next page; empty at the end."""

    items: Sequence[T]
    next_key: str


def page(rows: Iterable[R], size: int, key: Callable[[R], str]) -> tuple[list[R], str]:
    """The first rows of an ordered list and the key of the last one, empty at the end."""
    found = list(islice(rows, size + 1))
    return found[:size], key(found[size - 1]) if len(found) > size else ""


def day_of(text: str) -> date | None:
    """The day in a key; None for 2026-02-30, which fits every pattern and is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def day_key(day: date, row: UUID) -> str:
    """The key of a page that ends with this row of this day."""
    return f"{day}.{row}"


def read_day_key(key: str) -> tuple[date, UUID] | None:
    """The day and the row a page ended with; None, the first page, when it cannot be one."""
    day, _dot, row = parse_cursor(key, rf"\d{{4}}-\d{{2}}-\d{{2}}\.{UUID_PATTERN}").partition(".")
    found = day_of(day)
    return (found, UUID(row)) if found else None


_MOMENT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?\+00:00"


def moment_key(at: datetime, row: UUID) -> str:
    """The key of a page that ends with this row of this moment."""
    return f"{at.astimezone(UTC).isoformat()}.{row}"


def read_moment_key(key: str) -> tuple[datetime, UUID] | None:
    """The moment and the row a page ended with; None, the first page, when it cannot be one."""
    moment, _dot, row = parse_cursor(key, rf"{_MOMENT}\.{UUID_PATTERN}").rpartition(".")
    try:
        return datetime.fromisoformat(moment), UUID(row)
    except ValueError:
        return None


class _Row(Func):
    """`(a, b)`"""

    template = "(%(expressions)s)"
    output_field = BooleanField()  # never read: a row has no type of its own


class _Compared(Func):
    """`(a, b) > (x, y)`, or `<`."""

    template = "%(expressions)s"
    output_field = BooleanField()


def after(columns: tuple[str, ...], values: tuple[Any, ...]) -> Func:
    """Rows whose `columns` come after `values`, compared as one row.

    The spelled-out OR form of the same condition cannot use the index.
    """
    return _compared(columns, values, " > ")


def before(columns: tuple[str, ...], values: tuple[Any, ...]) -> Func:
    """Rows whose `columns` come before `values`, for a list that is read from its end."""
    return _compared(columns, values, " < ")


def _compared(columns: tuple[str, ...], values: tuple[Any, ...], sign: str) -> Func:
    if len(columns) != len(values):
        raise ValueError("one value a column")
    compared = (each if isinstance(each, Expression) else Value(each) for each in values)
    return _Compared(_Row(*map(F, columns)), _Row(*compared), arg_joiner=sign)


def newest_first(rows: QuerySet[M], moment: str, *, key: str, size: int) -> tuple[list[M], str]:
    """One page of rows by a moment of theirs, the newest first, and the key of the next page."""
    if last := read_moment_key(key):
        rows = rows.filter(before((moment, "id"), last))
    found = rows.order_by(f"-{moment}", "-id")[: size + 1]
    return page(found, size, lambda row: moment_key(getattr(row, moment), row.pk))
