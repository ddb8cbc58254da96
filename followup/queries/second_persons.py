"""Who may be the second person: those entitled to decide on what somebody asked for or entered."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from followup.core.actor import Actor
from followup.core.models import Grant, GrantRequest, User
from followup.core.permissions import ROLES, Perm, Role

MOST = 8  # names on a page; a register of many hospitals has hundreds


@dataclass(frozen=True, slots=True)
class SecondPersons:
    """Roles that entitle, and the people who have one, without those who took part.

    `people` are at most MOST in order of their names, `more` counts those beyond; both are empty
    for a reader who is no colleague of theirs (`told` is False): the roles alone are no secret.
    """

    roles: tuple[Role, ...]
    people: tuple[User, ...]
    more: int
    told: bool


def entitled(
    actor: Actor,
    *perms: Perm,
    also: Perm | None = None,
    asks: Perm | None = None,
    site: UUID | None = None,
    product: UUID | None = None,
    whole: bool = False,
    besides: Collection[UUID | None] = (),
) -> SecondPersons:
    """Who else may decide on a row with these keys: whoever has one of `perms`, and `also`.

    `besides` are those who took part already. A key the row does not carry is no bar; with `whole`
    it means all of them, as in a right. A colleague is told the names, also one who only `asks`:
    they are no account data, reading accounts is another right.
    """
    named = tuple(
        role
        for role, spec in ROLES.items()
        if any(perm in spec.permissions for perm in perms)
        and (also is None or also in spec.permissions)
    )
    where, known = {"site": site, "product": product}, (*perms, *([asks] if asks else ()))
    if not any(actor.may(perm, **where) for perm in known):
        return SecondPersons(named, (), 0, told=False)
    held = Grant.objects.in_force().filter(role__in=named)
    if site is not None or whole:
        held = held.filter(Q(all_sites=True) | Q(site_id=site, site_id__isnull=False))
    if product is not None or whole:
        held = held.filter(Q(all_products=True) | Q(product_id=product, product_id__isnull=False))
    users = User.objects.filter(id__in=held.values("user_id"), is_active=True)
    others = users.exclude(id__in=[one for one in besides if one is not None])
    found = list(others.order_by("display_name", "username")[: MOST + 1])
    more = others.count() - MOST if len(found) > MOST else 0
    return SecondPersons(named, tuple(found[:MOST]), more, told=True)


def second_administrators(actor: Actor, row: GrantRequest) -> SecondPersons:
    """Who may agree to a request for a right: nobody who asked, nor who would get it."""
    gets = row.kind == GrantRequest.Kind.ASSIGNMENT
    return entitled(
        actor,
        Perm.USER_WRITE,
        site=row.site_id,
        product=row.product_id,
        whole=True,
        besides=[row.asked_by_id, row.user_id if gets else None],
    )
