"""Counts asked on every page: the statement is written once for a person's rights.

Writing one takes Django four times as long as asking it, and asking takes longer than counting:
those of one page are asked together. What a statement says follows from the rights of the actor
alone, so that a function of anything else (today, a filter) must not use this.
"""

from collections.abc import Callable, Sequence
from functools import update_wrapper
from string import Template
from typing import Any

from django.db.models import QuerySet

from followup.core.actor import Actor
from followup.core.statements import asked_together, written_once

_NUMBER = Template("(SELECT count(*) FROM ($rows) AS counted)")


class Count:
    """The number of rows a function of the actor finds."""

    def __init__(self, rows: Callable[[Actor], QuerySet[Any]]) -> None:
        def keys(actor: Actor) -> QuerySet[Any, Any]:
            return rows(actor).values_list("pk")

        self._written = written_once(keys)
        update_wrapper(self, rows)

    def __call__(self, actor: Actor) -> int:
        """Ask it."""
        return together([self], actor)[0]

    def statement(self, actor: Actor) -> str | None:
        """A scalar subquery; None where nothing can be found."""
        text = self._written.text(actor)
        return None if text is None else _NUMBER.substitute(rows=text)


def counts(rows: Callable[[Actor], QuerySet[Any]]) -> Count:
    """The number of rows a function of the actor finds."""
    return Count(rows)


def together(asked: Sequence[Count], actor: Actor) -> list[int]:
    """The numbers of several counts, in their order, by one statement."""
    return asked_together([count.statement(actor) for count in asked], nothing=0)
