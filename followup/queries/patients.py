"""Patients as their own hospital, or their product's holder, sees them."""

import re
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet, UUIDField
from django.db.models.functions import Upper

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.statements import Given, written_once
from followup.domain import scans
from followup.domain.contacts import FAILED
from followup.models import (
    AdverseEvent,
    Consent,
    ContactAttempt,
    Infusion,
    Patient,
    PlannedVisit,
    Site,
    Visit,
)
from followup.queries import patient_rows, registrations, transfers

PAGE = 50


def page(
    actor: Actor, *, key: str = "", state: str = "", size: int = PAGE
) -> tuple[list[Patient], str]:
    """One page in order of study code, and the key of the next page."""
    rows = scope.visible(actor, Patient.objects.select_related("site"), home=True)
    if state:
        rows = rows.filter(follow_up_state=state)
    if key := keyset.parse_cursor(key, keyset.STUDY_CODE_PATTERN):
        rows = rows.filter(keyset.after(("study_code",), (key,)))
    return keyset.page(rows.order_by("study_code")[: size + 1], size, lambda row: row.study_code)


def one(actor: Actor, patient_id: UUID | str) -> Patient:
    """One patient; NotFound otherwise."""
    try:
        found = _one(actor, id=UUID(str(patient_id)))
    except ValueError as error:
        raise NotFound() from error
    if not found:
        raise NotFound()
    return found[0]


@written_once
def _one(actor: Actor) -> QuerySet[Patient]:
    rows = Patient.objects.select_related("site").filter(id=Given("id", UUIDField()))
    return scope.visible(actor, rows)


def standing(actor: Actor, patient_id: UUID) -> Patient:
    """One patient, of a registration that was merged who it is today; NotFound otherwise."""
    try:
        return one(actor, patient_id)
    except NotFound:
        today = registrations.standing_for(patient_id)
        if today in (None, patient_id):
            raise
        return one(actor, str(today))


def by_codes(actor: Actor, text: str, *, limit: int = 20) -> QuerySet[Patient]:
    """Patients whose study code begins with the text, or has it as its running number.

    A study code of a registration that was merged finds the patient it is today.
    """
    rows = scope.visible(actor, Patient.objects.all())
    start = text.strip()
    if re.fullmatch(r"\d{1,5}", start, re.ASCII):
        codes = [f"{site}-{int(start):05d}" for site in _site_codes(actor)]
        former = registrations.by_former_codes(codes) + transfers.former_numbers(codes)
        rows = rows.filter(Q(study_code__in=codes) | Q(id__in=former))
    else:
        former = registrations.by_former_codes((), start=start) if start else []
        former += transfers.former_numbers([], start=start) if start else []
        rows = rows.filter(Q(study_code__istartswith=start) | Q(id__in=former))
    return rows.order_by("study_code")[:limit]


def _site_codes(actor: Actor) -> list[str]:
    return list(scope.visible(actor, Site.objects.all()).values_list("code", flat=True))


def by_product_labels(actor: Actor, text: str, *, limit: int = 20) -> list[Infusion]:
    """Infusions whose lot or chain-of-identity number is the text, upper or lower case alike."""
    said = {label.upper() for label in scans.labels(text) if len(label) >= 3}
    if not said:
        return []
    rows = scope.visible(actor, Infusion.objects.select_related("patient"))
    named = rows.annotate(lot_up=Upper("lot"), chain_up=Upper("chain_of_identity"))
    found = named.filter(Q(lot_up__in=said) | Q(chain_up__in=said))
    return list(found.order_by("patient__study_code", "infused_on")[:limit])


def many(actor: Actor, ids: Sequence[UUID]) -> list[Patient]:
    """The visible ones among these."""
    rows = scope.visible(actor, Patient.objects.select_related("site"))
    return list(rows.filter(id__in=ids).order_by("study_code"))


def infusions(actor: Actor, patient: Patient) -> list[Infusion]:
    """The infusions of a patient, the latest first."""
    rows = scope.visible(actor, Infusion.objects.filter(patient=patient))
    return list(
        rows.select_related("product", "indication", "infused_site").order_by("-infused_on")
    )


def products_given(actor: Actor, *, needs: Perm) -> set[UUID]:
    """Products that were given at the sites where the actor has this permission."""
    rows = scope.visible(actor, Infusion.objects.all(), needs)
    return set(rows.order_by().values_list("product_id", flat=True).distinct())


