"""Batches of contacts: what was sent, the words its cells may hold, whom a template asks about."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from followup.core import row_permissions, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.batches import FIELDS, MOST_ROWS
from followup.domain.cohorts import fold
from followup.models import Infusion, Patient, PlannedVisit, Site, VisitBatch, VisitBatchRow
from followup.queries import calls, fields

MOST = 30
GRID = 20


def batches(actor: Actor) -> Sequence[VisitBatch]:
    """The latest batches of one's hospitals, without their rows."""
    rows = scope.visible(actor, VisitBatch.objects.select_related("site", "made_by"))
    return list(rows.defer("rows").order_by("-made_at")[:MOST])


def batch(actor: Actor, batch_id: UUID | str) -> VisitBatch:
    """One batch; NotFound outside the actor's hospitals."""
    return scope.one(actor, VisitBatch.objects.select_related("site", "made_by"), id=batch_id)


def headings() -> dict[str, str]:
    """The name of a field by its folded heading: its own name, and both of its words."""
    found: dict[str, str] = {}
    for field in FIELDS:
        for word in (field.name, *fields.both(field)):
            found.setdefault(fold(word), field.name)
    return found


def words() -> dict[str, dict[str, str]]:
    """The codes of each field by every word they go by."""
    found = {}
    for field in FIELDS:
        listed = {
            fold(word): code for code, *labels in fields.answers(field) for word in (code, *labels)
        }
        found[field.key] = listed
        if field.codes == "yes_no_unknown":  # people write none and yes where the list says no
            found[field.key] = {**listed, fold("无"): "NO", fold("有"): "YES"}
    return found


class Due(NamedTuple):
    """A visit a template or a grid asks about."""

    id: int
    patient_id: UUID
    study_code: str
    code: str
    window_start: date
    due: date


def due(actor: Actor, site: Site, *, today: date, code: str = "") -> QuerySet[PlannedVisit]:
    """Open visits of a hospital for which somebody is to be contacted, the oldest first."""
    rows = calls.called(actor, today).filter(site_id=site.id)
    rows = rows.filter(code=code) if code else rows
    return rows.order_by("due", "id")


def asked(
    actor: Actor, site: Site, *, today: date, code: str = "", most: int = MOST_ROWS
) -> list[Due]:
    """The first of them, as a template or a grid shows them."""
    columns = ("id", "patient_id", "patient__study_code", "code", "window_start", "due")
    rows = due(actor, site, today=today, code=code).values_list(*columns)
    return [Due(*row) for row in rows[:most]]


def codes(actor: Actor, site: Site, *, today: date) -> list[str]:
    """The visits that are open at a hospital, by code."""
    rows = due(actor, site, today=today).order_by("code").values_list("code", flat=True)
    return list(rows.distinct())


def patients(actor: Actor, site: Site, study_codes: Sequence[str]) -> Mapping[str, Patient]:
    """The hospital's patients among these study codes."""
    rows = scope.visible(actor, Patient.objects.filter(site=site, study_code__in=study_codes))
    return {row.study_code: row for row in rows}


def infusion(patient: Patient, on: date) -> Infusion | None:
    """The infusion a contact follows: the last one before it, else the first."""
    rows = Infusion.objects.filter(patient=patient).select_related("patient", "product")
    before = rows.filter(infused_on__lte=on).order_by("-infused_on").first()
    return before or rows.order_by("infused_on").first()


def recorded(batch: VisitBatch) -> QuerySet[VisitBatchRow]:
    """The contacts a batch has recorded, in the order of its rows."""
    rows = VisitBatchRow.objects.filter(batch=batch).select_related("visit__patient")
    return rows.order_by("number")


def numbers(batch: VisitBatch) -> set[int]:
    """The rows of a batch that are recorded already."""
    return set(VisitBatchRow.objects.filter(batch=batch).values_list("number", flat=True))


def standing(actor: Actor, batch: VisitBatch) -> int:
    """How many contacts of a batch still stand as they came."""
    row_permissions.require(actor, batch, Perm.VISIT_READ)
    rows = recorded(batch).filter(visit__undone_at__isnull=True, visit__replaced_by__isnull=True)
    return rows.count()
