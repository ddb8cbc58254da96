"""What the search box finds in follow-up: patients by code, name, pinyin, phone or number."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.queries import identity, kits, patients, samples
from followup.web.search import Hit


def find_patients(actor: Actor, text: str, limit: int) -> Iterable[Hit]:
    """Patients of the actor's scope; by identity only for roles that may know it."""
    if not actor.may(Perm.PATIENT_READ):
        return
    rows = {p.id: p for p in patients.by_codes(actor, text, limit=limit)}
    for row in patients.many(actor, identity.matching(actor, text, limit=limit)):
        rows.setdefault(row.id, row)
    shown = identity.masked(actor, list(rows))
    for row in list(rows.values())[:limit]:
        person = shown.get(row.id)
        yield Hit(
            group=_("Patients"),
            title=f"{row.study_code} {person.name if person else ''}".strip(),
            detail=str(row.birth_year or ""),
            href=reverse("patient", args=[row.id]),
        )


def find_infusions(actor: Actor, text: str, limit: int) -> Iterable[Hit]:
    """Patients by lot or chain of identity: a recall of a lot begins in the hospital."""
    if not actor.may(Perm.PATIENT_READ):
        return
    for row in patients.by_product_labels(actor, text, limit=limit):
        yield Hit(
            group=_("Lot or chain of identity"),
            title=row.patient.study_code,
            detail=f"{row.lot} · {row.chain_of_identity} · {row.infused_on.isoformat()}",
            href=reverse("patient", args=[row.patient_id]),
            icon="infusion",
        )


def find_samples(actor: Actor, text: str, limit: int) -> Iterable[Hit]:
    """Samples by number, so that a scan lands on the sample; never more than the study code."""
    if not actor.may(Perm.SAMPLE_READ):
        return
    for row in samples.scanned(actor, text, limit=limit):
        yield Hit(
            group=_("Samples"),
            title=row.number,
            detail=row.code,
            href=reverse("sample", args=[row.id]),
            icon="sample",
        )


def find_kits(actor: Actor, text: str, limit: int) -> Iterable[Hit]:
    """Sampling kits by number or by their assembler's code, so that a scan lands on the kit."""
    if not actor.may(Perm.VISIT_WRITE):
        return
    for row in kits.scanned(actor, text, limit=limit):
        yield Hit(
            group=_("Sampling kits"),
            title=row.number,
            detail=row.code or row.assembler,
            href=reverse("kit", args=[row.id]),
            icon="sample",
        )
