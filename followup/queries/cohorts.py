"""Cohort files of one's hospital, and the words their coded cells may hold."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.security import secrets
from followup.domain.cohort_columns import BY_CODE, CellKind
from followup.domain.cohorts import DISEASE, fold, usual
from followup.domain.laboratory import Sheet, read_sheet
from followup.models import CohortFile, Indication, PlannedVisit, Product
from followup.queries import codes, data_keys

MOST = 20


def files(actor: Actor) -> QuerySet[CohortFile]:
    """The latest files of one's hospitals, without their content."""
    rows = scope.visible(actor, CohortFile.objects.select_related("site", "received_by"))
    return rows.defer("content_sealed").order_by("-received_at")


def file(actor: Actor, file_id: UUID | str) -> CohortFile:
    """One file; NotFound outside the actor's hospitals."""
    rows = CohortFile.objects.select_related("site", "received_by").defer("content_sealed")
    return scope.one(actor, rows, id=file_id)


def content_place(file_id: UUID, site_id: UUID) -> bytes:
    """Where a sealed file belongs: it opens nowhere else."""
    return secrets.associated_data("followup_cohortfile", "content", file_id, site_id)


def sheet(row: CohortFile) -> Sheet:
    """The rows of a file the actor has found."""
    sealed = CohortFile.objects.values_list("content_sealed", flat=True).get(id=row.id)
    place = content_place(row.id, row.site_id)
    return read_sheet(data_keys.file_content(row.id, sealed, place))


def words() -> dict[str, dict[str, str]]:
    """Code list, word in either language or code, code: what a coded cell may say."""
    found = {"disease_status": _folded(DISEASE)}
    for column in BY_CODE.values():
        if column.kind is CellKind.CODE and column.codes not in found:
            found[column.codes] = _folded(codes.items(column.codes))
    return {name: usual(name, set(known.values())) | known for name, known in found.items()}


def _folded(items: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    return {fold(word): code for code, *labels in items for word in (code, *labels) if word}


def products() -> dict[str, Product]:
    """Products by every name they go by."""
    found: dict[str, Product] = {}
    for row in Product.objects.all():
        for word in (row.code, row.inn, row.generic_zh, row.brand_zh, row.brand_en):
            if word:
                found.setdefault(fold(word), row)
    return found


def indications(product: Product) -> dict[str, Indication]:
    """Indications of a product by code and by both names."""
    rows = Indication.objects.filter(product=product)
    return {fold(w): row for row in rows for w in (row.code, row.name_zh, row.name_en) if w}


def planned(patient_id: UUID) -> list[PlannedVisit]:
    """The plan of a patient, for matching past visits."""
    rows = PlannedVisit.objects.filter(patient_id=patient_id).select_related("schedule")
    return list(rows.order_by("window_start"))
