"""Whoever reads on the patient's consent finds nothing of a patient who did not give it."""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import clinical_assessments, concomitant_care, laboratory, samples
from followup.actions.follow_up_status import consents
from followup.actions.laboratory import Specimen, ValueInput
from followup.actions.patients import ConsentInput
from followup.core import clock, guards, scope
from followup.core.actor import Actor
from followup.core.permissions import ROLES, Basis, Perm, Role
from followup.domain.clinical_assessments import Instrument
from followup.domain.concomitant_care import Care, CareKind
from followup.domain.dates import PartialDate
from followup.domain.samples import Moment
from followup.models import (
    AdverseEvent,
    ClinicalAssessment,
    ConcomitantCare,
    Consent,
    ContactAttempt,
    CustodyEvent,
    Infusion,
    LaboratoryFinding,
    LaboratoryResult,
    MolecularResult,
    Patient,
    PlannedVisit,
    Sample,
    Schedule,
    Visit,
)
from followup.queries import patients
from tests import factories
from tests.architecture.test_matrix import ADDRESSES, OWN_SPACE, Address

pytestmark = pytest.mark.django_db
HOLDERS = [role for role, spec in ROLES.items() if spec.basis is Basis.CONSENT]
SAFETY = [role for role, spec in ROLES.items() if spec.basis is Basis.DUTY]
ROWS = (
    AdverseEvent,
    ClinicalAssessment,
    ConcomitantCare,
    Consent,
    ContactAttempt,
    CustodyEvent,
    Infusion,
    LaboratoryFinding,
    LaboratoryResult,
    MolecularResult,
    Patient,
    PlannedVisit,
    Sample,
    Schedule,
    Visit,
)
# In a run of every day each role asks each address for a quarter of the rows, another quarter than
# the role before; a release asks for all.
ALL_ROWS = int(os.environ.get("EVERWATCH_EXAMPLES", "1")) > 1
SHARE = 4
# A case is kept under the duty to report it, and shows the code it was reported under.
STATUTORY = ("cases", "work-up", "workup", "submissions", "sources")


def _of(patient: Patient, model: type[Any]) -> Any:
    path = scope.of(model).patient
    return model.objects.filter(**{path: patient.id})


def record_follow_up(nurse: Actor, patient: Patient) -> None:
    """A call, tubes, a value and a grade: a row in each table of a follow-up."""
    factories.call(nurse, patient)
    visit = PlannedVisit.objects.get(patient=patient, code="M3")
    made = samples.plan_visit(nurse, visit)
    when = Moment(clock.today() - timedelta(days=2))
    samples.record_steps(nurse, made, step="COLLECT", happened_at=when, place="门诊")
    specimen = Specimen(on=clock.today() - timedelta(days=10))
    values = [ValueInput(measure="igg", text="3.1", unit="g/L")]
    laboratory.record(nurse, patient, specimen=specimen, values=values)
    clinical_assessments.record(
        nurse,
        patient,
        instrument=Instrument.CTCAE_CRS,
        on=PartialDate.of(clock.today()),
        answers={"ctcae_crs": "FEVER_ONLY"},
    )
    fever = Care(
        kind=CareKind.EMERGENCY_VISIT, started=PartialDate.of(clock.today()), given_for="发热"
    )
    concomitant_care.record(nurse, patient, given=fever)


def _registered(*purposes: str, event: bool) -> Patient:
    """A patient with a row in every table a holder might read."""
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES", *purposes))
    record_follow_up(nurse, patient)
    if event:
        factories.malignancy(nurse, patient)
    return patient


@pytest.fixture(scope="module")
def reported(module_transaction: None) -> dict[bool, Patient]:
    """A patient with a reported event, and one without."""
    return {event: _registered(event=event) for event in (True, False)}


def _client(role: Role) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_user(role))
    return client


@dataclass(frozen=True)
class Ids:
    """One row of each table a patient has; a planned visit is named by a number."""

    uuids: list[Any]
    planned: int


