"""Contacts on pages and over the API: recorded, read, corrected; closed patients are not called."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import visits
from followup.actions.follow_up_status import consents, tracing
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.domain.dates import PartialDate
from followup.models import Consent, PlannedVisit, Visit
from pv.models import Case
from tests import factories
from tests.pages import unbroken

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture
def client(nurse):
    client = Client()
    client.force_login(nurse)
    return client


@pytest.fixture
def patient(nurse, site):
    """In the window of M3, which asks for a visit on site."""
    return factories.register(actor_of(nurse), site)


def planned_of(patient, code):
    return PlannedVisit.objects.get(patient=patient, code=code)


ANSWERS = {
    "contact_on": TODAY.isoformat(),
    "contact_type": "PHONE",
    "informant": "PATIENT",
    "vital_status": "ALIVE",
    "disease_status": "REMISSION",
    "new_malignancy": "NO",
    "other_event": "NO",
    "new_therapy": "NO",
}
TICKS = {f"assessed_{code}": "DONE" for code in ("L", "V", "C")}


def call(client, planned, follow=True, **more):
    path = reverse("visit-call", args=[planned.id])
    return client.post(path, ANSWERS | more, follow=follow)


def told(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def test_nothing_clinical_is_answered_beforehand_and_the_focus_is_on_question_one(client, patient):
    page = client.get(reverse("visit-call", args=[planned_of(patient, "M3").id])).content.decode()
    assert " checked" not in page
    assert page.count("autofocus") == 1
    first = page.partition("autofocus")[0].rpartition("<input")[2]
    assert 'name="informant"' in first


def test_the_call_page_says_whose_number_it_is_and_dials_it(client, patient):
    page = client.get(reverse("visit-call", args=[planned_of(patient, "M3").id])).content.decode()
    assert 'href="tel:139' in page
    assert "Patient" in page.partition('href="tel:')[2].partition("</li>")[0]


def test_a_call_keeps_a_visit_on_site_open_and_the_page_says_why(client, patient):
    planned = planned_of(patient, "M3")
    answer = call(client, planned)
    assert "stays open" in told(answer)
    assert "treating site" in told(answer)
    assert planned_of(patient, "M3").state == "PLANNED"
    assert "partly done" in client.get("/worklist/").content.decode()
    again = client.get(reverse("visit-call", args=[planned.id])).content.decode()
    assert "Recorded for this visit" in again


def test_a_visit_on_site_with_its_content_is_done_and_opens_as_its_record(client, patient):
    planned = planned_of(patient, "M3")
    call(client, planned, contact_type="ON_SITE", **TICKS)
    assert planned_of(patient, "M3").state == "DONE_IN_WINDOW"
    opened = client.get(reverse("visit-call", args=[planned.id]))
    record = Visit.objects.get(planned=planned)
    assert opened["Location"] == reverse("contact", args=[record.id])


def test_a_window_not_open_yet_is_said_and_nothing_is_closed_silently(client, patient, nurse):
    planned = planned_of(patient, "M6")
    page = client.get(reverse("visit-call", args=[planned.id])).content.decode()
    assert planned.window_start.isoformat() in page
    assert "opens on" in page
    answer = call(client, planned, contact_type="ON_SITE", **TICKS)
    assert "unscheduled contact" in told(answer)
    assert planned_of(patient, "M6").state == "PLANNED"
    call(client, planned, contact_type="ON_SITE", stands_for="VISIT", **TICKS)
    assert planned_of(patient, "M6").state == "DONE_OUT_OF_WINDOW"


def test_the_worklist_shows_from_when_a_window_opens(client, nurse, site):
    factories.register(actor_of(nurse), site, infused_on=TODAY - timedelta(days=130))
    planned = PlannedVisit.objects.filter(code="M6", site=site).get()
    assert planned.window_start > TODAY
    page = unbroken(client.get("/worklist/").content.decode())
    line = page.partition(f"/visits/{planned.id}/call/")[0].rpartition("<tr>")[2]
    assert f"window opens {planned.window_start.isoformat()}" in line


def test_the_patient_page_never_offers_a_visit_whose_window_is_closed_to_come(client, patient):
    call(client, planned_of(patient, "M3"), contact_type="ON_SITE", **TICKS)
    page = client.get(f"/patients/{patient.id}/").content.decode()
    m6 = planned_of(patient, "M6")
    assert f"/visits/{m6.id}/call/" not in page
    infusion = factories.infusion_of(patient)
    assert reverse("contact-record", args=[infusion.id]) in page


def test_an_unscheduled_contact_at_any_time(client, patient):
    infusion = factories.infusion_of(patient)
    path = reverse("contact-record", args=[infusion.id])
    assert client.get(path).status_code == 200
    answer = client.post(path, ANSWERS | {"new_therapy": "YES", "therapy_note": "来那度胺 10mg"})
    assert answer.status_code == 302
    visit = Visit.objects.get(patient=patient)
    assert visit.planned_id is None
    page = client.get(reverse("contact", args=[visit.id])).content.decode()
    assert "来那度胺 10mg" in page


def test_a_contact_is_read_and_corrected_with_a_reason(client, patient):
    planned = planned_of(patient, "M3")
    call(client, planned, note="邻居代答")
    visit = Visit.objects.get(patient=patient)
    page = client.get(reverse("contact", args=[visit.id])).content.decode()
    assert "邻居代答" in page
    path = reverse("contact-correct", args=[visit.id])
    form = client.get(path).content.decode()
    assert "邻居代答" in form
    sent = ANSWERS | {"note": "家属代答", "version": "1"}
    assert client.post(path, sent).status_code == 422
    answer = client.post(path, sent | {"reason": "听错"}, follow=True)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "家属代答" in text
    assert "听错" in text
    assert "邻居代答" in text, "the version before stays readable"


def test_two_corrections_at_once_are_a_choice_and_nothing_is_lost(client, patient, nurse):
    call(client, planned_of(patient, "M3"))
    visit = Visit.objects.get(patient=patient)
    path = reverse("contact-correct", args=[visit.id])
    sent = ANSWERS | {"version": "1", "reason": "a"}
    assert client.post(path, sent | {"note": "mine"}).status_code == 302
    clash = client.post(path, sent | {"note": "theirs"})
    assert clash.status_code == 409
    text = clash.content.decode()
    assert "mine" in text
    assert "theirs" in text
    chosen = {"version": "2", "unresolved": "note", "unresolved-note": "mine", "note": "theirs"}
    assert client.post(path, sent | chosen).status_code == 302
    assert Visit.objects.get(patient=patient, version=3).note == "theirs"


def test_a_colleague_was_faster_and_what_was_typed_stays(client, patient, nurse, site):
    planned = planned_of(patient, "M3")
    call(client, planned, contact_type="ON_SITE", **TICKS)
    second = call(client, planned, follow=False, note="复发 2026-10", contact_type="ON_SITE")
    assert second.status_code == 422
    text = second.content.decode()
    assert "复发 2026-10" in text
    assert reverse("contact", args=[Visit.objects.get(patient=patient).id]) in text
    kept = call(client, planned, note="复发 2026-10", stands_for="UNSCHEDULED")
    assert kept.status_code == 200
    assert Visit.objects.get(note="复发 2026-10").planned_id is None


@pytest.mark.parametrize("state", ["WITHDRAWN", "TRANSFERRED", "DEAD"])
def test_nobody_is_called_who_is_not_to_be_called(client, nurse, patient, state):
    actor, planned = actor_of(nurse), planned_of(patient, "M3")

    def telephones(page: str) -> str:
        """The words of the panel: three digits stand in many an address."""
        return re.sub(r"<[^>]*>", " ", page.partition("phones-title")[2].partition("</section>")[0])

    number = "139"
    assert number in telephones(client.get(f"/patients/{patient.id}/").content.decode())
    if state == "WITHDRAWN":
        consents.withdraw(actor, Consent.objects.get(patient=patient), withdrawn_on=TODAY)
    elif state == "TRANSFERRED":
        tracing.transfer(actor, patient, on=TODAY, reason="elsewhere")
    else:
        given = VisitInput(
            *(TODAY, "FAMILY", "DEAD"), died_on=PartialDate.of(TODAY), death_cause="脑出血"
        )
        visits.record(actor, factories.infusion_of(patient), given=given)
    page = client.get(f"/patients/{patient.id}/").content.decode()
    assert number not in telephones(page)
    assert f"/visits/{planned.id}/call/" not in page
    if state == "DEAD":
        assert "脑出血" in page
        assert TODAY.isoformat() in page.partition("page-lede")[2].partition("</p>")[0]
    for path in (reverse("visit-call", args=[planned.id]) + "?anyway=1",):
        text = client.get(path).content.decode()
        assert 'href="tel:' not in text
    if state != "DEAD":
        shut = client.get(reverse("visit-call", args=[planned.id])).content.decode()
        assert "nobody is to call" in shut
        assert 'name="informant"' not in shut


def test_a_death_is_told_and_shown(client, patient):
    planned = planned_of(patient, "M3")
    sent = {"informant": "FAMILY", "vital_status": "DEAD", "died_on": "D+90", "disease_status": ""}
    answer = call(client, planned, **sent, death_cause="感染", death_related="UNKNOWN")
    assert "Safety has been informed" in told(answer)
    assert Case.objects.filter(patient=patient).exists()
    assert "lead to the death" in answer.content.decode()
    visit = Visit.objects.get(patient=patient)
    day = factories.infusion_of(patient).infused_on + timedelta(days=90)
    assert visit.died_on_text == day.isoformat()


def test_the_page_of_the_dead_says_the_death_once(client, patient, nurse):
    died = TODAY - timedelta(days=1)
    factories.call(
        actor_of(nurse),
        patient,
        informant="FAMILY",
        vital_status="DEAD",
        died_on=PartialDate.of(died),
        death_cause="脑出血",
    )
    page = client.get(f"/patients/{patient.id}/").content.decode()
    top = page.partition('id="story-title"')[0].partition("<main")[2]
    assert top.count("脑出血") == 1
    assert top.count(died.isoformat()) == 1
    assert "A contact before the death may still be recorded." in top
    assert len(re.findall(r"\b[Dd]ead\b", re.sub(r"<[^>]*>", " ", top))) == 1


def test_died_in_remission_is_asked_and_then_taken(client, patient):
    planned = planned_of(patient, "M3")
    sent = {"informant": "FAMILY", "vital_status": "DEAD", "died_on": TODAY.isoformat()}
    asked = call(client, planned, follow=False, **sent)
    assert asked.status_code == 422
    assert 'name="confirmed"' in asked.content.decode()
    assert not Visit.objects.filter(patient=patient).exists()
    answer = call(client, planned, follow=False, **sent, confirmed="died_in_remission")
    assert answer.status_code == 302


def test_put_off_beyond_the_window_is_said(client, patient):
    planned = planned_of(patient, "M3")
    days = (planned.due - TODAY).days + 5
    path = reverse("visit-not-reached", args=[planned.id])
    answer = client.post(path, {"days": str(days)}, follow=True)
    assert f"The window ends on {planned.due.isoformat()}" in told(answer)


def test_the_api_records_reads_and_corrects(client, patient):
    infusion = factories.infusion_of(patient)
    kind = "application/json"
    made = client.post(f"/api/v1/infusions/{infusion.id}/visits/", ANSWERS, kind)
    assert (made.status_code, made.json()["planned_visit"]) == (201, None)
    visit = made.json()["id"]
    body = ANSWERS | {"version": 1, "reason": "typing error", "note": "corrected"}
    done = client.post(f"/api/v1/visits/{visit}/correction/", body, kind)
    assert (done.status_code, done.json()["version"]) == (201, 2)
    stale = client.post(f"/api/v1/visits/{visit}/correction/", body, kind)
    assert stale.status_code == 409
    assert client.get(f"/api/v1/visits/{visit}/").json()["note"] == "corrected"
    dead = {"informant": "FAMILY", "vital_status": "DEAD", "died_on": TODAY.isoformat()}
    path = f"/api/v1/infusions/{infusion.id}/visits/"
    asked = client.post(path, ANSWERS | dead, kind)
    assert (asked.status_code, asked.json()["code"]) == (422, "confirm")
    keys = [question["confirm"] for question in asked.json()["questions"]]
    assert client.post(path, ANSWERS | dead | {"confirmed": keys}, kind).status_code == 201


def test_strangers_find_no_contact(client, patient):
    call(client, planned_of(patient, "M3"))
    visit = Visit.objects.get(patient=patient)
    stranger = Client()
    stranger.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    for name in ("contact", "contact-correct"):
        assert stranger.get(reverse(name, args=[visit.id])).status_code == 404
    assert stranger.get(f"/api/v1/visits/{visit.id}/").status_code == 404
