"""Search, loss, transfer, consents and a wrong death, through the real actions."""

from datetime import date, timedelta

import pytest

from followup.actions import visits
from followup.actions.follow_up_status import consents, death, tracing
from followup.actions.follow_up_status.tracing import AttemptInput
from followup.actions.patients import ConsentInput
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Denied, NotFound, Refused
from followup.domain.dates import PartialDate
from followup.models import Consent, PlannedVisit, Schedule, Visit
from followup.queries import follow_up_status, patients, worklist
from pv.models import CaseSource
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = clock.today()
INFUSED = TODAY - timedelta(days=700)


@pytest.fixture
def patient(nurse, site):
    return factories.register_in_time(nurse, site, infused_on=INFUSED)


def state(patient):
    patient.refresh_from_db()
    return patient.follow_up_state


def attempt(nurse, patient, days_ago, method="PHONE", result="NO_ANSWER"):
    given = AttemptInput(TODAY - timedelta(days=days_ago), method, result)
    return tracing.record_attempt(nurse, patient, given=given)


def searched(nurse, patient):
    for days, method in ((120, "PHONE"), (80, "FAMILY"), (10, "LETTER")):
        attempt(nurse, patient, days, method)
    attempt(nurse, patient, 5, "REGISTRY_LINKAGE", "NO_ENTRY")


def alive(on):
    return VisitInput(contact_on=on, informant="PATIENT", vital_status="ALIVE")


def test_a_try_in_vain_past_a_closed_window_begins_the_search(nurse, patient):
    assert state(patient) == "ACTIVE"
    attempt(nurse, patient, 3)
    assert state(patient) == "LOST_PROVISIONAL"


def test_a_try_in_vain_before_any_window_closed_begins_none(nurse, site):
    fresh = factories.register(nurse, site, infused_on=TODAY - timedelta(days=2))
    attempt(nurse, fresh, 1)
    assert state(fresh) == "ACTIVE"


def test_a_call_in_vain_from_the_worklist_counts_and_can_be_taken_back(nurse, patient):
    planned = PlannedVisit.objects.filter(patient=patient, state="PLANNED").order_by("due").first()
    made = visits.not_reached(nurse, planned, next_try_on=TODAY + timedelta(days=1))
    assert state(patient) == "LOST_PROVISIONAL"
    visits.undo_not_reached(nurse, made)
    assert state(patient) == "ACTIVE"


def test_a_loss_needs_what_the_protocol_asks_for(nurse, patient):
    with pytest.raises(Refused) as refused:
        tracing.declare_lost(nurse, patient)
    assert len(refused.value.fields["lost"]) == 4
    attempt(nurse, patient, 95)
    attempt(nurse, patient, 50)
    with pytest.raises(Refused) as refused:
        tracing.declare_lost(nurse, patient)
    assert len(refused.value.fields["lost"]) == 4
    attempt(nurse, patient, 1, "LETTER")
    with pytest.raises(Refused) as refused:
        tracing.declare_lost(nurse, patient)
    assert len(refused.value.fields["lost"]) == 1
    attempt(nurse, patient, 0, "REGISTRY_LINKAGE", "NO_ENTRY")
    tracing.declare_lost(nurse, patient)
    assert state(patient) == "LOST"
    assert patient.state_since == TODAY


def test_any_contact_ends_a_loss_and_starts_the_count_anew(nurse, patient):
    searched(nurse, patient)
    tracing.declare_lost(nurse, patient)
    infusion = patient.infusions.get()
    visits.record(nurse, infusion, given=alive(TODAY))
    assert state(patient) == "ACTIVE"
    found = follow_up_status.tracing(nurse, patient)
    assert (found.evidence.attempts, found.evidence.registry_checked) == (0, False)


def test_a_loss_is_taken_back_with_a_reason_only(nurse, patient):
    searched(nurse, patient)
    tracing.declare_lost(nurse, patient)
    with pytest.raises(Refused):
        tracing.retract_loss(nurse, patient, reason=" ")
    tracing.retract_loss(nurse, patient, reason="another patient was meant")
    assert state(patient) == "LOST_PROVISIONAL"
    with pytest.raises(Refused):
        tracing.retract_loss(nurse, patient, reason="again")


@pytest.mark.parametrize(
    ("days_ago", "method", "result", "field"),
    [
        (-1, "PHONE", "NO_ANSWER", "attempted_on"),
        (701, "PHONE", "NO_ANSWER", "attempted_on"),
        (1, "PIGEON", "NO_ANSWER", "method"),
        (1, "PHONE", "DIED", "result"),
        (1, "PHONE", "NO_ENTRY", "result"),
        (1, "REGISTRY_LINKAGE", "NO_ANSWER", "result"),
        (1, "", "", "method"),
    ],
)
def test_impossible_tries_are_refused(nurse, patient, days_ago, method, result, field):
    with pytest.raises(Refused) as refused:
        attempt(nurse, patient, days_ago, method, result)
    assert field in refused.value.fields


def test_a_patient_followed_elsewhere_is_not_called_and_comes_back_by_a_contact(nurse, patient):
    assert [i for i in worklist.page(nurse, today=TODAY).items if i.patient_id == patient.id]
    with pytest.raises(Refused) as refused:
        tracing.transfer(nurse, patient, on=TODAY + timedelta(days=1), reason="")
    assert set(refused.value.fields) == {"on", "reason"}
    tracing.transfer(nurse, patient, on=TODAY, reason="Provincial hospital")
    assert state(patient) == "TRANSFERRED"
    assert not [i for i in worklist.page(nurse, today=TODAY).items if i.patient_id == patient.id]
    with pytest.raises(Refused):
        attempt(nurse, patient, 1)
    visits.record(nurse, patient.infusions.get(), given=alive(TODAY))
    assert state(patient) == "ACTIVE"


