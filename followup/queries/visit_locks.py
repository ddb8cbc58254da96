"""Which contacts are signed and locked, by whom, and the data cuts of a patient."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.models import Patient, Site, Visit, VisitCut, VisitLock


@dataclass(frozen=True, slots=True)
class Signed:
    """How many of the contacts that stand are signed and locked."""

    signed: int
    contacts: int

    @property
    def percent(self) -> float | None:
        """The share; None where there is no contact."""
        return 100 * self.signed / self.contacts if self.contacts else None


def locks(actor: Actor, visit: Visit) -> list[VisitLock]:
    """The locks of every version of a contact the actor has read, the latest first."""
    rows = VisitLock.objects.filter(visit=visit).select_related("locked_by", "unlocked_by", "cut")
    return list(scope.visible(actor, rows).order_by("-locked_at"))


def lock(actor: Actor, lock_id: UUID | str) -> VisitLock:
    """One lock; NotFound outside the actor's scope."""
    rows = VisitLock.objects.select_related("visit", "patient", "cut")
    return scope.one(actor, rows, id=lock_id)


def locked(visits: Iterable[UUID]) -> set[UUID]:
    """Which of these contacts are locked."""
    rows = VisitLock.objects.filter(visit__in=list(visits), unlocked_at__isnull=True)
    return set(rows.values_list("visit_id", flat=True))


def of_patient(actor: Actor, patient: Patient) -> set[UUID]:
    """The locked contacts of a patient the actor has read."""
    rows = VisitLock.objects.filter(patient=patient, unlocked_at__isnull=True)
    return set(scope.visible(actor, rows).values_list("visit_id", flat=True))


def cuts(actor: Actor, patient: Patient) -> list[VisitCut]:
    """The data cuts of a patient, the latest first."""
    rows = VisitCut.objects.filter(patient=patient).select_related("made_by", "unlocked_by")
    return list(scope.visible(actor, rows).order_by("-until", "-made_at"))


def cut(actor: Actor, cut_id: UUID | str) -> VisitCut:
    """One data cut; NotFound outside the actor's scope."""
    return scope.one(actor, VisitCut.objects.select_related("patient"), id=cut_id)


def standing(patient: UUID, until: date) -> QuerySet[Visit]:
    """The contacts of a patient up to a day, as they stand."""
    rows = Visit.objects.filter(patient_id=patient, contact_on__lte=until)
    return rows.filter(undone_at__isnull=True, replaced_by__isnull=True).order_by(
        "contact_on", "recorded_at", "id"
    )


def cut_over(patient: UUID, day: date) -> VisitCut | None:
    """The signed data cut a day of a patient lies in, if any."""
    rows = VisitCut.objects.filter(
        patient_id=patient, until__gte=day, signed_at__isnull=False, unlocked_at__isnull=True
    )
    return rows.order_by("until").first()


def share(actor: Actor, site: Site) -> Signed:
    """Of the contacts of a centre that stand, how many are signed and locked."""
    rows = scope.counting(actor, Visit.objects.filter(site=site))
    rows = rows.filter(undone_at__isnull=True, replaced_by__isnull=True).order_by()
    held = VisitLock.objects.filter(visit=OuterRef("pk"), unlocked_at__isnull=True)
    return Signed(rows.filter(Exists(held)).count(), rows.count())
