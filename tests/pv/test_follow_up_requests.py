"""Follow-up requests: asked, attempted, answered; a clock only when a person says so."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import data_queries
from followup.actions.reminders import sweep
from followup.core import clock
from followup.core.models import Notice
from followup.core.permissions import Role
from followup.core.problems import Conflict, NotFound, Refused
from followup.core.security.accounts import actor_of
from followup.models import DataQuery
from followup.queries import data_queries as hospital_queries
from pv.actions import follow_up_requests as actions
from pv.actions import icsr
from pv.actions.cases import editing, versions
from pv.domain.e2b.checks import Profile
from pv.models import Case, FollowUpRequest
from pv.queries import follow_up_requests as requests
from pv.queries import inbox
from tests import factories
from tests.pv.actions.test_sendings import CODED

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def reported(officer, case) -> Case:
    """The case with its first report sent."""
    case = editing.accept(officer, case, lock_version=case.lock_version)
    case = editing.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    icsr.mark_sent(officer, factories.release(officer, case, profile=Profile.NMPA), on=TODAY)
    return Case.objects.get(id=case.id)


def asked(officer, case, **more) -> FollowUpRequest:
    values = {"elements": ["E.i[1].7", "D.9.1"], "text": "病理报告出来了吗？"} | more
    return actions.ask_hospital(officer, case, **values)


def answered(row, text="已出：外周 T 细胞淋巴瘤") -> FollowUpRequest:
    query = DataQuery.objects.get(request=row)
    nurse = factories.make_actor(Role.NURSE, site=row.case.site)
    data_queries.answer(nurse, query, text=text, version=query.version)
    row.refresh_from_db()
    return row


def letter(officer, case) -> FollowUpRequest:
    written = actions.LetterInput("OUTCOME", "en", "Dr Moss\n1 Fern Lane", "Outcome", "How is it?")
    return actions.write_letter(officer, case, letter=written)


def open_clocks(case) -> set:
    rows = case.clocks.filter(stopped_at__isnull=True, met_on__isnull=True)
    return set(rows.values_list("rule", "day_zero"))


def test_an_answer_lands_on_the_case_and_starts_its_clock_only_when_a_person_says_so(
    officer, case
) -> None:
    case = reported(officer, case)
    before = open_clocks(case)
    row = asked(officer, case)
    assert (row.state, row.due_on) == ("open", TODAY + timedelta(days=14))
    assert open_clocks(case) == before
    row = answered(row)
    entry = row.entries.order_by("-written_at").first()
    assert (row.state, row.answered_on, row.bearing) == ("answered", TODAY, "")
    assert (entry.kind, entry.text[:3]) == ("ANSWER", "已出：")
    assert entry.written_by.display_name
    assert (row.source.kind, row.source.starts_clock) == ("answer", False)
    assert open_clocks(case) == before
    with pytest.raises(Refused):
        actions.close(officer, row, closure="ANSWERED", version=row.version)
    with pytest.raises(Refused) as refused:
        actions.assess(officer, row, bearing="nothing_new", version=row.version)
    assert list(refused.value.fields) == ["text"]
    row = actions.assess(officer, row, bearing="new", version=row.version)
    assert ("CN-FU", TODAY) in open_clocks(case) - before
    # Said otherwise: the clock it started stops, readable, with the reason.
    row = actions.assess(
        officer, row, bearing="nothing_new", text="Known before", version=row.version
    )
    assert open_clocks(case) == before
    assert case.clocks.filter(rule="CN-FU", stop_reason="Known before").exists()
    row = actions.assess(officer, row, bearing="new", version=row.version)
    row = actions.close(officer, row, closure="ANSWERED", version=row.version)
    assert row.state == "closed"
    assert DataQuery.objects.get(request=row).state == "CLOSED"


def test_a_follow_up_version_for_the_answer_owes_one_clock_of_that_day(officer, case) -> None:
    case = reported(officer, case)
    row = answered(asked(officer, case))
    actions.assess(officer, row, bearing="new", version=row.version)
    case.refresh_from_db()
    versions.new_version(
        officer, case, kind="follow_up", information_on=TODAY, lock_version=case.lock_version
    )
    rows = case.clocks.filter(rule="CN-FU", day_zero=TODAY, stopped_at__isnull=True)
    assert rows.count() == 1


def test_the_hospital_sees_its_own_in_its_language_and_cannot_close_it(officer, case) -> None:
    row = asked(officer, case)
    query = row.query
    mine = factories.make_user(Role.SITE_LEAD, site=case.site, language="zh-hans")
    client = Client()
    client.force_login(mine)
    page = client.get(reverse("query", args=[query.id])).content.decode()
    assert "病理报告出来了吗" in page
    for path in row.elements:
        assert requests.names(path)["zh"] in page
    assert 'value="close"' not in page
    assert client.get(reverse("queries")).status_code == 200
    assert (
        reverse("query", args=[query.id])
        in client.get(reverse("event", args=[query.event_id])).content.decode()
    )
    with pytest.raises(Refused):
        data_queries.close(actor_of(mine), query, text="x", version=query.version)
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    with pytest.raises(NotFound):
        hospital_queries.one(stranger, query.id)
    with pytest.raises(NotFound):
        data_queries.answer(stranger, query, text="x", version=query.version)
    other = factories.make_actor(Role.SAFETY_OFFICER, product=factories.product("CILTA_CEL"))
    with pytest.raises(NotFound):
        requests.one(other, row.id)


def test_what_the_hospital_answers_after_a_call_reaches_the_case_as_well(officer, case) -> None:
    case = reported(officer, case)
    row = asked(officer, case)
    called = {"on": TODAY, "text": "by telephone: biopsy taken"}
    row = actions.record_answer(officer, row, version=row.version, **called)
    row = actions.assess(officer, row, bearing="nothing_new", text="known", version=row.version)
    first = row.source
    row = answered(row, "T-cell lymphoma confirmed")
    assert (row.state, row.bearing) == ("answered", "")
    assert row.source != first
    assert [e.text for e in row.entries.filter(kind="ANSWER")][-1] == "T-cell lymphoma confirmed"
    before = open_clocks(case)
    row = actions.assess(officer, row, bearing="new", version=row.version)
    assert len(open_clocks(case)) == len(before) + 1


def test_two_answers_that_wait_are_assessed_together_from_the_first_day(officer, case) -> None:
    row = asked(officer, reported(officer, case))
    row = actions.record_answer(officer, row, on=TODAY, text="biopsy taken", version=row.version)
    first = row.source
    row = answered(row)
    assert (row.source, row.bearing, row.entries.filter(kind="ANSWER").count()) == (first, "", 2)
    with pytest.raises(Refused):
        actions.record_answer(officer, row, on=TODAY, text="again", version=row.version)


def test_a_question_is_withdrawn_and_asked_again(officer, case) -> None:
    row = asked(officer, case)
    with pytest.raises(Refused):
        actions.withdraw(officer, row, reason=" ", version=row.version)
    row = actions.withdraw(officer, row, reason="Asked twice", version=row.version)
    query = DataQuery.objects.get(request=row)
    assert (row.state, query.state) == ("withdrawn", "CLOSED")
    with pytest.raises(Conflict):
        actions.ask_again(officer, row, text="After all", version=1)
    row = actions.ask_again(officer, row, text="After all", version=row.version)
    query.refresh_from_db()
    assert (row.state, query.state, query.due_on) == ("open", "OPEN", row.due_on)
    answered(row)
    assert [line.entry.kind for line in requests.thread(officer, row)] == [
        "ASK",
        "WITHDRAW",
        "ASK_AGAIN",
        "ANSWER",
    ]


def test_what_cannot_be_asked_is_refused_with_its_place(officer, case) -> None:
    for wrong, name in (
        ({"elements": [], "text": " "}, "text"),
        ({"elements": ["X.9"]}, "elements"),
        ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
    ):
        with pytest.raises(Refused) as refused:
            asked(officer, case, **wrong)
        assert list(refused.value.fields) == [name]
    with pytest.raises(Refused) as refused:
        actions.write_letter(officer, case, letter=actions.LetterInput("NONE", "fr", "", "", ""))
    assert set(refused.value.fields) >= {"template", "language", "recipient", "subject", "text"}


def test_attempts_move_the_due_day_escalate_and_are_undone(officer, case) -> None:
    row = letter(officer, case)
    values = {"on": TODAY, "channel": "POST", "outcome": "SENT"}
    with pytest.raises(Refused) as refused:
        actions.attempt(officer, row, **values | {"channel": "DOVE"}, version=row.version)
    assert list(refused.value.fields) == ["channel"]
    for n in range(3):
        row = actions.attempt(officer, row, **values, version=row.version)
        assert (row.escalated_on is None) == (n < 2)
    last = row.entries.filter(kind="ATTEMPT").order_by("-written_at").first()
    row = actions.undo_attempt(officer, row, entry=last, reason="twice", version=row.version)
    assert row.escalated_on is None
    with pytest.raises(Refused):
        actions.undo_attempt(officer, row, entry=last, reason="twice", version=row.version)
    with pytest.raises(Refused) as refused:
        actions.close(officer, row, closure="ANSWERED", version=row.version)
    assert list(refused.value.fields) == ["closure"]
    row = actions.close(officer, row, closure="NO_FURTHER_INFORMATION", version=row.version)
    assert (row.state, row.closure) == ("closed", "NO_FURTHER_INFORMATION")
    # Asked again the same day, the attempts count anew.
    row = actions.ask_again(officer, row, text="once more", version=row.version)
    row = actions.attempt(officer, row, **values, version=row.version)
    assert row.escalated_on is None


def test_the_notice_of_an_escalation_ends_with_the_attempt_that_is_undone(officer, case) -> None:
    factories.make_user(Role.MEDICAL_REVIEWER)
    sweeping = {"kind": "follow_up_escalation", "today": TODAY}
    row = letter(officer, case)
    sweep(factories.SYSTEM, **sweeping)
    for _n in range(3):
        row = actions.attempt(
            officer, row, on=TODAY, channel="POST", outcome="SENT", version=row.version
        )
    sweep(factories.SYSTEM, **sweeping)
    notices = Notice.objects.filter(obligation=f"follow_up_escalation:{row.id}", channel="in_app")
    assert {notice.state for notice in notices} == {"sent"}
    last = row.entries.filter(kind="ATTEMPT").order_by("-written_at").first()
    actions.undo_attempt(officer, row, entry=last, reason="twice", version=row.version)
    sweep(factories.SYSTEM, **sweeping)
    assert {notice.state for notice in notices.all()} == {"dropped"}


def test_answers_and_late_questions_wait_in_the_inbox(officer, case) -> None:
    late, said = letter(officer, case), answered(asked(officer, case))
    today = TODAY + timedelta(days=15)
    page = inbox.page(officer, today=today)
    found = {(item.kind, item.request) for item in page.items if item.request}
    assert found == {("answer", said.id), ("question", late.id)}
    assert requests.counts(officer, case, today) == requests.RequestCounts(1, 1, 1)
    assert inbox.page(officer, today=TODAY, filters=inbox.Filters(kind="question")).items == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_ask_write_print_and_close(case, language) -> None:
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language=language))
    place = reverse("case-requests", args=[case.id])
    assert client.get(place).status_code == 200
    assert client.post(place, {"text": ""}).status_code == 422
    made = client.post(place, {"text": "转归？", "elements": []})
    assert made.status_code == 302
    page = client.get(made["location"])
    assert (page.status_code, "转归？" in page.content.decode()) == (200, True)
    drafted = client.get(
        reverse("case-letter", args=[case.id]), {"template": "OUTCOME", "language": language[:2]}
    )
    assert drafted.status_code == 200
    assert case.number in drafted.content.decode()
    assert client.get(reverse("case-letter", args=[case.id])).status_code == 404
    sent = {"template": "OUTCOME", "language": language[:2], "recipient": "Dr Moss"}
    sent |= {"subject": "Outcome", "text": "How is it?\n\nPlease answer."}
    written = client.post(reverse("case-letter", args=[case.id]), sent)
    row = FollowUpRequest.objects.get(way="letter")
    assert written["location"] == reverse("follow-up-request", args=[row.id])
    for kind, head in (("pdf", b"%PDF-"), ("docx", b"PK")):
        file = client.get(reverse("follow-up-letter", args=[row.id, kind]))
        assert file.content.startswith(head)
    assert client.get(reverse("follow-up-letter", args=[row.id, "exe"])).status_code == 404
    thread = reverse("follow-up-request", args=[row.id])
    attempt = {"then": "attempt", "attempt-version": "1", "attempt-on": str(TODAY)}
    assert client.post(thread, attempt).status_code == 422
    attempt |= {"attempt-channel": "POST", "attempt-outcome": "SENT"}
    assert client.post(thread, attempt).status_code == 302
    assert client.post(thread, attempt).status_code == 422  # somebody saved since
    answer = {"then": "answer", "answer-version": "2", "answer-on": str(TODAY), "answer-text": "A"}
    assert client.post(thread, answer).status_code == 302
    assess = {"then": "assess", "assess-version": "3"}
    assert client.post(thread, assess).status_code == 422
    assert client.post(thread, assess | {"assess-bearing": "new"}).status_code == 302
    assert client.get(reverse("follow-up-requests") + "?box=waiting").status_code == 200
    assert client.get(reverse("case", args=[case.id])).status_code == 200
    with translation.override(language):
        assert row.case_id == Case.objects.get().id


def test_a_letter_names_what_is_asked_for_and_the_day_it_is_awaited(case) -> None:
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    place = reverse("case-letter", args=[case.id])
    form = client.get(place, {"template": "MISSING_INFORMATION", "language": "en"}).context["form"]
    missing = [name for _place, name in form.fields["elements"].choices]
    assert missing
    assert all(name in form.initial["text"] for name in missing)
    day = TODAY + timedelta(days=40)
    sent = {**form.initial, "recipient": "Dr Moss", "due_on": str(day)}
    answer = client.post(place, sent)
    assert (answer.status_code, "awaited until" in answer.content.decode()) == (422, True)
    anew = client.post(place, sent | {"elements": [], "then": "draft"})
    text = anew.context["form"].initial["text"]
    assert (anew.status_code, str(day) in text, missing[0] in text) == (200, True, False)
    assert client.post(place, sent | {"text": text}).status_code == 302
    thread = reverse("follow-up-request", args=[FollowUpRequest.objects.get().id])
    attempt = {"then": "withdraw", "withdraw-version": "99", "withdraw-reason": "x"}
    stale = client.post(thread, attempt)
    assert (stale.status_code, "Look again." in stale.content.decode()) == (422, True)


def test_a_letter_names_the_event_as_it_was_told_never_by_a_bare_code(officer, case) -> None:
    case = editing.accept(officer, case, lock_version=case.lock_version)
    coded = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}
    case = editing.edit(officer, case, changes=coded, lock_version=case.lock_version)
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    asked = {"template": "SECOND_MALIGNANCY", "language": "zh"}
    page = client.get(reverse("case-letter", args=[case.id]), asked)
    text = page.context["form"].initial["text"]
    assert case.sources.get(kind="event").event.verbatim in text
    assert "10042971" not in text


def test_the_api_asks_and_assesses_as_the_pages_do(case) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    place = f"/api/v1/cases/{case.id}/follow-up-requests/"
    send = {"content_type": "application/json"}
    assert client.post(place, {"text": "", "why": "x"}, **send).status_code == 400
    made = client.post(place, {"elements": ["E.i[1].7"]}, **send).json()
    assert (made["state"], made["way"]) == ("open", "hospital")
    at = f"/api/v1/follow-up-requests/{made['id']}/"
    answer = {"on": str(TODAY), "text": "Recovered", "version": 1}
    assert client.post(at + "answer/", answer, **send).json()["state"] == "answered"
    assert client.post(at + "answer/", answer, **send).status_code == 409
    wrong = client.post(at + "assessment/", {"bearing": "nothing_new", "version": 2}, **send)
    assert wrong.status_code == 422
    right = client.post(at + "assessment/", {"bearing": "new", "version": 2}, **send).json()
    assert client.get(place).json() == [right]


def test_the_api_writes_letters_and_undoes_attempts_as_the_pages_do(case) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    at = f"/api/v1/cases/{case.id}/follow-up-requests/letters/"
    template = next(iter(requests.codes("templates")))
    draft = client.get(at, {"template": template, "language": "en"}).json()
    assert case.number in draft["subject"] + draft["text"]
    assert client.get(at, {"template": "none", "language": "en"}).status_code == 404
    body = {**draft, "template": template, "language": "en", "recipient": "Dr Li", "elements": []}
    refused = client.post(at, {**body, "text": " "}, content_type="application/json")
    assert refused.status_code == 400
    made = client.post(at, body, content_type="application/json")
    assert made.status_code == 201, made.content
    row = made.json()
    one = f"/api/v1/follow-up-requests/{row['id']}/"
    assert client.get(f"{one}letter.pdf").content.startswith(b"%PDF")
    assert client.get(f"{one}letter.txt").status_code == 404
    attempt = {"on": clock.today().isoformat(), "version": row["version"], "text": ""}
    attempt["channel"] = next(iter(requests.codes("channels")))
    attempt["outcome"] = next(iter(requests.codes("outcomes")))
    noted = client.post(f"{one}attempts/", attempt, content_type="application/json").json()
    [_asked, entry] = client.get(f"{one}thread/").json()
    assert (entry["kind"], entry["undone"]) == ("ATTEMPT", None)
    undo = f"{one}entries/{entry['id']}/undo/"
    stale = {"reason": "twice", "version": row["version"]}
    assert client.post(undo, stale, content_type="application/json").status_code == 409
    gone = {"reason": "twice", "version": noted["version"]}
    after = client.post(undo, gone, content_type="application/json")
    assert after.json()["due_on"] == row["due_on"]
    lines = {line["kind"]: line for line in client.get(f"{one}thread/").json()}
    assert lines["ATTEMPT"]["undone"] == lines["UNDO"]["id"]
    again = {"reason": "twice", "version": after.json()["version"]}
    assert client.post(undo, again, content_type="application/json").status_code == 422
