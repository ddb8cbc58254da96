"""Reading single sign-on: providers, requests for them, linked accounts, rules of groups."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import (
    Grant,
    GrantRequest,
    GroupRule,
    IdentityProvider,
    IdentityProviderRequest,
    LinkedAccount,
    User,
)
from followup.core.permissions import Perm
from followup.core.security import secrets
from followup.core.security.openid import Client
from followup.domain.identity_providers import Extent, proposals

ProviderRow = IdentityProvider | IdentityProviderRequest
R = TypeVar("R", Grant, GrantRequest)
_SIGN_IN = Actor.process("sign-in")


def place(row: ProviderRow) -> bytes:
    """Where the sealed secret of this row belongs."""
    return secrets.associated_data(row._meta.db_table, "client_secret", row.id, "")


def secret(row: ProviderRow) -> str:
    """The secret this installation has at the provider; empty for a client without one."""
    return secrets.decrypt(row.client_secret, place(row)) if row.client_secret else ""


def client(row: IdentityProvider, redirect: str) -> Client:
    """What the protocol needs of a provider; `redirect` is our address people come back to."""
    return Client(row.issuer, row.client_id, secret(row), row.scopes, redirect)


def offered() -> QuerySet[IdentityProvider]:
    """The providers of the sign-in page: whoever sees the page sees their names."""
    rows = IdentityProvider.objects.filter(closed_at__isnull=True).order_by("name")
    return scope.visible(_SIGN_IN, rows)


def offered_one(provider_id: UUID | str) -> IdentityProvider:
    """One provider of the sign-in page; NotFound otherwise, a closed one too."""
    return scope.one(_SIGN_IN, offered(), id=provider_id)


def account_of(provider: IdentityProvider, subject: str) -> LinkedAccount | None:
    """Whose number at the provider this is, to the letter; asked before anybody is signed in."""
    rows = LinkedAccount.objects.select_related("user", "provider")
    rows = rows.filter(provider=provider, subject=subject, ended_at__isnull=True)
    return scope.visible(_SIGN_IN, rows).first()


def providers(actor: Actor, *, closed: bool = False) -> QuerySet[IdentityProvider]:
    """Providers by name, with how many accounts are linked as `people`."""
    rows = scope.visible(actor, IdentityProvider.objects.filter(closed_at__isnull=not closed))
    living = Count("accounts", filter=Q(accounts__ended_at__isnull=True))
    return rows.annotate(people=living).order_by("name", "id")


def provider(actor: Actor, provider_id: UUID | str) -> IdentityProvider:
    """One provider, open or closed; NotFound otherwise."""
    return scope.one(actor, IdentityProvider.objects.all(), id=provider_id)


def requests(actor: Actor) -> QuerySet[IdentityProviderRequest]:
    """What waits for a second administrator, the oldest first."""
    rows = IdentityProviderRequest.objects.select_related("asked_by", "provider")
    rows = rows.filter(decided_at__isnull=True, expires_at__gt=clock.now())
    return scope.visible(actor, rows).order_by("asked_at", "id")


def request(actor: Actor, request_id: UUID | str) -> IdentityProviderRequest:
    """One request; NotFound otherwise."""
    rows = IdentityProviderRequest.objects.select_related("asked_by", "provider")
    return scope.one(actor, rows, id=request_id)


def own_accounts(actor: Actor) -> QuerySet[LinkedAccount]:
    """One's own accounts at providers."""
    rows = LinkedAccount.objects.select_related("provider", "linked_by")
    rows = rows.filter(ended_at__isnull=True, provider__closed_at__isnull=True)
    return scope.visible(actor, rows).order_by("provider__name")


def is_linked(actor: Actor, provider: str) -> bool:
    """Whether one has a living link with the open provider of this name."""
    return own_accounts(actor).filter(provider__name=provider).exists()


def own_account(actor: Actor, account_id: UUID | str) -> LinkedAccount:
    """One of one's own; NotFound otherwise."""
    return scope.one(actor, own_accounts(actor), id=account_id)


def accounts(
    actor: Actor, *, of: User | None = None, at: IdentityProvider | None = None
) -> QuerySet[LinkedAccount]:
    """Linked accounts of a person or at a provider; whoever manages users may read them."""
    actor.require(Perm.USER_READ)
    rows = LinkedAccount.objects.select_related("provider", "user", "linked_by")
    rows = rows.filter(ended_at__isnull=True).order_by("user__username", "provider__name")
    if of is not None:
        rows = rows.filter(user=of)
    return rows if at is None else rows.filter(provider=at)


def account(actor: Actor, account_id: UUID | str) -> LinkedAccount:
    """One linked account of anybody; NotFound otherwise."""
    actor.require(Perm.USER_READ)
    return scope.one(_SIGN_IN, LinkedAccount.objects.select_related("user"), id=account_id)


def group_rules(actor: Actor, provider: IdentityProvider) -> QuerySet[GroupRule]:
    """For which rights the groups of a provider speak."""
    rows = GroupRule.objects.filter(provider=provider, ended_at__isnull=True)
    return scope.visible(actor, rows).order_by("group", "role", "id")


def group_rule(actor: Actor, rule_id: UUID | str) -> GroupRule:
    """One rule; NotFound otherwise."""
    return scope.one(actor, GroupRule.objects.select_related("provider"), id=rule_id)


def extent(row: Grant | GrantRequest | GroupRule) -> Extent:
    """A right as the rules of groups compare it."""
    return Extent(row.role, row.site_id, row.product_id)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the groups of one person speak for, and the rights held that would be ended."""

    account: LinkedAccount
    give: Sequence[Extent]
    end: Sequence[Grant]


def _key(extent: Extent) -> tuple[str, str, str]:
    return extent.role, str(extent.site or ""), str(extent.product or "")


def _by_person(rows: Iterable[R]) -> dict[UUID, list[R]]:
    found: dict[UUID, list[R]] = {}
    for row in rows:
        found.setdefault(row.user_id, []).append(row)
    return found


def dry_run(
    actor: Actor, linked: Iterable[LinkedAccount], rules: Iterable[GroupRule]
) -> list[DryRun]:
    """What the rules of a provider propose for people linked there and nobody has asked for yet.

    Nobody is in it who is not active, nor of whom the provider stated no groups: unknown is not
    "no group".
    """
    actor.require(Perm.USER_READ)
    ruled = [(row.group, extent(row)) for row in rules]
    people = [row for row in linked if row.user.is_active and row.groups_at]
    ids = [row.user_id for row in people]
    held = _by_person(Grant.objects.in_force().filter(user_id__in=ids))
    open_ones = GrantRequest.objects.filter(
        user_id__in=ids, decided_at__isnull=True, expires_at__gt=clock.now()
    )
    waiting = _by_person(open_ones)
    runs = []
    for row in people:
        grants = held.get(row.user_id, [])
        asked = {(r.kind, extent(r)) for r in waiting.get(row.user_id, [])}
        told = proposals(ruled, row.groups, [extent(grant) for grant in grants])
        give = [e for e in told.give if (GrantRequest.Kind.ASSIGNMENT, e) not in asked]
        end = [
            grant
            for grant in grants
            if (e := extent(grant)) in told.end and (GrantRequest.Kind.REVOCATION, e) not in asked
        ]
        if give or end:
            runs.append(DryRun(row, sorted(give, key=_key), end))
    return runs
