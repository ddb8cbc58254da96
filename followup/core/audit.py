"""The audit context: no write without an actor, an action and a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

from followup.core.actor import Actor
from followup.core.row_security import contexts

_running: ContextVar[bool] = ContextVar("everwatch.acting", default=False)
_READ = """SELECT current_setting('everwatch.actor', true),
    current_setting('everwatch.actor_name', true), current_setting('everwatch.action', true),
    current_setting('everwatch.reason', true), current_setting('everwatch.request', true)"""
_WRITE = """SELECT set_config('everwatch.actor', %s, true),
    set_config('everwatch.actor_name', %s, true), set_config('everwatch.action', %s, true),
    set_config('everwatch.reason', %s, true), set_config('everwatch.request', %s, true)"""


def _current() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        row = cursor.fetchone()
    return [value or "" for value in row]


def _set(values: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)


def add_reason(text: str) -> None:
    """Add a line to the reason of the writes that follow in the present action.

    RuntimeError outside an action: a line nobody wrote under would be lost without a word.
    """
    actor, name, action, reason, request = _current()
    if not action:
        raise RuntimeError("a reason needs an audit context")
    _set([actor, name, action, "\n".join(filter(None, (reason, text))), request])


def is_acting() -> bool:
    """Whether an action is running, so that what is written has an actor and a name."""
    return _running.get()


@contextmanager
def acting(actor: Actor, action: str, reason: str = "") -> Iterator[None]:
    """Set who writes and why for the rest of this transaction; restores the outer context.

    Must run inside a transaction: the settings are local to it, so a pooled connection can
    never carry one person's name into another's request.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit context needs a transaction")
    outer = _current()
    _set([str(actor.id or ""), actor.name, action, reason, actor.request_id])
    token = _running.set(True)
    try:
        with contexts.using(contexts.action_of(actor, nested=True)):
            yield
    finally:
        _running.reset(token)
    # After an error the transaction may be broken; rolling it back undoes the settings as well.
    _set(outer)
