"""The one door to a write: permission, transaction and audit context around every action."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.db import IntegrityError, transaction
from django.db.models import Model
from psycopg.errors import UniqueViolation

from followup.core import audit, request_answers, row_permissions, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, NotFound
from followup.core.row_security import contexts
from followup.core.texts import storable, storable_input

SECRETS = frozenset({"password", "old", "new"})  # of `accounts`: taken to the letter

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One registered action."""

    name: str
    needs: Perm
    function: Callable[..., Any]


REGISTRY: dict[str, ActionSpec] = {}


def _check(actor: Actor, needs: Perm, arguments: tuple[Any, ...]) -> None:
    """The permission, and for a subject row the permission at its site and product."""
    subject = arguments[0] if arguments and isinstance(arguments[0], Model) else None
    if subject is None:
        actor.require(needs)
        return
    site, product = scope.keys(subject)
    if not actor.may(needs, site=site, product=product):
        actor.require(needs)
        row_permissions.refuse_former(actor, subject, needs)
        raise NotFound()  # may do it elsewhere, so this row must look as if it were not there


def _context(actor: Actor, arguments: tuple[Any, ...]) -> contexts.Context:
    """What an action is done with; of a transferred patient rows at other sites may follow."""
    subject = arguments[0] if arguments and isinstance(arguments[0], Model) else None
    crossing = () if subject is None or actor.system else scope.sites_of(subject)
    return contexts.action_of(actor, crossing=crossing)


def part(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a part of a write that several actions share; RuntimeError outside of an action."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not audit.is_acting():
            raise RuntimeError(f"{function.__qualname__} writes only as a part of an action")
        return function(*args, **kwargs)

    return run


def action(
    name: str, *, needs: Perm
) -> Callable[[Callable[Concatenate[Actor, P], R]], Callable[Concatenate[Actor, P], R]]:
    """Register a write under `name`; Denied without `needs`, NotFound outside the scope.

    The function's first argument is the actor, the second may be the subject (a model row).
    A keyword `reason` is taken into the trail; it is passed on if the function names it. Texts
    are cleaned of what no record can hold (`followup.core.texts`), whichever door they come by.
    """

    def decorate(
        function: Callable[Concatenate[Actor, P], R],
    ) -> Callable[Concatenate[Actor, P], R]:
        takes_reason = "reason" in inspect.signature(function).parameters

        @wraps(function)
        def run(actor: Actor, *args: P.args, **kwargs: P.kwargs) -> R:
            reason = storable(str(kwargs.get("reason") or ""))
            if not takes_reason:
                kwargs.pop("reason", None)
            _check(actor, needs, args)
            entered = tuple(storable_input(argument) for argument in args)
            named = {k: v if k in SECRETS else storable_input(v) for k, v in kwargs.items()}
            try:
                with (
                    request_answers.apart(),
                    contexts.using(_context(actor, args)),
                    transaction.atomic(),
                    audit.acting(actor, name, reason),
                ):
                    return cast(R, cast(Any, function)(actor, *entered, **named))
            except IntegrityError as error:
                # Two did the same at the same moment; the second lost to a unique constraint.
                if isinstance(error.__cause__, UniqueViolation):
                    raise Conflict() from error
                raise

        if name in REGISTRY:
            raise RuntimeError(f"two actions are named {name}")
        REGISTRY[name] = ActionSpec(name, needs, run)
        return cast(Callable[Concatenate[Actor, P], R], run)

    return decorate
