"""Writes that are measured and leave no trace."""

import contextlib

from django.db import transaction

from bench._measure import Call
from followup.core import audit
from followup.core.actor import Actor


class _Undo(Exception):
    """Rolls a round back, so that every round writes into the same tables."""


def rolled_back(actor: Actor, work: Call) -> Call:
    """The work of an actor as a contender: done in a transaction that never commits."""

    def once() -> None:
        with contextlib.suppress(_Undo), transaction.atomic(), audit.acting(actor, "bench.write"):
            work()
            raise _Undo

    return once
