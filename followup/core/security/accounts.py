"""From a signed-in user to the actor of a request."""

from datetime import date
from uuid import UUID

from followup.core.actor import Actor, Grant
from followup.core.models import Grant as Grants
from followup.core.models import User
from followup.core.permissions import Perm, Role


def actor_of(user: User, *, request_id: str = "", limit: frozenset[Perm] | None = None) -> Actor:
    """The actor behind a user, read again at each request so that a right ends on its day."""
    rows = Grants.objects.filter(user=user).in_force()
    columns = ("role", "site_id", "product_id", "all_sites", "all_products", "ends_on")
    grants = tuple(
        Grant(Role(role), site, product, sites, products, ends_on)
        for role, site, product, sites, products, ends_on in rows.values_list(*columns)
    )
    return Actor(
        id=user.id,
        name=user.username,
        grants=grants,
        language=user.language or "zh-hans",
        request_id=request_id,
        roles=frozenset(grant.role for grant in grants),
        limit=limit,
    )


def access_ended_on(user: UUID) -> date | None:
    """The last day of the person's last right; None while one holds, or when none had a last day.

    Asked only of somebody without any right: so a session ends with the access it was for.
    """
    rows = Grants.objects.filter(user_id=user, revoked_at__isnull=True)
    if rows.in_force().exists():
        return None
    latest: date | None = rows.order_by("-ends_on").values_list("ends_on", flat=True).first()
    return latest
