"""The doors of the legal clock: awareness, sending, taking back, nullification, page and API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.models import AdverseEvent
from pv.actions import cases
from pv.domain.e2b.checks import Profile
from pv.models import Case, Submission
from pv.web.case_clocks import DoneForm
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()
CODED = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@pytest.fixture
def event(site) -> AdverseEvent:
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    aware_on = TODAY - timedelta(days=9)
    return factories.malignancy(nurse, patient, aware_on=aware_on, causality="POSSIBLE")


@pytest.fixture
def case(event) -> Case:
    return Case.objects.get(sources__event=event)


def signed_in(role: Role, **grant: Any) -> Client:
    client = Client()
    client.force_login(
        factories.make_user(role, **grant), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.fixture
def officer() -> Client:
    return signed_in(Role.SAFETY_OFFICER)


@pytest.fixture
def file(case) -> Submission:
    actor = factories.make_actor(Role.SAFETY_OFFICER)
    row = cases.accept(actor, case, lock_version=case.lock_version)
    row = cases.edit(actor, row, changes=CODED, lock_version=row.lock_version)
    return factories.release(actor, row, profile=Profile.NMPA)


def open_rules(case: Case) -> dict[str, int]:
    rows = case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True)
    return {row.rule: (TODAY - row.day_zero).days for row in rows}


def test_a_death_written_into_the_case_asks_when_it_was_learned_of(officer, case):
    address = reverse("case-section", args=[case.id, "event"])
    sent = {"v:E.i[1].3.2a": "true", "learned_on": "", "lock_version": str(case.lock_version)}
    asked = officer.post(address, sent)
    page = asked.content.decode()
    assert asked.status_code == 422
    assert "On which day did you learn of it?" in page
    assert 'href="#id_learned_on"' in page
    assert '<option value="true" selected>' in page, "what was typed is kept"
    assert open_rules(case) == {"CN-S": 9}
    assert officer.post(address, sent | {"learned_on": ago(4)}).status_code == 302
    assert open_rules(case) == {"CN-S": 9, "CN-D": 4, "CN-D:investigation": 4}
    case.refresh_from_db()
    page = officer.get(reverse("cases")).content.decode()
    assert 'title="Fatal"' in page


def test_a_day_that_is_none_is_refused_at_its_box(officer, case):
    address = reverse("case-section", args=[case.id, "event"])
    sent = {"v:E.i[1].3.2a": "true", "lock_version": str(case.lock_version)}
    for typed in ("soon", ago(-2), ago(30)):
        assert officer.post(address, sent | {"learned_on": typed}).status_code == 422
    assert open_rules(case) == {"CN-S": 9}


def test_what_is_not_more_urgent_asks_for_no_day(officer, case):
    address = reverse("case-section", args=[case.id, "event"])
    sent = {"v:E.i[1].4": ago(12), "learned_on": "", "lock_version": str(case.lock_version)}
    assert officer.post(address, sent).status_code == 302


def test_a_file_is_noted_for_another_day_with_a_proof_and_taken_back(officer, case, file):
    address = reverse("submission-sent", args=[file.id])
    assert officer.get(address).status_code == 200
    asked = officer.post(address, {"on": ago(3), "proof": ""})
    assert asked.status_code == 422
    assert "Before the file was made" in asked.content.decode()
    assert officer.post(address, {"on": ago(3), "proof": "回执 88"}).status_code == 302
    assert open_rules(case) == {}
    page = officer.get(reverse("case-submit", args=[case.id])).content.decode()
    assert "回执 88" in page
    back = reverse("submission-taken-back", args=[file.id])
    forgotten = officer.post(back, {"reason": ""})
    assert forgotten.status_code == 422
    assert "<form" in forgotten.content.decode(), "back to the form, no dead page"
    assert officer.post(back, {"reason": "没有发出"}).status_code == 302
    assert open_rules(case) == {"CN-S": 9}


def test_one_press_still_means_today(officer, case, file):
    assert officer.post(reverse("submission-sent", args=[file.id])).status_code == 302
    assert case.clocks.get(rule="CN-S").met_on == TODAY


def test_a_second_press_leads_back_with_its_reason(officer, file):
    address = reverse("submission-sent", args=[file.id])
    officer.post(address)
    again = officer.post(address)
    assert again.status_code == 422
    assert "already sent" in again.content.decode()


def test_a_case_is_nullified_or_set_aside_with_a_reason(officer, case):
    address = reverse("case-nullify", args=[case.id])
    assert "Nothing was sent" in officer.get(address).content.decode()
    sent = {"reason": " ", "lock_version": str(case.lock_version)}
    forgotten = officer.post(address, sent)
    assert forgotten.status_code == 422
    assert "<textarea" in forgotten.content.decode()
    assert officer.post(address, sent | {"reason": "重复"}).status_code == 302
    case.refresh_from_db()
    assert case.stage == "nullified"
    page = officer.get(reverse("case", args=[case.id])).content.decode()
    assert 'class="steps"' not in page, "no step of the work is where it stands"
    listed = officer.get(reverse("cases"), {"box": "nullified"}).content.decode()
    assert case.number in listed
    assert case.number not in officer.get(reverse("cases"), {"box": "all"}).content.decode()
    found = officer.get(reverse("cases"), {"box": "all", "q": case.number}).content.decode()
    assert f"/cases/{case.id}/" in found


def test_the_awareness_of_a_source_is_corrected_on_its_page(officer, case):
    source = case.sources.get()
    page = officer.get(reverse("case-source", args=[case.id, source.id])).content.decode()
    address = reverse("case-awareness", args=[case.id, source.id])
    assert address in page
    sent = {"on": ago(5), "reason": "", "lock_version": str(case.lock_version)}
    assert officer.post(address, sent).status_code == 422
    assert officer.post(address, sent | {"reason": "病历"}).status_code == 302
    assert open_rules(case) == {"CN-S": 5}
    page = officer.get(reverse("case", args=[case.id])).content.decode()
    assert ago(9) in page, "the old day stays beside the new one"
    assert "病历" in page


def test_a_duty_is_noted_for_its_day_and_taken_back(officer, case):
    address = reverse("case-section", args=[case.id, "event"])
    sent = {"v:E.i[1].3.2a": "true", "learned_on": ago(4), "lock_version": str(case.lock_version)}
    officer.post(address, sent)
    duty = case.clocks.get(rule="CN-D:investigation")
    done = reverse("case-clock", args=[case.id, duty.id])
    asked = officer.get(done)
    assert asked.context["text"].startswith(
        "Death, domestic: Investigation report on the death (CN-D), due "
    )
    assert "at" not in asked.context["form"].fields
    assert officer.post(done, {"on": ago(6)}).status_code == 422
    assert officer.post(done, {"on": ago(2)}).status_code == 302
    duty.refresh_from_db()
    assert duty.met_on.isoformat() == ago(2)
    undo = reverse("case-clock-open", args=[case.id, duty.id])
    assert officer.post(undo, {"reason": ""}).status_code == 422
    assert officer.post(undo, {"reason": "未定稿"}).status_code == 302
    duty.refresh_from_db()
    assert duty.met_on is None


def test_where_a_limit_is_in_hours_the_time_is_not_optional() -> None:
    form = DoneForm({"on": ago(0), "at": ""}, in_hours=True)
    assert form.fields["at"].required
    assert list(form.errors) == ["at"]


def test_a_follow_up_says_when_its_information_came_and_an_amendment_does_not(officer, case, file):
    officer.post(reverse("submission-sent", args=[file.id]))
    case.refresh_from_db()
    address = reverse("case-new-version", args=[case.id])
    sent = {"kind": "follow_up", "information_on": "", "lock_version": str(case.lock_version)}
    asked = officer.post(address, sent)
    assert asked.status_code == 422
    assert "On which day did the new information come?" in asked.content.decode()
    assert officer.post(address, sent | {"information_on": ago(2)}).status_code == 302
    assert open_rules(case) == {"CN-FU": 2}


def corrected(event: AdverseEvent, **more: Any) -> dict[str, Any]:
    form = {
        "verbatim": event.verbatim,
        "aware_on": event.aware_on.isoformat(),
        "reporter_name": event.reporter_name,
        "is_new_malignancy": "YES",
        "serious": "YES",
        "seriousness": ["OTHER_IMPORTANT"],
        "version": str(event.version),
        "reason": "补充",
    }
    return form | more


def test_the_form_of_correction_asks_when_a_death_was_learned_of(site, event, case):
    nurse = signed_in(Role.NURSE, site=site)
    address = reverse("event-correct", args=[event.id])
    death = {"seriousness": ["DEATH"], "outcome": "FATAL"}
    asked = nurse.post(address, corrected(event, learned_on="", **death))
    assert asked.status_code == 422
    assert "On which day did you learn of it?" in asked.content.decode()
    assert nurse.post(address, corrected(event, learned_on=ago(3), **death)).status_code == 302
    assert open_rules(case) == {"CN-S": 9, "CN-D": 3, "CN-D:investigation": 3}


def test_the_api_corrects_an_event_with_its_day(site, event, case):
    nurse = signed_in(Role.NURSE, site=site)
    body = {
        "verbatim": event.verbatim,
        "aware_on": event.aware_on.isoformat(),
        "reporter_name": event.reporter_name,
        "is_new_malignancy": True,
        "serious": True,
        "seriousness": ["DEATH"],
        "outcome": "FATAL",
        "version": event.version,
        "reason": "补充",
    }
    address = reverse("api-event", args=[event.id])

    def put(**more: Any) -> Any:
        return nurse.put(address, body | more, content_type="application/json")

    asked = put()
    assert (asked.status_code, set(asked.json()["fields"])) == (422, {"learned_on"})
    assert put(learned_on=ago(3)).status_code == 200
    assert open_rules(case) == {"CN-S": 9, "CN-D": 3, "CN-D:investigation": 3}
    assert put(learned_on=ago(3)).status_code == 409


def test_the_api_has_the_same_doors(officer, case, file):
    def post(name: str, *ids: Any, **body: Any) -> Any:
        return officer.post(reverse(name, args=ids), body, content_type="application/json")

    assert post("api-submission-sent", file.id, on=ago(3)).status_code == 422
    noted = post("api-submission-sent", file.id, on=ago(3), proof="回执")
    assert (noted.status_code, noted.json()["sent_on"]) == (200, ago(3))
    assert post("api-submission-back", file.id, reason="没有发出").status_code == 200
    assert post("api-submission-sent", file.id, on=ago(0)).status_code == 200
    case.refresh_from_db()
    opened = post(
        "api-case-versions",
        case.id,
        kind="follow_up",
        information_on=ago(1),
        lock_version=case.lock_version,
    )
    assert (opened.status_code, opened.json()["current_version"]) == (200, 2)
    rows = officer.get(reverse("api-case-sources", args=[case.id])).json()
    follow_up = next(row for row in rows if row["kind"] == "follow_up")
    moved = post(
        "api-case-awareness",
        case.id,
        follow_up["id"],
        on=ago(2),
        reason="邮戳",
        lock_version=opened.json()["lock_version"],
    )
    assert moved.status_code == 200
    assert open_rules(case) == {"CN-FU": 2}
    gone = post(
        "api-case-nullify", case.id, reason="重复", lock_version=moved.json()["lock_version"]
    )
    assert (gone.status_code, gone.json()["stage"]) == (200, "nullified")
    assert open_rules(case) == {}
