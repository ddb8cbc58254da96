"""Who works on cases, who stands in for whom today, and the teams there are."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.naming import reader_language
from followup.core.permissions import Perm, Role
from followup.queries import accounts, reference
from pv.models import Absence, Case
from pv.queries import rules

_ROLES = (Role.SAFETY_OFFICER, Role.MEDICAL_REVIEWER)


def teams() -> Mapping[str, str]:
    """The teams by code, in the reader's language."""
    name = f"label_{reader_language()}"
    return {row["code"]: row[name] for row in rules.data("casework")["teams"]}


def case(actor: Actor, case_id: UUID | str) -> Case:
    """One case of the actor's; NotFound otherwise."""
    return scope.one(actor, Case.objects.all(), id=case_id)


def _people(site: UUID | None, products: Collection[UUID]) -> list[User]:
    # Names of colleagues are no account data; reading accounts is another right.
    reader = Actor.process("case owners")
    found = {
        user.id: user
        for role in _ROLES
        for user in accounts.holding(reader, role, site=site, products=products)
    }
    return sorted(found.values(), key=lambda user: user.display_name)


def owners(actor: Actor, row: Case) -> list[User]:
    """Whom a case can be given to: the people of safety at its site and product."""
    actor.require(Perm.CASE_READ, site=row.site_id, product=row.product_id)
    return _people(row.site_id, [row.product_id] if row.product_id else [])


def colleagues(actor: Actor) -> list[User]:
    """Everybody who works on cases of a product the actor works on, also of one product only."""
    actor.require(Perm.CASE_READ)
    return _people(None, [row.id for row in reference.products_for(actor, Perm.CASE_READ)])


def covered(actor: Actor, today: date) -> set[UUID]:
    """Those whose casework the actor does today beside one's own."""
    rows = Absence.objects.filter(
        deputy_id=actor.id, starts_on__lte=today, ends_on__gte=today, ended_at__isnull=True
    )
    return set(scope.visible(actor, rows).values_list("person_id", flat=True))


def absences(actor: Actor) -> list[Absence]:
    """Absences of today and later that still stand, the next first."""
    rows = Absence.objects.filter(ended_at__isnull=True, ends_on__gte=clock.today())
    return list(scope.visible(actor, rows).select_related("person", "deputy").order_by("starts_on"))


def absence(actor: Actor, absence_id: UUID | str) -> Absence:
    """One absence; NotFound otherwise."""
    return scope.one(actor, Absence.objects.all(), id=absence_id)


def mine(actor: Actor, today: date) -> Q:
    """The cases of the actor and of those the actor stands in for."""
    return Q(assigned_to_id__in={actor.id, *covered(actor, today)})
