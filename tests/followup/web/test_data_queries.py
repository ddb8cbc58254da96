"""Questions about data: a rule asks, a person asks, the answer, the thread, the settling."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import data_queries as actions
from followup.actions import visits
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.core.security.accounts import actor_of
from followup.domain.data_queries import ageing
from followup.models import DataQuery, Visit
from tests import factories
from tests.pages import unbroken

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return factories.make_site()


@pytest.fixture
def nurse(site):
    return factories.make_user(Role.NURSE, site=site)


@pytest.fixture
def lead(site):
    return factories.make_user(Role.SITE_LEAD, site=site)


@pytest.fixture
def patient(nurse, site):
    infused_on = clock.today() - timedelta(days=120)
    return factories.register(actor_of(nurse), site, infused_on=infused_on)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


WHOLE = {
    "disease_status": "REMISSION",
    "new_malignancy": "NO",
    "other_event": "NO",
    "new_therapy": "NO",
}


def asked(visit) -> set[tuple[str, str, str]]:
    rows = DataQuery.objects.filter(visit=visit)
    return {(row.rule, row.field, row.state) for row in rows}


def test_a_rule_asks_once_and_a_correction_settles_it(nurse, patient) -> None:
    actor = actor_of(nurse)
    visit = factories.call(actor, patient, **WHOLE | {"new_malignancy": "UNKNOWN"})
    assert asked(visit) == {("MALIGNANCY_UNKNOWN", "new_malignancy", "OPEN")}
    said = factories.VisitInput(
        contact_on=visit.contact_on,
        informant="PATIENT",
        vital_status="ALIVE",
        **WHOLE | {"new_malignancy": "UNKNOWN", "disease_status": "PROGRESSION"},
    )
    second = visits.correct(actor, visit, given=said, version=1, reason="Chart")
    assert asked(second) == {
        ("MALIGNANCY_UNKNOWN", "new_malignancy", "OPEN"),
        ("PROGRESSION_UNDATED", "progressed_on_text", "OPEN"),
    }
    assert asked(visit) == set()
    right = factories.VisitInput(
        contact_on=visit.contact_on, informant="PATIENT", vital_status="ALIVE", **WHOLE
    )
    third = visits.correct(actor, second, given=right, version=2, reason="Asked again")
    assert {state for _rule, _field, state in asked(third)} == {"CLOSED"}


@pytest.mark.parametrize(
    ("answers", "rules"),
    [
        (WHOLE, set()),
        (WHOLE | {"other_event": ""}, {"NOT_ASKED"}),
        (WHOLE | {"other_event": "", "unanswered_reason": "Hung up"}, set()),
        (WHOLE | {"new_therapy": "YES"}, {"THERAPY_UNNAMED"}),
        (WHOLE | {"new_therapy": "YES", "therapy_note": "来那度胺"}, set()),
    ],
)
def test_what_the_rules_ask(nurse, patient, answers, rules) -> None:
    visit = factories.call(actor_of(nurse), patient, **answers)
    assert {rule for rule, _field, _state in asked(visit)} == rules


def test_a_contact_undone_is_asked_nothing(nurse, patient) -> None:
    actor = actor_of(nurse)
    visit = factories.call(actor, patient)
    assert asked(visit)
    visits.undo(actor, visit)
    assert {state for _rule, _field, state in asked(visit)} == {"CLOSED"}


def test_one_asks_another_answers_and_the_asker_closes(nurse, lead, patient) -> None:
    visit = factories.call(actor_of(nurse), patient, **WHOLE)
    asker, answerer = client_of(lead), client_of(nurse)
    address = reverse("query-ask-contact", args=[visit.id])
    assert asker.post(address, {"field": "disease_status", "text": ""}).status_code == 422
    body = {"field": "disease_status", "text": "Remission after relapse?"}
    assert asker.post(address, body).status_code == 302
    row = DataQuery.objects.get()
    assert answerer.get(address).status_code == 403
    page = answerer.get(reverse("contact", args=[visit.id])).content.decode()
    assert reverse("query", args=[row.id]) in page
    assert (
        "Remission after relapse?" in answerer.get(reverse("query", args=[row.id])).content.decode()
    )
    thread = reverse("query", args=[row.id])
    answerer.post(thread, {"text": "Confirmed in the chart", "version": 1, "then": "answer"})
    row.refresh_from_db()
    assert row.state == "ANSWERED"
    stale = asker.post(thread, {"text": "Fine", "version": 1, "then": "close"})
    assert stale.status_code == 422
    asker.post(thread, {"text": "Which chart?", "version": 2, "then": "reopen"})
    assert answerer.post(thread, {"text": "x", "version": 3, "then": "close"}).status_code == 403
    answerer.post(thread, {"text": "Ward 3", "version": 3, "then": "answer"})
    asker.post(thread, {"text": "Fine", "version": 4, "then": "close"})
    row.refresh_from_db()
    assert row.state == "CLOSED"
    assert [e.kind for e in row.entries.order_by("written_at")] == [
        "ASK",
        "ANSWER",
        "REOPEN",
        "ANSWER",
        "CLOSE",
    ]
    with pytest.raises(Refused):
        actions.answer(actor_of(nurse), row, text="Late", version=row.version)
    with pytest.raises(Conflict):
        actions.answer(actor_of(nurse), row, text="Late", version=1)


def test_answering_goes_on_with_the_next_question(nurse, patient) -> None:
    client = client_of(nurse)
    visit = factories.call(
        actor_of(nurse), patient, **WHOLE | {"other_event": "", "new_therapy": ""}
    )
    first, second = DataQuery.objects.filter(visit=visit).order_by("raised_on", "id")
    answer = client.post(reverse("query", args=[first.id]), {"text": "No", "version": 1})
    assert answer.headers["Location"] == reverse("query", args=[second.id])


def test_lists_are_of_ones_own_hospital_and_a_patient_can_be_asked_about(
    nurse, lead, patient
) -> None:
    visit = factories.call(actor_of(nurse), patient)
    page = client_of(nurse).get(reverse("queries")).content.decode()
    assert patient.study_code in page
    assert (
        patient.study_code
        in client_of(nurse).get(reverse("patient", args=[patient.id])).content.decode()
    )
    client_of(lead).post(
        reverse("query-ask-patient", args=[patient.id]), {"text": "Same person as T1-00003?"}
    )
    assert DataQuery.objects.filter(visit=None, patient=patient).count() == 1
    stranger = client_of(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert patient.study_code not in stranger.get(reverse("queries")).content.decode()
    row = DataQuery.objects.filter(visit=visit).first()
    assert stranger.get(reverse("query", args=[row.id])).status_code == 404
    assert Visit.objects.filter(id=visit.id).exists()


def test_every_open_question_is_in_one_band_of_age() -> None:
    today = clock.today()
    raised = [today - timedelta(days=n) for n in (0, 7, 8, 30, 31, 90, 91, 4000)]
    assert [count for _low, _high, count in ageing(raised, today)] == [2, 2, 2, 2]


def test_the_patient_page_says_what_each_open_question_is_about(site, nurse, lead, patient):
    visit = factories.call(actor_of(nurse), patient)
    actions.ask(actor_of(lead), patient, text="Which day?", visit=visit, field="contact_on")
    actions.ask(actor_of(lead), patient, text="Is this complete?")
    reader = factories.make_user(Role.SITE_LEAD, site=site, language="en")
    page = unbroken(client_of(reader).get(reverse("patient", args=[patient.id])).content.decode())
    part = page[page.index('id="asked-title"') :]
    part = part[: part.index("</section>")]
    assert "the whole record</a>" in part
    assert f"{visit.contact_on}</a>" in part
    assert part.count(f"asked {clock.today()}") == part.count("<li>")