def test_a_withdrawn_consent_ends_new_collection_and_a_new_one_begins_it(nurse, patient):
    consent = Consent.objects.get(patient=patient)
    with pytest.raises(Refused) as refused:
        consents.withdraw(nurse, consent, withdrawn_on=consent.given_on - timedelta(days=1))
    assert "withdrawn_on" in refused.value.fields
    consents.withdraw(nurse, consent, withdrawn_on=TODAY, reason="does not want to be called")
    assert state(patient) == "WITHDRAWN_NEW_DATA"
    with pytest.raises(Refused):
        consents.withdraw(nurse, consent, withdrawn_on=TODAY)
    infusion = patient.infusions.get()
    with pytest.raises(Refused):
        visits.record(nurse, infusion, given=alive(TODAY))
    assert not [i for i in worklist.page(nurse, today=TODAY).items if i.patient_id == patient.id]
    assert worklist.counts(nurse, today=TODAY).overdue == 0
    consents.add(nurse, patient, given=ConsentInput("v2", ["SAMPLES"], TODAY))
    assert state(patient) == "WITHDRAWN_NEW_DATA"
    consents.add(nurse, patient, given=ConsentInput("v2", ["LTFU"], TODAY))
    assert state(patient) == "ACTIVE"


def test_one_of_two_consents_withdrawn_changes_nothing_while_follow_up_is_agreed(nurse, patient):
    other = consents.add(nurse, patient, given=ConsentInput("v2", ["LTFU", "RESEARCH"], TODAY))
    consents.withdraw(nurse, other, withdrawn_on=TODAY)
    assert state(patient) == "ACTIVE"


def dead(on):
    return VisitInput(
        contact_on=TODAY,
        informant="FAMILY",
        vital_status="DEAD",
        died_on=PartialDate.of(on),
        death_cause="not known",
        death_cause_code="R99",
        autopsy="NO",
    )


def test_a_death_is_learned_of_whoever_withdrew(nurse, patient):
    consents.withdraw(nurse, Consent.objects.get(patient=patient), withdrawn_on=TODAY)
    visits.record(nurse, patient.infusions.get(), given=dead(TODAY))
    assert state(patient) == "DEAD"


def test_a_wrong_death_is_taken_back_and_the_schedule_goes_on(nurse, patient):
    factories.malignancy(nurse, patient)
    before = set(PlannedVisit.objects.filter(patient=patient, state="PLANNED"))
    told = CaseSource.objects.count()
    visits.record(nurse, patient.infusions.get(), given=dead(TODAY - timedelta(days=9)))
    assert Schedule.objects.get(patient=patient).ended_on
    with pytest.raises(Refused) as refused:
        death.retract(nurse, patient, vital_status="DEAD", reason="")
    assert set(refused.value.fields) == {"vital_status", "reason"}
    death.retract(nurse, patient, vital_status="ALIVE", reason="mistaken identity")
    assert state(patient) == "ACTIVE"
    assert (patient.vital_status, patient.died_on_text, patient.death_cause) == ("ALIVE", "", "")
    assert (patient.death_cause_code, patient.autopsy) == ("", "")
    assert Schedule.objects.get(patient=patient).ended_on is None
    assert set(PlannedVisit.objects.filter(patient=patient, state="PLANNED")) == before
    kept = Visit.objects.filter(patient=patient).order_by("version")
    assert [(v.vital_status, v.version) for v in kept] == [("DEAD", 1), ("ALIVE", 2)]
    assert CaseSource.objects.count() == told + 2
    with pytest.raises(Refused):
        death.retract(nurse, patient, vital_status="ALIVE", reason="again")


def test_a_death_taken_back_does_not_undo_a_withdrawal(nurse, patient):
    consents.withdraw(nurse, Consent.objects.get(patient=patient), withdrawn_on=TODAY)
    visits.record(nurse, patient.infusions.get(), given=dead(TODAY))
    death.retract(nurse, patient, vital_status="ALIVE", reason="mistaken identity")
    assert state(patient) == "WITHDRAWN_NEW_DATA"
    assert not [i for i in worklist.page(nurse, today=TODAY).items if i.patient_id == patient.id]


def test_a_paper_signed_before_the_withdrawal_renews_nothing(nurse, patient):
    consents.withdraw(nurse, Consent.objects.get(patient=patient), withdrawn_on=TODAY)
    old = ConsentInput("v1", ["LTFU"], TODAY - timedelta(days=1))
    with pytest.raises(Refused) as refused:
        consents.add(nurse, patient, given=old)
    assert set(refused.value.fields) == {"given_on"}
    assert state(patient) == "WITHDRAWN_NEW_DATA"
    consents.add(nurse, patient, given=ConsentInput("v1", ["RESEARCH"], old.given_on))
    assert state(patient) == "WITHDRAWN_NEW_DATA"


def test_a_look_into_a_register_is_no_try_without_answer(nurse, patient):
    searched(nurse, patient)
    assert len(follow_up_status.tracing(nurse, patient).attempts) == 4
    assert [row.method for row in patients.attempts(nurse, patient)] == [
        *("LETTER", "FAMILY", "PHONE")
    ]


def test_other_hospitals_and_other_trades_change_nothing(nurse, patient):
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    given = AttemptInput(date(2026, 1, 1), "PHONE", "NO_ANSWER")
    with pytest.raises(NotFound):
        tracing.record_attempt(stranger, patient, given=given)
    with pytest.raises(Denied):
        tracing.declare_lost(officer, patient)
    with pytest.raises(Denied):
        consents.withdraw(officer, Consent.objects.get(patient=patient), withdrawn_on=TODAY)
