"""From a signed-in user to the actor of a request."""

from followup.core.actor import Actor, Grant
from followup.core.models import Grant as Grants
from followup.core.models import User
from followup.core.permissions import Perm, Role


def actor_of(user: User, *, request_id: str = "", limit: frozenset[Perm] | None = None) -> Actor:
    """The actor behind a user, read again at each request so that a right ends on its day."""
    rows = Grants.objects.filter(user=user).in_force()
    columns = ("role", "site_id", "product_id", "all_sites", "all_products")
    grants = tuple(
        Grant(Role(role), site=site, product=product, all_sites=sites, all_products=products)
        for role, site, product, sites, products in rows.values_list(*columns)
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
