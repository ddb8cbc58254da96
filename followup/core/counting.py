"""Counts asked on every page: the statement is written once for a person's rights.

Writing one takes Django four times as long as asking it. What a statement says follows from the
rights of the actor alone, so that a function of anything else (today, a filter) must not use this.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, wraps
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from followup.core.actor import Actor

_Statement = tuple[str, tuple[Any, ...]]


def counts(rows: Callable[[Actor], QuerySet[Any]]) -> Callable[[Actor], int]:
    """The number of rows a function of the actor finds."""

    @lru_cache(maxsize=512)
    def statement(actor: Actor) -> _Statement | None:
        try:
            text, values = rows(actor).values_list("pk").query.sql_with_params()
        except EmptyResultSet:
            return None
        return f"SELECT count(*) FROM ({text}) AS counted", tuple(values)  # noqa: S608

    @wraps(rows)
    def count(actor: Actor) -> int:
        known = statement(replace(actor, name="", language="", request_id=""))
        if known is None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(*known)
            row = cursor.fetchone()
        return int(row[0])

    return count
