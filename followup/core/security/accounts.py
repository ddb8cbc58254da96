"""From a signed-in user to the actor of a request."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import DateField, QuerySet, UUIDField

from followup.core import clock
from followup.core.actor import Actor, Grant
from followup.core.models import Grant as Grants
from followup.core.models import User
from followup.core.permissions import Perm, Role
from followup.core.statements import Given, written_once

# What of a right is read, in the order of the fields of Grant.
HELD = ("role", "site_id", "product_id", "all_sites", "all_products", "ends_on")


def actor_of(
    user: User,
    *,
    request_id: str = "",
    limit: frozenset[Perm] | None = None,
    held: Iterable[Mapping[str, Any]] | None = None,
) -> Actor:
    """The actor behind a user, read again at each request so that a right ends on its day.

    `held` are the rights where they were read with the session, by the names of HELD, as JSON.
    """
    if held is None:
        rows = _held(user=user.id, today=clock.today())
    else:
        rows = [_from_json(*(right[name] for name in HELD)) for right in held]
    grants = tuple(Grant(Role(role), *more) for role, *more in rows)
    return Actor(
        id=user.id,
        name=user.username,
        grants=grants,
        language=user.language or "zh-hans",
        request_id=request_id,
        roles=frozenset(grant.role for grant in grants),
        limit=limit,
    )


@written_once
def _held() -> QuerySet[Grants, tuple[Any, ...]]:
    rows = Grants.objects.filter(user=Given("user", UUIDField()))
    return rows.in_force_on(Given("today", DateField())).values_list(*HELD)


def _from_json(
    role: str,
    site: str | None,
    product: str | None,
    all_sites: bool,
    all_products: bool,
    ends_on: str | None,
) -> tuple[Any, ...]:
    last = date.fromisoformat(ends_on) if ends_on else None
    return role, _key(site), _key(product), all_sites, all_products, last


def _key(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def access_ended_on(user: UUID) -> date | None:
    """The last day of the person's last right; None while one holds, or when none had a last day.

    Asked only of somebody without any right: so a session ends with the access it was for.
    """
    rows = Grants.objects.filter(user_id=user, revoked_at__isnull=True)
    if rows.in_force().exists():
        return None
    latest: date | None = rows.order_by("-ends_on").values_list("ends_on", flat=True).first()
    return latest
