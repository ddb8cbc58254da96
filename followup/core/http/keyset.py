"""Paging by key: a row-value comparison the index answers at one price on every page."""

import re
from typing import Any

from django.db.models import BooleanField, F, Func, Value


def parse_cursor(key: str, pattern: str) -> str:
    """The key of a page as its address gave it; empty, the first page, when it cannot be one."""
    return key if re.fullmatch(pattern, key, re.ASCII) else ""


class _Row(Func):
    """`(a, b)`"""

    template = "(%(expressions)s)"
    output_field = BooleanField()  # never read: a row has no type of its own


class _Greater(Func):
    """`(a, b) > (x, y)`"""

    template = "%(expressions)s"
    arg_joiner = " > "
    output_field = BooleanField()


def after(columns: tuple[str, ...], values: tuple[Any, ...]) -> _Greater:
    """Rows whose `columns` come after `values`, compared as one row.

    The spelled-out OR form of the same condition cannot use the index.
    """
    if len(columns) != len(values):
        raise ValueError("one value a column")
    return _Greater(_Row(*map(F, columns)), _Row(*map(Value, values)))
