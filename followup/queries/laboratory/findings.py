"""What laboratory values gave to look after: of a patient, and open in one's reach."""

from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.permissions import Perm
from followup.models import LaboratoryFinding, LaboratoryResult, Patient

PAGE = 50


def of_patient(actor: Actor, patient: Patient) -> list[LaboratoryFinding]:
    """The findings of a patient, the open ones first, then the latest."""
    rows = scope.visible(actor, LaboratoryFinding.objects.filter(patient=patient))
    found = list(
        rows.select_related("result", "event", "answered_by").order_by("-raised_on", "-id")
    )
    return sorted(found, key=lambda row: row.state != "OPEN")


def of_result(actor: Actor, result: LaboratoryResult) -> list[LaboratoryFinding]:
    """The findings one value gave."""
    rows = scope.visible(actor, LaboratoryFinding.objects.filter(result=result))
    return list(rows.select_related("event", "answered_by").order_by("raised_on", "id"))


def one(actor: Actor, finding_id: UUID | str) -> LaboratoryFinding:
    """One finding; NotFound otherwise."""
    rows = LaboratoryFinding.objects.select_related("patient", "result", "infusion", "event")
    return scope.one(actor, rows, id=finding_id)


def open_page(
    actor: Actor, *, key: str = "", size: int = PAGE
) -> tuple[list[LaboratoryFinding], str]:
    """Open findings in one's reach, the oldest first (ids follow time), and the next page's key."""
    rows = scope.visible(actor, LaboratoryFinding.objects.filter(state="OPEN"), home=True)
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__gt=key)
    rows = rows.select_related("patient", "result").order_by("id")
    return keyset.page(rows[: size + 1], size, lambda row: str(row.id))


def open_count(actor: Actor) -> int:
    """How many open findings the actor may answer."""
    return scope.counting(
        actor, LaboratoryFinding.objects.filter(state="OPEN"), Perm.VISIT_WRITE
    ).count()
