"""How the system was kept alive: restores, their drills, upgrades; and whether a copy serves."""

from dataclasses import dataclass

from django.db.models import Max, QuerySet
from django.utils.translation import pgettext

from followup.core import scope
from followup.core.actor import Actor
from followup.core.models import Change, SystemEvent
from followup.core.permissions import Perm
from followup.models import Identity
from followup.queries import identity, readiness


def events(actor: Actor) -> QuerySet[SystemEvent]:
    """Restores, drills and upgrades, the latest first."""
    return scope.visible(actor, SystemEvent.objects.all()).order_by("-at", "-id")


def kinds() -> dict[str, str]:
    """What is recorded of the system itself, by code and in words."""
    return {
        "restore": pgettext("system event", "Restore"),
        "upgrade": pgettext("system event", "Upgrade"),
        "drill": pgettext("system event", "Drill"),
    }


@dataclass(frozen=True, slots=True)
class Smoke:
    """What a restored database shows: what is not there, the last change, people made readable."""

    missing: str
    last_change: int
    people: int


def smoke(actor: Actor, *, people: int) -> Smoke:
    """Whether the schema is there and the newest identities open; Unreadable with a wrong key."""
    actor.require(Perm.SYSTEM)
    missing = readiness.missing()
    if missing:
        return Smoke(missing, 0, 0)
    newest = Identity.objects.filter(erased_on__isnull=True).order_by("-patient_id")
    rows = scope.visible(actor, newest)[:people]
    opened = sum(1 for row in rows if identity.shown(row).name)
    last = Change.objects.aggregate(last=Max("id"))["last"] or 0
    return Smoke("", last, opened)
