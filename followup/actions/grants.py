"""Roles of people: asked for by one administrator, decided by another.

The one exception: the first administrator of an installation, who cannot ask anybody, appoints the
second one alone. A right that must end at once ends by closing the account, which one person may.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.actions.administrator_requests import close_late
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.models import Grant, GrantRequest, User
from followup.core.permissions import ROLES, Perm, Role
from followup.core.problems import Denied, Refused
from followup.queries import access_rules

Extent = Mapping[str, Any]  # role, site_id, product_id, all_sites, all_products
_EXTENT = ("role", "site_id", "product_id", "all_sites", "all_products")


def may_administer(actor: Actor, *, site: UUID | None, product: UUID | None) -> bool:
    """Whether the actor's own rights to manage users reach as far; None means all."""
    if actor.system:
        return True
    return any(
        (held.all_sites or (site is not None and held.site == site))
        and (held.all_products or (product is not None and held.product == product))
        for held in actor.granting(Perm.USER_WRITE)
    )


def _extent(
    *,
    role: str,
    site: UUID | None,
    product: UUID | None,
    all_sites: bool,
    all_products: bool,
    ends_on: date | None,
) -> Extent:
    """The right as columns; Refused for what is unclear, past, or lasts longer than it may."""
    problems: dict[str, Any] = {}
    if role not in list(Role):
        problems["role"] = _("Unknown role.")
    if (site is None) is not all_sites:
        problems["site"] = _("Choose one site or all sites.")
    if (product is None) is not all_products:
        problems["product"] = _("Choose one product or all products.")
    if problem := _last_day_problem(role, ends_on):
        problems["ends_on"] = problem
    if problems:
        raise Refused(problems)
    return dict(zip(_EXTENT, (role, site, product, all_sites, all_products), strict=True))


def _last_day_problem(role: str, ends_on: date | None) -> str:
    if ends_on is not None and ends_on < clock.today():
        return _("The last day lies in the past.")
    latest = access_rules.rules().last_day(role, clock.today())
    if latest is None:
        return ""
    if ends_on is None:
        return _("A right of this role needs a last day, at the latest %(day)s.") % {"day": latest}
    if ends_on > latest:
        return _("A right of this role ends at the latest on %(day)s.") % {"day": latest}
    return ""


def _columns(row: Grant | GrantRequest) -> Extent:
    return {name: getattr(row, name) for name in _EXTENT}


@part
def _assign(user: User, extent: Extent, ends_on: date | None) -> Grant:
    """The grant in force: the same again is itself, with the last day it has now."""
    known = Grant.objects.filter(user=user, revoked_at__isnull=True, **extent).first()
    if known is not None and not known.over:
        if known.ends_on != ends_on:
            known.ends_on = ends_on
            known.save(update_fields=["ends_on"])
        return known
    if known is not None:
        _revoke(known)
    return Grant.objects.create(user=user, granted_at=clock.now(), ends_on=ends_on, **extent)


@part
def _revoke(row: Grant) -> None:
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])


@action("user.grant", needs=Perm.SYSTEM)
def grant(
    actor: Actor,
    user: User,
    *,
    role: str,
    site: UUID | None = None,
    product: UUID | None = None,
    all_sites: bool = False,
    all_products: bool = False,
    ends_on: date | None = None,
) -> Grant:
    """Give a role without a second person: for whoever holds the server (`create_user`)."""
    extent = _extent(
        role=role,
        site=site,
        product=product,
        all_sites=all_sites,
        all_products=all_products,
        ends_on=ends_on,
    )
    return _assign(user, extent, ends_on)


def _is_first_administrator(actor: Actor) -> bool:
    """Whether nobody but the actor has ever held the right to manage users."""
    administering = [role for role, spec in ROLES.items() if Perm.USER_WRITE in spec.permissions]
    held = Grant.objects.filter(role__in=administering).values_list("user_id", flat=True)
    return set(held) <= {actor.id}


