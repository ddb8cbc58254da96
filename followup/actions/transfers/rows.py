"""What each table of a patient is when the patient is transferred: it goes along, or stays.

A test finds a table that names a patient and is in neither list, so that none is forgotten.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import F, Model, Q
from django.db.models.functions import Coalesce

from followup.core.action import part
from followup.domain.events import OVER
from followup.domain.samples import CustodyState
from followup.models import (
    AdverseEvent,
    Appointment,
    CallBack,
    Carer,
    ClinicalAssessment,
    ConcomitantCare,
    Consent,
    ConsentWithdrawal,
    ContactAttempt,
    DataKey,
    DataQuery,
    DataQueryEntry,
    FollowUpDecision,
    HospitalReport,
    IdentifierFinding,
    Identity,
    IdentityErasure,
    Infusion,
    LaboratoryFinding,
    LaboratoryLine,
    LaboratoryResult,
    MolecularResult,
    Patient,
    PatientFile,
    PatientMessage,
    PatientReport,
    PatientSite,
    PatientTransfer,
    PlannedVisit,
    PracticePatient,
    QuestionnaireLink,
    RegistrationDecision,
    ReleasedFile,
    RetiredPatient,
    Sample,
    Schedule,
    SourceCheck,
    Visit,
    VisitBatchRow,
    VisitCut,
    VisitLock,
)

# Rows that go along, in this order: a question about an event goes where the event went.
_FATAL = "FATAL"
ALONG: Mapping[type[Model], Q] = MappingProxyType(
    {
        Infusion: Q(),
        Schedule: Q(),
        Consent: Q(),
        ConsentWithdrawal: Q(),
        PlannedVisit: Q(state="PLANNED"),
        AdverseEvent: Q(withdrawn_at__isnull=True) & ~Q(outcome__in=[*OVER, _FATAL]),
        CallBack: Q(done_at__isnull=True),
        LaboratoryFinding: Q(state="OPEN"),
        QuestionnaireLink: Q(answered_at__isnull=True, revoked_at__isnull=True),
        PatientReport: Q(state="WAITING"),
        Sample: Q(state=CustodyState.PLANNED.value, kit_item__isnull=True),
        DataQuery: ~Q(state="CLOSED") & Q(visit__isnull=True),
    }
)
# What was done, answered or decided, and papers of the hospital itself.
STAYS: frozenset[type[Model]] = frozenset(
    {
        Visit,
        ContactAttempt,
        VisitBatchRow,
        ClinicalAssessment,
        ConcomitantCare,
        DataQueryEntry,
        FollowUpDecision,
        HospitalReport,
        IdentifierFinding,
        IdentityErasure,
        LaboratoryLine,
        LaboratoryResult,
        MolecularResult,
        PatientFile,
        PatientTransfer,
        RegistrationDecision,
        ReleasedFile,
        SourceCheck,
        VisitCut,
        VisitLock,
    }
)
# What `force` does itself, and lists of numbers that go along with the patient's number.
APART: frozenset[type[Model]] = frozenset(
    {
        Patient,
        Identity,
        DataKey,
        Appointment,
        PatientMessage,
        Carer,
        PatientSite,
        PracticePatient,
        RetiredPatient,
    }
)
# Columns that keep the site which did it, of rows that go along.
_KEPT = {Infusion: "infused_site", AdverseEvent: "recorded_site"}
_CHANGED: Mapping[type[Model], Callable[[], dict[str, Any]]] = MappingProxyType(
    {CallBack: lambda: {"owner": None, "version": F("version") + 1}}
)


@part
def move(patient: UUID, old: UUID, new: UUID) -> dict[str, list[str]]:
    """Bring what goes along from one site to another; the keys of the rows by table."""
    moved: dict[str, list[str]] = {}
    for model, condition in ALONG.items():
        found = model._default_manager.filter(condition, patient_id=patient, site_id=old)
        if model is DataQuery:
            found = found.filter(Q(event__isnull=True) | Q(event__site_id=new))
        keys = list(found.values_list("pk", flat=True))
        if not keys:
            continue
        values: dict[str, Any] = {"site_id": new, **_CHANGED.get(model, dict)()}
        if model in _KEPT:
            values[_KEPT[model]] = Coalesce(F(f"{_KEPT[model]}_id"), F("site_id"))
        model._default_manager.filter(pk__in=keys).update(**values)
        moved[model._meta.label] = [str(key) for key in keys]
    return moved
