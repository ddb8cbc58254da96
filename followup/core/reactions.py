"""How a fact reaches whoever must react to it, in the same transaction and without signals."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from followup.core.actor import Actor

Reaction = Callable[[Actor, Any], None]
Table = Mapping[type, tuple[Reaction, ...]]


@cache
def _table() -> Table:
    path = getattr(settings, "EVERWATCH_REACTIONS", "")
    return import_string(path) if path else {}


def tell(actor: Actor, fact: object) -> None:
    """Run every reaction to the fact now; an error in one undoes the report of the fact as well.

    A reaction writes what the reporter may not (a nurse drafts no case), so it acts with the
    rights of the system under the name of the person whose report it follows.
    """
    behalf = replace(actor, system=True)
    for reaction in _table().get(type(fact), ()):
        reaction(behalf, fact)
