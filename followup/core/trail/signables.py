"""What can be signed: each package lists its records, one page and one action sign them all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Model

from followup.core import extensions
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import NotFound


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a signature says, and who may say it.

    `offered` says of an actor and a record whether pages offer it now; signing out of turn is
    refused besides.
    """

    label: Any
    needs: Perm
    offered: Callable[[Actor, Any], bool] = lambda _actor, _row: True


@dataclass(frozen=True, slots=True)
class Signable:
    """One kind of record. `find` raises NotFound outside the actor's scope; `lines` are
    (name, label, shown, raw), in the language of the moment; `page` is where it is read."""

    kind: str
    label: Any
    find: Callable[[Actor, str], Model]
    title: Callable[[Any], str]
    lines: Callable[[Actor, Any], Iterable[tuple[str, str, str, str]]]
    page: Callable[[Any], str]
    meanings: Mapping[str, Meaning]


@cache
def registered() -> Mapping[str, Signable]:
    """Every kind by its name."""
    lists = (added.signables() for added in extensions.registered())
    return {one.kind: one for each in lists for one in each if isinstance(one, Signable)}


def of(kind: str) -> Signable:
    """One kind; NotFound for an unknown one."""
    try:
        return registered()[kind]
    except KeyError as error:
        raise NotFound() from error