@part
def _ask(actor: Actor, user: User, reason: str, **values: Any) -> GrantRequest:
    if actor.id is None:
        raise Denied(Perm.USER_WRITE)  # two persons, and a process is none
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    if not may_administer(actor, site=values["site_id"], product=values["product_id"]):
        raise Denied(Perm.USER_WRITE)
    key = {name: values[name] for name in ("kind", "role", "site_id", "product_id")}
    waiting = GrantRequest.objects.select_for_update().filter(decided_at__isnull=True)
    close_late(
        waiting.filter(user=user, **key),
        _("The same request already waits for a second administrator."),
    )
    now = clock.now()
    return GrantRequest.objects.create(
        user=user,
        reason=reason.strip(),
        asked_by_id=actor.id,
        asked_at=now,
        expires_at=now + access_rules.rules().request_within,
        **values,
    )


@action("user.ask_grant", needs=Perm.USER_WRITE)
def ask_grant(
    actor: Actor,
    user: User,
    *,
    role: str,
    site: UUID | None = None,
    product: UUID | None = None,
    all_sites: bool = False,
    all_products: bool = False,
    ends_on: date | None = None,
    reason: str,
) -> GrantRequest:
    """Ask a second administrator to give a role at one or all sites, for one or all products.

    `ends_on` is the last day of the right; roles of the reference data `access` need one. Nobody
    asks for oneself, nor further than one's own rights to manage users reach. The first
    administrator of an installation appoints the second one alone: then it holds at once.
    """
    if actor.id == user.id:
        raise Refused(_("Rights of one's own are given by another administrator."))
    extent = _extent(
        role=role,
        site=site,
        product=product,
        all_sites=all_sites,
        all_products=all_products,
        ends_on=ends_on,
    )
    row = _ask(actor, user, reason, kind=GrantRequest.Kind.ASSIGNMENT, ends_on=ends_on, **extent)
    if role == Role.ADMINISTRATOR and _is_first_administrator(actor):
        row.alone = True
        _settle(actor, row, agree=True, reason="")
    return row


@action("user.ask_revocation", needs=Perm.USER_WRITE)
def ask_revocation(actor: Actor, held: Grant, *, reason: str) -> GrantRequest:
    """Ask a second administrator to end a right; nobody asks for the end of one's own."""
    if actor.id == held.user_id:
        raise Refused(_("Rights of one's own are ended by another administrator."))
    if held.revoked_at is not None or held.over:
        raise Refused(_("This right has ended already."))
    user = User.objects.get(id=held.user_id)
    kind = GrantRequest.Kind.REVOCATION
    return _ask(actor, user, reason, kind=kind, grant=held, **_columns(held))


@action("user.decide_grant", needs=Perm.USER_WRITE)
def decide(actor: Actor, request: GrantRequest, *, agree: bool, reason: str = "") -> GrantRequest:
    """Agree to a request of another administrator, or turn it down.

    Agreed, the right holds or ends at once: rights are read again at each request. Whoever asked
    may only turn it down; whoever gets a right never agrees to it, but may agree to its end.
    """
    row = GrantRequest.objects.select_for_update().select_related("user").get(id=request.id)
    if row.decided_at is not None or row.expires_at <= clock.now():
        raise Refused(_("This request is no longer open."))
    if actor.id is None or not may_administer(actor, site=row.site_id, product=row.product_id):
        raise Denied(Perm.USER_WRITE)
    concerned = actor.id == row.user_id and row.kind == GrantRequest.Kind.ASSIGNMENT
    if agree and (actor.id == row.asked_by_id or concerned):
        raise Refused(_("A second administrator has to agree: not the one who asked."))
    if concerned:
        raise Refused(_("Rights of one's own are given by another administrator."))
    if not agree and not reason.strip():
        raise Refused({"reason": _("Say why it is turned down.")})
    return _settle(actor, row, agree=agree, reason=reason)


@part
def _settle(actor: Actor, row: GrantRequest, *, agree: bool, reason: str) -> GrantRequest:
    row.decided_by_id, row.decided_at, row.agreed = actor.id, clock.now(), agree
    row.decision_reason = within(reason, 500)
    if agree and row.kind == GrantRequest.Kind.ASSIGNMENT:
        if problem := _last_day_problem(row.role, row.ends_on):
            raise Refused(problem)
        row.grant = _assign(row.user, _columns(row), row.ends_on)
    elif agree and row.grant_id is not None:
        _revoke(Grant.objects.select_for_update().get(id=row.grant_id))
    row.save()
    return row
