"""On whose behalf the present code asks PostgreSQL; without a word nothing is seen.

A request begins as a sign-in and becomes a person's once it is known whose it is. A page reads
what the person reaches. A write may read beyond (is this number taken, does this document belong
to somebody else already), but writes only where the person is at home; what follows elsewhere is
written by a named process of the system. Commands, worker and sweeps are the system from their
start (`declare`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from followup.core.actor import Actor, Grant
from followup.core.permissions import Perm
from followup.core.row_security import keys, logins
from followup.core.row_security.logins import Login

P = ParamSpec("P")
R = TypeVar("R")


class Mode(StrEnum):
    """What the policies let through."""

    NOTHING = ""
    SIGN_IN = "sign_in"  # accounts only
    READING = "reading"  # what the person reaches
    ACTING = "acting"  # reads as the system, writes where the person is at home
    SYSTEM = "system"


class Server(StrEnum):
    """Where it is asked; a standby only reads."""

    PRIMARY = "primary"
    STANDBY = "standby"


@dataclass(frozen=True, slots=True)
class Context:
    """What a connection is told. `inside` an action the login stays: it is one transaction.

    `crossing` are the sites of a transferred patient a row of whom an action is on: what follows
    from it may be written there too.
    """

    mode: Mode = Mode.NOTHING
    login: Login = Login.SIGN_IN
    reader: str = ""
    reach: tuple[tuple[str, str], ...] = ()
    inside: bool = False
    crossing: tuple[UUID, ...] = ()
    server: Server = Server.PRIMARY

    def settings(self) -> dict[str, str]:
        """Every setting of the session; one that is not named is emptied."""
        named = {f"everwatch.{name}": value for name, value in self.reach}
        if self.crossing:
            everywhere = f"everwatch.{keys.EVERYWHERE}"
            named[everywhere] = keys.also(named.get(everywhere, keys.NONE), self.crossing)
        own = {"everwatch.mode": self.mode.value, "everwatch.reader": self.reader}
        return _EMPTY | own | named


_EMPTY = {f"everwatch.{name}": "{}" for name in keys.of(Actor(id=None, name=""))}
NOTHING = Context()
SIGN_IN = Context(Mode.SIGN_IN)
SYSTEM = Context(Mode.SYSTEM, Login.WORKER)
_of_process: list[Context] = [NOTHING]
_present: ContextVar[Context | None] = ContextVar("everwatch.rows", default=None)


def present() -> Context:
    """The context in force."""
    return _present.get() or _of_process[0]


def declare() -> None:
    """Make this process, with all its threads, one of the system: a command, a worker."""
    _of_process[0] = SYSTEM


@contextmanager
def using(context: Context) -> Iterator[None]:
    """Ask in this context for the rest of the block."""
    token = _present.set(context)
    try:
        yield
    finally:
        _present.reset(token)


def signing_in() -> Token[Context | None]:
    """Begin a request; the token goes to `end`."""
    return _present.set(SIGN_IN)


def end(token: Token[Context | None]) -> None:
    """End a request."""
    _present.reset(token)


def person(actor: Actor) -> Context:
    """What a person's pages are read with."""
    if actor.system:
        return SYSTEM
    if actor.id is None:
        return SIGN_IN
    reach = _reach(actor.grants, actor.limit)
    return Context(Mode.READING, logins.of(actor), str(actor.id), reach)


@lru_cache(maxsize=512)
def _reach(grants: tuple[Grant, ...], limit: frozenset[Perm] | None) -> tuple[tuple[str, str], ...]:
    """What rights reach, as settings; it follows from the rights alone."""
    held = Actor(id=None, name="", grants=grants, limit=limit)
    return tuple(sorted(keys.of(held).items()))


def become(actor: Actor) -> None:
    """From here to the end of the request it is this person who asks."""
    _present.set(person(actor))


def action_of(actor: Actor, *, nested: bool = False, crossing: tuple[UUID, ...] = ()) -> Context:
    """What an action is done with. `nested` in a transaction that has begun, it keeps its login."""
    outer = present()
    own = person(actor)
    sites = crossing or (outer.crossing if nested else ())
    mode = Mode.ACTING if own.mode is Mode.READING else own.mode
    stays = nested or outer.inside or (actor.system and outer.mode is Mode.SIGN_IN)
    login = outer.login if stays else own.login
    return replace(own, mode=mode, login=login, inside=True, crossing=sites)


def as_sign_in() -> Context:
    """For a question that every login may ask, on the connection a request began with."""
    return SIGN_IN


def on_standby() -> Context:
    """The same person, who reads from the standby; an action inside goes to the primary."""
    return replace(present(), server=Server.STANDBY)


@contextmanager
def whole() -> Iterator[None]:
    """Read whatever the login reaches: for what is one for all, such as the chain of the seal."""
    with using(replace(present(), mode=Mode.SYSTEM)):
        yield


def reads_whole(function: Callable[P, R]) -> Callable[P, R]:
    """The same for a function that does not return a lazy queryset."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with whole():
            return function(*args, **kwargs)

    return run


def counts_as_system(function: Callable[P, R]) -> Callable[P, R]:
    """For a number that a person may know of rows whose table the person's login may not read."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with using(SYSTEM):
            return function(*args, **kwargs)

    return run


def kept(parts: Iterator[bytes], context: Context) -> Iterator[bytes]:
    """What a streamed answer is made of, each part read in the context of its request."""
    while True:
        with using(context):
            part = next(parts, None)
        if part is None:
            return
        yield part