def infusions_of_code(actor: Actor, study_code: str) -> list[Infusion]:
    """The infusions of the patient with exactly this code, now or formerly, the latest first."""
    code = study_code.strip()
    former = registrations.by_former_codes([code.upper(), code]) if code else []
    rows = Infusion.objects.filter(Q(patient__study_code__iexact=code) | Q(patient__in=former))
    found = scope.visible(actor, rows).select_related("product", "patient")
    return list(found.order_by("-infused_on")) if code else []


def infusion(actor: Actor, infusion_id: UUID | str) -> Infusion:
    """One infusion; NotFound otherwise."""
    rows = Infusion.objects.select_related("product", "patient__site", "indication")
    return scope.one(actor, rows, id=infusion_id)


def planned(actor: Actor, patient: Patient) -> list[PlannedVisit]:
    """The plan of a patient in calendar order."""
    rows = scope.visible(actor, PlannedVisit.objects.filter(patient=patient))
    return list(rows.select_related("schedule").order_by("target", "id"))


def visits(actor: Actor, patient: Patient) -> list[Visit]:
    """Contacts as they stand: corrected and undone ones left out, the latest first."""
    rows = scope.visible(actor, Visit.objects.filter(patient=patient, undone_at__isnull=True))
    rows = rows.filter(replaced_by__isnull=True)
    return list(rows.select_related("planned", "recorded_by").order_by("-contact_on"))


def last_visit(actor: Actor, patient: Patient) -> Visit | None:
    """The latest contact."""
    rows = scope.visible(actor, Visit.objects.filter(patient=patient, undone_at__isnull=True))
    return rows.filter(replaced_by__isnull=True).order_by("-contact_on", "-recorded_at").first()


def visit(actor: Actor, visit_id: UUID | str) -> Visit:
    """One contact; NotFound otherwise."""
    rows = Visit.objects.select_related("patient", "planned", "product")
    return scope.one(actor, rows, id=visit_id)


def records(actor: Actor, planned: PlannedVisit) -> list[Visit]:
    """The recorded contacts for a planned visit as they are now, the latest first."""
    rows = Visit.objects.filter(planned=planned, undone_at__isnull=True, replaced_by__isnull=True)
    rows = scope.visible(actor, rows).select_related("recorded_by")
    return list(rows.order_by("-contact_on", "-recorded_at"))


def versions(actor: Actor, visit: Visit) -> list[Visit]:
    """Every version of a contact, the one that stands first."""
    rows = scope.visible(actor, Visit.objects.select_related("recorded_by", "replaced_by"))
    latest = visit
    while following := rows.filter(replaces=latest).first():
        latest = following
    found, row = [], rows.filter(id=latest.id).first()
    while row is not None:
        found.append(row)
        row = rows.filter(id=row.replaces_id).first() if row.replaces_id else None
    return found


def attempts(actor: Actor, patient: Patient) -> list[ContactAttempt]:
    """Attempts that reached nobody, the latest first."""
    if patient_rows.lacks(actor, patient, ContactAttempt):
        return []
    rows = ContactAttempt.objects.filter(patient=patient, undone_at__isnull=True)
    rows = scope.visible(actor, rows).filter(result__in=FAILED)  # a register is nobody to reach
    return list(rows.order_by("-attempted_on", "-recorded_at"))


def attempt(actor: Actor, attempt_id: UUID | str) -> ContactAttempt:
    """One try; NotFound otherwise."""
    return scope.one(actor, ContactAttempt.objects.select_related("patient"), id=attempt_id)


def events(actor: Actor, patient: Patient) -> list[AdverseEvent]:
    """Events of a patient, the latest first; one entered by mistake is none."""
    return [row for row in every_event(actor, patient) if row.withdrawn_at is None]


def every_event(actor: Actor, patient: Patient) -> list[AdverseEvent]:
    """The same with those that were withdrawn, which stay readable."""
    if patient_rows.lacks(actor, patient, AdverseEvent):
        return []
    rows = scope.visible(actor, AdverseEvent.objects.filter(patient=patient))
    return list(rows.select_related("product", "infusion").order_by("-recorded_at"))


def event(actor: Actor, event_id: UUID | str) -> AdverseEvent:
    """One event; NotFound otherwise."""
    rows = AdverseEvent.objects.select_related(
        "patient__site", "product", "infusion__product", "withdrawn_by"
    )
    return scope.one(actor, rows, id=event_id)


def consents(actor: Actor, patient: Patient) -> list[Consent]:
    """Consents of a patient, the latest first."""
    rows = scope.visible(actor, Consent.objects.filter(patient=patient))
    return list(rows.order_by("-given_on"))