def _ids(patient: Patient) -> Ids:
    uuids = [row.id for model in ROWS for row in _of(patient, model)[:1] if model is not Schedule]
    planned = _of(patient, PlannedVisit).first().id
    return Ids([uuid for uuid in uuids if not isinstance(uuid, int)], planned)


def _paths(address: Address, ids: Ids) -> list[str]:
    found = []
    for uuid in ids.uuids:
        by_kind = {"uuid": uuid, "int": ids.planned}
        named = {name: by_kind.get(kind, "general") for kind, name in address.parameters}
        found.append(address.path(named))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("role", [*HOLDERS, *SAFETY])
@pytest.mark.requirement("GVP-30-access")
def test_every_address_is_silent_on_a_patient_who_did_not_agree(
    role: Role, reported: dict[bool, Patient]
) -> None:
    patient = reported[role in HOLDERS]
    client, ids = _client(role), _ids(patient)
    shown = []
    first = [*HOLDERS, *SAFETY].index(role)
    for number, address in enumerate(ADDRESSES, first):
        if address.name in OWN_SPACE or any(word in address.route for word in STATUTORY):
            continue
        paths = _paths(address, ids)
        for path in paths if ALL_ROWS else paths[number % SHARE :: SHARE] or paths[:1]:
            response = client.get(path)
            assert response.status_code < 500, path
            if patient.study_code in response.content.decode("utf-8", "replace"):
                shown.append(path)
    assert shown == []
    answer = client.post(reverse("search"), {"q": patient.study_code}).content.decode()
    assert reverse("patient", args=[patient.id]) not in answer


@pytest.mark.parametrize("role", [*HOLDERS, *SAFETY])
@pytest.mark.parametrize("model", ROWS, ids=lambda m: m.__name__)
def test_every_table_opens_with_the_consent_and_closes_with_its_withdrawal(
    role: Role, model: type[Any], reported: dict[bool, Patient]
) -> None:
    if role in SAFETY and model is AdverseEvent:
        return  # a reported event is read under the duty to report it
    patient = reported[role in HOLDERS]
    actor = factories.make_actor(role)
    nurse = factories.make_actor(Role.NURSE, site=patient.site)
    if not _of(patient, model).exists():
        assert model in (ContactAttempt, MolecularResult, AdverseEvent)
        return

    def seen() -> int:
        return scope.visible(actor, _of(patient, model)).count()

    assert seen() == 0
    given = ConsentInput("v2", ["HOLDER"], clock.today())
    paper = consents.add(nurse, patient, given=given)
    assert seen() == _of(patient, model).count() > 0
    consents.withdraw(nurse, paper, withdrawn_on=clock.today())
    assert seen() == 0


@pytest.mark.parametrize("role", SAFETY)
def test_safety_keeps_the_coded_data_of_a_reported_event(
    role: Role, reported: dict[bool, Patient]
) -> None:
    actor = factories.make_actor(role)
    assert patients.one(actor, reported[True].id)


@pytest.mark.parametrize("role", HOLDERS)
def test_the_holder_sees_who_agreed(role: Role) -> None:
    patient = _registered("HOLDER", event=False)
    assert patient.study_code in _client(role).get("/patients/").content.decode()


def test_every_table_about_a_patient_names_the_patient() -> None:
    statutory = {"pv_case"}
    on_consent = {perm for role in (*HOLDERS, *SAFETY) for perm in ROLES[role].permissions}
    for model in guards.own_models():
        columns = {field.attname for field in model._meta.concrete_fields}
        spec = scope.of(model)
        if spec.read == Perm.IDENTITY_READ and Perm.IDENTITY_READ not in on_consent:
            continue  # read by those alone who care for the patient, whatever became of the row
        if spec.reference:
            continue  # which registrations no longer count: an id, and nothing about anybody
        if columns & {"patient_id", "sample_id"} and model._meta.db_table not in statutory:
            assert scope.of(model).patient, model.__name__
