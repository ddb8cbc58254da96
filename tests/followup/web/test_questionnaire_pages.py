"""A patient answers by a signed link, once; a person takes the answers or sets them aside."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import questionnaires, registrations, retractions
from followup.actions.follow_up_status import consents
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.security import patient_links
from followup.core.security.accounts import actor_of
from followup.domain.questionnaires import RedFlag
from followup.models import (
    AdverseEvent,
    CallBack,
    Consent,
    ConsentWithdrawal,
    Patient,
    PatientReport,
    QuestionnaireLink,
    Site,
    Visit,
)
from tests import factories

pytestmark = pytest.mark.django_db
CALL = "随访办公室 021-64370045"
WELL = {
    "informant": "PATIENT",
    "disease_status": "REMISSION",
    "new_malignancy": "NO",
    "other_event": "NO",
    "new_therapy": "NO",
}


@pytest.fixture
def actor(nurse: User) -> Actor:
    return actor_of(nurse, request_id="test")


@pytest.fixture
def patient(actor: Actor, site: Site) -> Patient:
    return factories.register(actor, site, infused_on=clock.today() - timedelta(days=91))


@pytest.fixture
def link(client: Client, nurse: User, patient: Patient) -> QuestionnaireLink:
    """Made by a nurse on the page; whoever goes on is signed out."""
    client.force_login(nurse)
    new = reverse("questionnaire-new", args=[patient.id])
    assert client.post(new, {"days": "14", "call": ""}).status_code == 422
    made = client.post(new, {"days": "14", "call": CALL})
    row = QuestionnaireLink.objects.get()
    assert made["Location"] == reverse("questionnaire", args=[row.id])
    assert patient_links.address_of(row.id) in client.get(made["Location"]).content.decode()
    client.logout()
    return row


def _address(link: QuestionnaireLink) -> str:
    return reverse("patient-answer", args=[patient_links.token_of(link.id)])


def test_answers_wait_for_review_and_become_a_contact(
    client: Client, nurse: User, link: QuestionnaireLink, patient: Patient
) -> None:
    address = _address(link)
    page = client.get(address)
    # With "no-referrer" a browser sends the form with "Origin: null", which is refused as forged.
    assert page["Referrer-Policy"] == "same-origin"
    text = page.content.decode()
    assert patient.study_code not in text
    assert "<script" not in text
    assert "Who answers?" in client.get(f"{address}?language=en").content.decode()
    assert client.post(address, {"informant": "FAMILY"}).status_code == 422
    done = client.post(address, WELL)
    assert CALL in done.content.decode()
    assert "sessionid" not in client.cookies
    assert not Visit.objects.exists(), "no contact before somebody looked"
    again = client.post(address, WELL)
    assert again.status_code == 410
    assert CALL in again.content.decode()
    report = PatientReport.objects.get()
    assert (report.state, report.red_flags, report.task) == ("WAITING", [], None)
    client.force_login(nurse)
    assert reverse("patient-reports") in client.get(reverse("day")).content.decode()
    assert patient.study_code in client.get(reverse("patient-reports")).content.decode()
    review = reverse("patient-report", args=[report.id])
    assert client.get(review).status_code == 200
    taken = client.post(review, {"version": "1", "then": "take"})
    visit = Visit.objects.get()
    assert taken["Location"] == reverse("contact", args=[visit.id])
    assert (visit.contact_type, visit.vital_status) == ("QUESTIONNAIRE", "ALIVE")
    assert (visit.new_malignancy, visit.recorded_by) == ("NO", nurse)
    assert client.post(review, {"version": "1", "then": "aside"}).status_code == 422


def test_another_language_keeps_what_was_typed_and_sends_nothing(
    client: Client, link: QuestionnaireLink
) -> None:
    typed = {
        "informant": "FAMILY",
        "died_on": "去年冬天",
        "words": "想说的话",
        "language": "zh-hans",
    }
    page = client.post(_address(link), typed | {"to": "en"})
    text = page.content.decode()
    assert (page.status_code, "Who answers?" in text, "error-summary" in text) == (200, True, False)
    assert ("去年冬天" in text, "想说的话" in text) == (True, True)
    assert text.count(" checked") == 1, "what was chosen, and nothing else"
    link.refresh_from_db()
    assert link.answered_at is None


def test_answers_that_wait_are_looked_at_again_by_the_rule_of_today(
    client: Client, link: QuestionnaireLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(questionnaires, "red_flags", lambda _given: (RedFlag.EVENT,))
        said = WELL | {"malignancy_words": "颈部肿块"}
        assert client.post(_address(link), said).status_code == 200
    first = PatientReport.objects.get()
    daily = [questionnaires.flag_again(factories.SYSTEM, today=clock.today()) for _day in "12"]
    report = PatientReport.objects.get()
    assert (daily, report.red_flags) == ([1, 0], ["MALIGNANCY", "EVENT"]), "none is taken away"
    assert (report.task, report.version) == (first.task, first.version + 1)
    fresh = CallBack.objects.exclude(id=first.task.id).get()
    assert (fresh.due_on, str(questionnaires.FLAGS[RedFlag.MALIGNANCY]) in fresh.about) == (
        clock.today(),
        True,
    )


def test_a_red_flag_is_a_task_and_an_event_waits_to_be_reported(
    client: Client, nurse: User, link: QuestionnaireLink, patient: Patient
) -> None:
    said = WELL | {"new_malignancy": "YES", "malignancy_words": "颈部肿块，医院说是淋巴瘤"}
    assert client.post(_address(link), said).status_code == 200
    report, task = PatientReport.objects.get(), CallBack.objects.get()
    assert report.red_flags == ["MALIGNANCY"]
    assert (report.task, task.due_on) == (task, clock.today())
    client.force_login(nurse)
    review = reverse("patient-report", args=[report.id])
    refused = client.post(review, {"version": "1", "then": "take", "review_note": ""})
    assert refused.status_code == 422
    infusion = factories.infusion_of(patient)
    form = f"{reverse('event-report', args=[infusion.id])}?told={report.id}"
    assert form in refused.content.decode()
    page = client.get(form).content.decode()
    assert "颈部肿块" in page
    assert "checked" not in page.split('<form class="form"')[1], "no answer beforehand"
    values = {
        "verbatim": "颈部肿块，医院说是淋巴瘤",
        "aware_on": clock.today().isoformat(),
        "reporter_name": "患者本人",
        "reporter_qualification": "CONSUMER",
        "is_new_malignancy": "YES",
    }
    sent = client.post(form, values)
    assert sent.status_code == 302, sent.content.decode()[:3000]
    report.refresh_from_db()
    assert report.event == AdverseEvent.objects.get()
    event, mine = AdverseEvent.objects.get(), actor_of(nurse, request_id="test")
    event = retractions.withdraw(mine, event, version=event.version, reason="误报")
    assert form in client.get(review).content.decode(), "a withdrawn event is no report"
    assert client.post(review, {"version": "2", "then": "take"}).status_code == 422
    retractions.restore(mine, event, version=event.version, reason="确为事件")
    assert client.post(review, {"version": "2", "then": "take"}).status_code == 302
    assert Visit.objects.get().new_malignancy == "YES"


def test_forged_revoked_and_expired_links(
    client: Client, nurse: User, link: QuestionnaireLink
) -> None:
    token = patient_links.token_of(link.id)
    other = "A" if token[30] != "A" else "B"
    forged = token[:30] + other + token[31:]
    assert patient_links.key_of(forged) is None
    assert patient_links.key_of(token + "=") is None
    unmade = reverse("patient-answer", args=[patient_links.token_of(uuid4())])
    assert client.get(unmade).status_code == 404
    client.force_login(nurse)
    client.post(reverse("questionnaire-revoke", args=[link.id]))
    client.logout()
    ended = client.get(_address(link))
    assert ended.status_code == 410
    assert CALL in ended.content.decode()
    guess = reverse("patient-answer", args=[forged])
    statuses = [client.get(guess).status_code for _ in range(6)]
    assert statuses[0] == 404
    assert statuses[-1] == 429
    assert client.post(_address(link), WELL).status_code == 429
    assert not PatientReport.objects.exists()


def test_an_expired_link_says_whom_to_call_and_a_new_one_ends_the_former(
    client: Client, nurse: User, link: QuestionnaireLink, patient: Patient
) -> None:
    with clock.pinned(clock.now() + timedelta(days=14, seconds=1)):
        late = client.post(_address(link), WELL)
    assert late.status_code == 410
    assert CALL in late.content.decode()
    client.force_login(nurse)
    infusion = factories.infusion_of(patient)
    body: dict[str, Any] = {"infusion": str(infusion.id), "days": 7, "call": CALL}
    links = f"/api/v1/patients/{patient.id}/questionnaires/"
    made = client.post(links, body, "application/json")
    assert made.status_code == 201, made.content
    assert client.get(_address(link)).status_code == 410, "the former is ended"
    assert len(client.get(links).json()) == 2
    client.logout()
    token = made.json()["address"].rstrip("/").rsplit("/", 1)[1]
    client.post(reverse("patient-answer", args=[token]), WELL)
    client.force_login(nurse)
    (row,) = client.get("/api/v1/patient-reports/").json()["items"]
    aside = f"/api/v1/patient-reports/{row['id']}/set-aside/"
    said = {"version": 1, "review_note": "已电话随访"}
    assert client.post(aside, said, "application/json").json()["state"] == "SET_ASIDE"
    assert client.get("/api/v1/patient-reports/").json() == {"items": [], "next": ""}
    assert client.get("/questionnaires/?after=no-key").status_code == 200


def test_a_withdrawn_consent_ends_the_link_and_its_undoing_opens_it(
    client: Client, actor: Actor, link: QuestionnaireLink, patient: Patient
) -> None:
    consents.withdraw(
        actor, Consent.objects.get(patient=patient), withdrawn_on=clock.today(), reason="不再随访"
    )
    shut = client.get(_address(link))
    assert (shut.status_code, CALL in shut.content.decode()) == (410, True)
    assert client.post(_address(link), WELL).status_code == 410
    assert not PatientReport.objects.exists()
    consents.undo_withdrawal(actor, ConsentWithdrawal.objects.get(), reason="误录")
    assert client.get(_address(link)).status_code == 200


def test_a_registration_that_no_longer_stands_is_asked_nothing(
    client: Client, actor: Actor, site: Site, link: QuestionnaireLink, patient: Patient
) -> None:
    asked = registrations.ask_void(actor, patient, reason="未回输")
    lead = factories.make_actor(Role.SITE_LEAD, site=site)
    registrations.decide(lead, asked, confirm=True)
    assert client.post(_address(link), WELL).status_code == 410
    assert not PatientReport.objects.exists()


def test_answers_wait_again_when_the_contact_made_of_them_is_undone(
    client: Client, nurse: User, link: QuestionnaireLink
) -> None:
    client.post(_address(link), WELL)
    client.force_login(nurse)
    review = reverse("patient-report", args=[PatientReport.objects.get().id])
    client.post(review, {"version": "1", "then": "take"})
    undo = reverse("visit-undo", args=[Visit.objects.get().id])
    assert client.post(undo).status_code == 302
    report = PatientReport.objects.get()
    assert (report.state, report.visit, report.reviewed_by) == ("WAITING", None, None)
    assert review in client.get(reverse("patient-reports")).content.decode()
    assert client.post(review, {"version": "3", "then": "take"}).status_code == 302
    assert Visit.objects.filter(undone_at__isnull=True).count() == 1
