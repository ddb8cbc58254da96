"""How a fact reaches its handlers, in the same transaction and without signals."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from followup.core import extensions, scope
from followup.core.actor import Actor

Handler = Callable[[Actor, Any], None]
Table = Mapping[type, tuple[Handler, ...]]


@cache
def _table() -> Table:
    table: dict[type, tuple[Handler, ...]] = {}
    for added in extensions.registered():
        for kind, handlers in added.fact_handlers().items():
            table[kind] = (*table.get(kind, ()), *handlers)
    return table


def publish(actor: Actor, *facts: object) -> None:
    """Run every handler of the facts now; an error in one undoes the report of the facts as well.

    Facts of one happening are published together. Their handlers run in the order of the table of
    handlers, never in the order they are named in: what builds on another fact has its turn there.
    A handler writes what the reporter may not (a nurse drafts no case), so it acts with the
    rights of the system under the name of the person whose report it follows. What is recorded of
    a practice patient is told to nobody.
    """
    practice = {of for of in set(map(_patient, facts)) if scope.is_practice(of)}
    facts = tuple(fact for fact in facts if _patient(fact) not in practice)
    behalf = replace(actor, system=True)
    table = _table()
    turns = {kind: turn for turn, kind in enumerate(table)}
    for fact in sorted(facts, key=lambda each: turns.get(type(each), len(turns))):
        for handler in table.get(type(fact), ()):
            handler(behalf, fact)


def _patient(fact: object) -> Any:
    """Whom a fact is about; None where it is about nobody."""
    return getattr(fact, "patient_id", None)
