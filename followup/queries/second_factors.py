"""Reading second factors: one's own, and of another person only that there are some."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import FactorReset, RecoveryCode, SecondFactor, User
from followup.core.permissions import Perm
from followup.core.security import secrets
from followup.core.security.passkeys import Credential
from followup.domain.sign_in import SignInRules, read_sign_in_rules
from followup.queries import reference

POLICY, EVERYBODY = "policy", "everybody"


@dataclass(frozen=True, slots=True)
class Ways:
    """By what a person can prove who they are beside the password; false when there is nothing."""

    app: bool
    passkeys: Sequence[Credential]
    recovery_codes: int
    other_hosts: tuple[str, ...] = ()  # where passkeys were made that do not work here

    def __bool__(self) -> bool:
        return self.app or bool(self.passkeys)


def place(row: SecondFactor) -> bytes:
    """Where the sealed key of this app belongs."""
    return secrets.associated_data("core_secondfactor", "secret", row.id, row.user_id)


def rules(actor: Actor) -> SignInRules:
    """The rules of sign-in in force today."""
    return read_sign_in_rules(reference.document(actor, "sign_in"))


def own(actor: Actor) -> QuerySet[SecondFactor]:
    """The actor's own factors, oldest first."""
    rows = SecondFactor.objects.filter(removed_at__isnull=True).order_by("added_at", "id")
    return scope.visible(actor, rows)


def factor(actor: Actor, factor_id: UUID | str) -> SecondFactor:
    """One of the actor's own factors; NotFound otherwise."""
    return scope.one(actor, own(actor), id=factor_id)


def credentials(rows: Iterable[SecondFactor], host: str) -> list[Credential]:
    """The passkeys among factors that were made for a host: a browser offers no others."""
    return [
        Credential(row.credential, row.public, row.counter)
        for row in rows
        if row.kind == SecondFactor.Kind.PASSKEY and row.host == host
    ]


def ways(actor: Actor, host: str) -> Ways:
    """What the actor can answer with at this host."""
    rows = list(own(actor))
    codes = scope.visible(actor, RecoveryCode.objects.filter(ended_at__isnull=True))
    return Ways(
        any(row.kind == SecondFactor.Kind.APP for row in rows),
        credentials(rows, host),
        codes.count() if rows else 0,
        tuple(sorted({row.host for row in rows if row.host and row.host != host})),
    )


def has_any(actor: Actor) -> bool:
    """Whether the actor has a second factor, at whatever host."""
    return own(actor).exists()


def must_enrol(actor: Actor) -> bool:
    """Whether the actor's roles need a second factor and there is none yet."""
    return required(actor) and not has_any(actor)


def is_asked() -> bool:
    """Whether this installation asks anybody who has no second factor for one."""
    return settings.EVERWATCH_SECOND_FACTOR in (POLICY, EVERYBODY)


def required(actor: Actor) -> bool:
    """Whether the actor's roles need a second factor.

    The demo and the tests ask for none (EVERWATCH_SECOND_FACTOR): their logins are published. An
    installation may ask everybody, whatever the role.
    """
    if not is_asked():
        return False
    if settings.EVERWATCH_SECOND_FACTOR == EVERYBODY and actor.id is not None:
        return True
    return rules(actor).requires({str(role) for role in actor.roles})


def open_reset(actor: Actor, user: User) -> FactorReset | None:
    """The request to take this person's factors away that still waits for a second person."""
    rows = FactorReset.objects.select_related("asked_by")
    waiting = rows.filter(user=user, decided_at__isnull=True, expires_at__gt=clock.now())
    return scope.visible(actor, waiting, Perm.USER_READ).first()


def reset(actor: Actor, reset_id: UUID | str) -> FactorReset:
    """One request for a reset; NotFound otherwise."""
    return scope.one(actor, FactorReset.objects.select_related("user"), id=reset_id)


def kinds(actor: Actor, user: User) -> list[str]:
    """Which kinds of factor another person has; whoever reads accounts may know that."""
    actor.require(Perm.USER_READ)
    rows = SecondFactor.objects.filter(user=user, removed_at__isnull=True)
    return sorted(set(rows.values_list("kind", flat=True)))
