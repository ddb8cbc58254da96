"""Counts asked on every page: the statement is written once for a person's rights.

Writing one takes Django four times as long as asking it, and asking takes longer than counting:
those of one page are asked together. What a statement says follows from the rights of the actor
alone, so that a function of anything else (today, a filter) must not use this.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, update_wrapper
from string import Template
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from followup.core.actor import Actor

_Statement = tuple[str, tuple[Any, ...]]
_NUMBER = Template("(SELECT count(*) FROM ($rows) AS counted)")


class Count:
    """The number of rows a function of the actor finds."""

    def __init__(self, rows: Callable[[Actor], QuerySet[Any]]) -> None:
        @lru_cache(maxsize=512)
        def written(actor: Actor) -> _Statement | None:
            try:
                text, values = rows(actor).values_list("pk").query.sql_with_params()
            except EmptyResultSet:
                return None
            return _NUMBER.substitute(rows=text), tuple(values)

        self._written = written
        update_wrapper(self, rows)

    def __call__(self, actor: Actor) -> int:
        """Ask it."""
        return together([self], actor)[0]

    def statement(self, actor: Actor) -> _Statement | None:
        """A scalar subquery and its values; None where nothing can be found."""
        return self._written(replace(actor, name="", language="", request_id=""))


def counts(rows: Callable[[Actor], QuerySet[Any]]) -> Count:
    """The number of rows a function of the actor finds."""
    return Count(rows)


def together(asked: Sequence[Count], actor: Actor) -> list[int]:
    """The numbers of several counts, in their order, by one statement."""
    statements = [count.statement(actor) for count in asked]
    known = [each for each in statements if each is not None]
    numbers: list[int] = []
    if known:
        with connection.cursor() as cursor:
            texts, values = zip(*known, strict=True)
            cursor.execute(f"SELECT {', '.join(texts)}", sum(values, ()))
            numbers += cursor.fetchone()
    return [0 if each is None else numbers.pop(0) for each in statements]
