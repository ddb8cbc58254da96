"""Treatments and stays beside the product, as they stand."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.concomitant_care import DETAILS, CareKind, lists
from followup.domain.dates import PartialDate
from followup.models import ConcomitantCare, Patient
from followup.queries import codes


def code_lists(kind: CareKind) -> Mapping[str, frozenset[str]]:
    """The codes each list of a kind offers today."""
    names = set(lists(kind).values())
    return {name: frozenset(code for code, _en, _zh in codes.items(name)) for name in names}


def assumed_mutagenic(detail: str) -> bool | None:
    """Whether a later therapy is mutagenic by the list, which a person confirms; None if open."""
    rows = codes.rows(DETAILS[CareKind.SUBSEQUENT_THERAPY])
    return next((row.get("mutagenic") for row in rows if row["code"] == detail), None)


def standing() -> "QuerySet[ConcomitantCare]":
    """Treatments and stays that were neither replaced nor retracted."""
    return ConcomitantCare.objects.filter(replaced_by__isnull=True, taken_back=False)


def of_patient(actor: Actor, patient: Patient) -> list[ConcomitantCare]:
    """The treatments and stays of a patient as they stand, the latest first."""
    rows = scope.visible(actor, standing().filter(patient=patient))
    return list(rows.order_by("-started_on_text", "-recorded_at"))


def one(actor: Actor, key: UUID | str) -> ConcomitantCare:
    """One treatment or stay, whether it stands or not; NotFound otherwise."""
    rows = ConcomitantCare.objects.select_related("patient__site", "infusion", "recorded_by")
    return scope.one(actor, rows, id=key)


def therapies_begun(actor: Actor, patient: Patient) -> list[PartialDate]:
    """When the later anti-tumour therapies of a patient began, as far as it is known."""
    rows = standing().filter(patient=patient, kind=CareKind.SUBSEQUENT_THERAPY)
    found = scope.visible(actor, rows).values_list("started_on_text", flat=True)
    return sorted(map(PartialDate.from_iso, found), key=lambda day: (day.earliest, day.latest))
