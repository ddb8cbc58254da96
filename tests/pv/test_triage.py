"""Triage, "not reportable", assignment and deputies: decided once, undone with a reason."""

import re
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions.reminders import sweep
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Grant, Notice
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from pv.actions import assignments, direct_reports, duplicates, receptions, triage
from pv.domain.cases.direct_reports import DirectReport
from pv.models import Case, DuplicateDecision, ReceivedReport
from pv.queries import assignments as assigned
from pv.queries import cases, inbox
from tests import factories
from tests.pv.actions.test_receptions import report

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-harbour-lantern-81"
Kind = triage.Kind


def again(case: Case) -> Case:
    return Case.objects.get(id=case.id)


def decide(officer, case, kind, reason, note="", other=None):
    case = again(case)
    decision = triage.TriageInput(kind, reason, note, other)
    return triage.decide(officer, case, decision=decision, lock_version=case.lock_version)


def undo(officer, made, reason="Wrong row"):
    case = Case.objects.get(id=made.case_id)
    return triage.undo(officer, made, reason=reason, lock_version=case.lock_version)


def running(case) -> list[tuple]:
    rows = case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True)
    return sorted(rows.values_list("rule", "due"))


@pytest.fixture
def another(site, nurse) -> Case:
    patient = factories.register(nurse, site)
    return Case.objects.get(sources__event=factories.malignancy(nurse, patient))


@pytest.mark.parametrize(
    ("kind", "reason"), [(Kind.ACCEPT, "VALID"), (Kind.NOT_A_CASE, "ENTERED_WRONGLY")]
)
def test_a_decision_takes_the_case_out_of_the_inbox_and_its_undoing_puts_it_back(
    officer, case, kind, reason
):
    owed = running(case)
    today = clock.today()
    assert [item.case.id for item in inbox.page(officer, today=today).items] == [case.id]
    made = decide(officer, case, kind, reason)
    assert inbox.page(officer, today=today).items == []
    assert inbox.waiting(officer, today) == 0
    undo(officer, made)
    assert [item.case.id for item in inbox.page(officer, today=today).items] == [case.id]
    assert again(case).stage == "drafted"
    assert running(case) == owed
    with pytest.raises(Refused):
        undo(officer, made)


def test_undoing_an_acceptance_gives_the_case_back_to_its_owner(officer, case):
    owner = factories.make_actor(Role.SAFETY_OFFICER)
    assignments.assign(officer, case, owner=owner.id)
    made = decide(officer, case, Kind.ACCEPT, "VALID")
    assert again(case).assigned_to_id == officer.id
    undo(officer, made)
    assert again(case).assigned_to_id == owner.id


def test_a_proposal_that_another_decision_overtook_is_not_offered_to_sign(officer, case):
    today = clock.today()
    decide(officer, case, Kind.NOT_REPORTABLE, "NOT_REQUIRED_HERE", "No authority asks")
    assert [item.kind for item in inbox.page(officer, today=today).items] == ["proposal"]
    accepted = decide(officer, case, Kind.ACCEPT, "VALID")
    assert inbox.page(officer, today=today).items == []
    assert inbox.waiting(officer, today) == 0
    undo(officer, accepted)
    assert [item.kind for item in inbox.page(officer, today=today).items] == ["event"]


def test_the_summary_of_a_case_says_what_is_proposed(officer, case, another):
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    summary = reverse("case", args=[case.id])
    assert "proposed not to report" not in client.get(summary).content.decode()
    made = decide(officer, case, Kind.NOT_REPORTABLE, "NOT_REQUIRED_HERE", "Not asked for")
    page = client.get(summary).content.decode()
    assert "proposed not to report" in page
    assert f'<a href="{reverse("case-triage", args=[case.id])}">See the proposal</a>' in page
    undo(officer, made)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.later"):
        DuplicateDecision.objects.create(
            case=another, other=case, outcome="later", bits=1, decided_at=clock.now(), reason="?"
        )
    page = client.get(summary).content.decode()
    assert "proposed not to report" not in page
    assert "Whether 1 case is the same as this one is still to be decided." in page


def test_reasons_belong_to_their_decision_and_some_need_words(officer, case):
    with translation.override("en"):
        for kind, reason, field in (
            (Kind.ACCEPT, "SAME_SOURCE", "reason"),
            (Kind.NOT_A_CASE, "OTHER", "note"),
            (Kind.DUPLICATE, "SAME_SOURCE", "other"),
            ("dream", "VALID", "kind"),
        ):
            with pytest.raises(Refused) as refused:
                decide(officer, case, kind, reason)
            assert field in refused.value.fields
    assert again(case).stage == "drafted"


def test_a_follow_up_is_offered_in_the_other_case_with_its_own_clock(officer, case, another):
    made = decide(officer, another, Kind.FOLLOW_UP, "NEW_FACTS", other=case)
    event = another.sources.get(kind="event").event
    source = again(case).sources.get(event=event)
    assert source.adopted_at is None
    assert source.values
    assert again(another).stage == "nullified"
    assert running(another) == []
    undo(officer, made)
    assert again(another).stage == "drafted"
    assert running(another)
    source.refresh_from_db()
    assert (source.starts_clock, source.values) == (False, {})
    decide(officer, again(another), Kind.FOLLOW_UP, "NEW_FACTS", other=again(case))
    source.refresh_from_db()
    assert source.starts_clock, "decided so again, it counts again"
    assert source.values
    assert another.worldwide_id not in str(source.values)


def test_a_report_that_follows_another_case_brings_it_what_it_says_and_its_clock(officer, case):
    """Not the event of a hospital: nothing of a letter is lost with the case it had made."""
    given = DirectReport(
        way="LETTER",
        aware_on=clock.today() - timedelta(days=3),
        verbatim="第二次发热住院",
        language="chi",
        country="CN",
        qualification="PHYSICIAN",
        serious=True,
        criteria=frozenset({"HOSPITALISATION"}),
        initials="ZS",
    )
    letter = direct_reports.enter(officer, case.product, given=given)
    before = running(again(case))
    with pytest.raises(Refused) as own:
        decide(officer, letter, Kind.FOLLOW_UP, "NEW_FACTS", other=again(letter))
    assert own.value.fields.keys() == {"other"}
    made = decide(officer, letter, Kind.FOLLOW_UP, "NEW_FACTS", other=again(case))
    source = again(case).sources.get(kind="direct_report")
    assert (source.received_on, source.adopted_at) == (given.aware_on, None)
    assert given.verbatim in str(source.values)
    other = again(case).worldwide_id
    assert letter.worldwide_id not in str(source.values), f"the case goes on as {other}"
    sooner = [(rule, due - timedelta(days=3)) for rule, due in before]
    assert running(again(case)) == sooner, "it was learned of three days before the event"
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    shown = client.get(reverse("case-source", args=[case.id, source.id])).content.decode()
    assert given.verbatim in shown
    undo(officer, made)
    source.refresh_from_db()
    assert (source.starts_clock, source.values) == (False, {})
    assert running(again(case)) == before
    made = decide(officer, again(letter), Kind.DUPLICATE, "OTHER_SOURCE", other=again(case))
    source.refresh_from_db()
    assert (source.values, running(again(case))) == ({}, sooner), "a duplicate known before it"
    undo(officer, made)
    assert running(again(case)) == before


def test_a_received_report_nobody_accepted_brings_the_day_it_came(officer, case) -> None:
    """A partner's report lay in the inbox two days before the hospital told of the same event."""
    came = clock.now() - timedelta(days=2)
    before = running(again(case))
    taken = receptions.import_icsr(officer, report(), file_name="partner.xml")
    # What lacks one of the four elements started no clock of anybody.
    nobody = report(name="CN-PARTNER-0002")
    nobody.root.groups.pop("C.2.r")
    less = receptions.import_icsr(officer, nobody, file_name="less.xml")
    with audit.acting(Actor.process("test"), "test.arrive"):
        for row, at in ((taken.received, came), (less.received, came - timedelta(days=9))):
            ReceivedReport.objects.filter(id=row.id).update(received_at=at)
    decide(officer, less.case, Kind.DUPLICATE, "OTHER_SOURCE", other=again(case))
    assert running(again(case)) == before
    made = decide(officer, again(taken.case), Kind.DUPLICATE, "OTHER_SOURCE", other=again(case))
    source = again(case).sources.get(kind="import")
    assert (source.received_on, source.values, source.serious) == (
        came.astimezone(clock.SHANGHAI).date(),
        {},
        True,
    )
    assert running(again(case)) == [(rule, due - timedelta(days=2)) for rule, due in before]
    undo(officer, made)
    assert running(again(case)) == before


def test_not_reportable_holds_once_another_person_signs_and_ends_with_new_facts(officer, case):
    with translation.override("en"):
        made = decide(officer, case, Kind.NOT_REPORTABLE, "NOT_REQUIRED_HERE", "IIT abroad")
    assert running(case), "a proposal stops nothing"
    assert [i.kind for i in inbox.page(officer, today=clock.today()).items] == ["proposal"]
    user = factories.make_user(Role.MEDICAL_REVIEWER, password=PASSWORD)
    client = Client()
    client.force_login(user)
    where = reverse("sign", args=["case", case.pk])
    page = client.get(where).content.decode()
    assert "IIT abroad" in page
    shown = page.split('name="shown" value="')[1][:64]
    sent = {"meaning": "not_reportable", "password": PASSWORD, "shown": shown}
    assert client.post(where, sent).status_code == 302
    made.refresh_from_db()
    assert made.effective_at
    now = again(case)
    assert (now.stage, now.next_due, running(now)) == ("closed", None, [])
    assert set(now.clocks.values_list("stop_code", flat=True)) == {"not_reportable"}
    with translation.override("en"):
        told = client.get(reverse("case", args=[case.pk])).content.decode()
    assert "not reportable, as signed" in told
    event = case.sources.get(kind="event").event
    worse = factories.EventInput(
        verbatim=event.verbatim,
        aware_on=event.aware_on,
        reporter_name=event.reporter_name,
        reporter_qualification=event.reporter_qualification,
        is_new_malignancy=True,
        serious=True,
        seriousness=("LIFE_THREATENING",),
    )
    at_site = factories.make_actor(Role.NURSE, site=event.site)
    factories.events.correct(at_site, event, given=worse, version=event.version, reason="worse")
    assert again(case).stage == "entry"
    assert running(case)


def test_who_proposed_does_not_sign(case):
    both = factories.make_user(Role.SAFETY_OFFICER, password=PASSWORD)
    with audit.acting(factories.SYSTEM, "test.grant"):
        Grant.objects.create(
            user=both,
            role=Role.MEDICAL_REVIEWER,
            all_sites=True,
            all_products=True,
            granted_at=clock.now(),
        )
    actor = actor_of(both)
    decide(actor, case, Kind.NOT_REPORTABLE, "REPORTED_BY_OTHER", "Partner reports")
    client = Client()
    client.force_login(both)
    reader = factories.make_user(Role.MEDICAL_REVIEWER)
    asked = factories.make_user(Role.SAFETY_OFFICER)
    client.force_login(asked)
    page = client.get(reverse("case-triage", args=[case.pk])).content.decode()
    assert reader.display_name in page.split("second person may be")[1].split("</p>")[0]
    client.force_login(both)
    where = reverse("sign", args=["case", case.pk])
    shown = client.get(where).content.decode().split('name="shown" value="')[1][:64]
    sent = {"meaning": "not_reportable", "password": PASSWORD, "shown": shown}
    assert "another person signs" in client.post(where, sent).content.decode()
    assert again(case).next_due is not None


def test_a_deputy_sees_and_bulk_assignment_names_what_it_could_not_give(officer, case, another):
    away, deputy = (factories.make_user(Role.SAFETY_OFFICER) for _ in range(2))
    given = [case.id, another.id, "0190a7a0-0000-7000-8000-000000000000"]
    outcomes = assignments.assign_many(officer, given, owner=away.id, team="processing")
    assert [bool(one.problem) for one in outcomes] == [False, False, True]
    assert again(case).team == "processing"
    nurse_ = factories.make_user(Role.NURSE, site=case.site)
    with pytest.raises(Refused):
        assignments.assign(officer, case, owner=nurse_.id)
    today = clock.today()
    mine = cases.Filters(box="mine")
    stand_in = actor_of(deputy)
    assert cases.page(stand_in, today=today, filters=mine).items == []
    assignments.record_absence(
        actor_of(away), deputy=deputy.id, starts_on=today, ends_on=today + timedelta(days=3)
    )
    found = {item.case.id for item in cases.page(stand_in, today=today, filters=mine).items}
    assert found == {case.id, another.id}
    filters = inbox.Filters(owner="mine", team="processing")
    assert len(inbox.page(stand_in, today=today, filters=filters).items) == 2
    late = today + timedelta(days=4)
    assert assigned.covered(stand_in, late) == set()


def test_who_works_on_one_product_is_among_the_colleagues(officer, case):
    one_product = factories.make_user(Role.SAFETY_OFFICER, product=case.product)
    assert one_product in assigned.colleagues(officer)
    assert one_product in assigned.colleagues(actor_of(one_product))


def test_the_inbox_pages_by_key_without_loss(officer, case, another):
    today = clock.today()
    first = inbox.page(officer, today=today, size=1)
    second = inbox.page(officer, today=today, size=1, key=first.next_key)
    assert {item.case.id for page in (first, second) for item in page.items} == {
        case.id,
        another.id,
    }
    assert second.next_key == ""
    assert inbox.page(officer, today=today, key="nonsense").items


def test_the_doors(case):
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    assert case.number in client.get(reverse("inbox")).content.decode()
    address = reverse("case-triage", args=[case.id])
    page = client.get(address).content.decode()
    assert 'value="" selected' in page.split('name="kind"')[1].split("</select>")[0]
    lock = {"lock_version": str(again(case).lock_version)}
    wrong = client.post(address, {"kind": "accept", "reason": "VALID", "other": "C99-1", **lock})
    assert wrong.status_code == 422
    assert client.post(address, {"kind": "accept", "reason": "VALID", **lock}).status_code == 302
    assert again(case).stage == "entry"
    page = client.get(address).content.decode()
    assert re.findall(
        r'<option value="(\w+)"', page.split('name="kind"')[1].split("</select>")[0]
    ) == ["not_reportable"]
    lock = {"lock_version": str(again(case).lock_version)}
    with translation.override("en"):
        late = client.post(address, {"kind": "not_a_case", "reason": "ENTERED_WRONGLY", **lock})
    assert late.status_code == 422
    assert "This case has already been accepted." in late.content.decode()
    assert client.get(reverse("absences")).status_code == 200
    owner = again(case).assigned_to_id
    assert owner
    give = {"case": str(case.id), "owner": "", "team": ""}
    client.post(reverse("inbox-assign"), give)
    client.post(reverse("inbox-assign"), give | {"team": "intake"})
    assert (again(case).assigned_to_id, again(case).team) == (owner, "intake"), "not chosen: stays"
    client.post(reverse("inbox-assign"), give | {"owner": "nobody"})
    assert (again(case).assigned_to_id, again(case).team) == (None, "intake")
    client.post(reverse("inbox-assign"), give | {"team": "nobody"})
    assert again(case).team == ""
    listed = client.get("/api/v1/inbox/").json()
    assert listed == {"items": [], "next": ""}
    made = client.get(f"/api/v1/cases/{case.id}/triage/").json()[0]
    body = {"reason": "Too early", "lock_version": again(case).lock_version}
    undone = client.post(
        f"/api/v1/cases/{case.id}/triage/{made['id']}/undo/", body, content_type="application/json"
    )
    assert undone.json()["undone_because"] == "Too early"


def test_the_sentences_of_old_clocks_become_codes():
    """The stored sentences of both languages, through the statement of the migration."""
    made = import_module("pv.migrations.0019_triage_absences_and_coded_clock_stops")
    told = {
        "Day zero 2026-11-26 became 2026-11-05. wrong day": ("zero_moved", "wrong day", 2),
        "第 0 天由 2026-11-26 改为 2026-11-05。抄错日期": ("zero_moved", "抄错日期", 2),
        "截止日由 2026-12-11 改为 2026-11-20。": ("due_moved", "", 2),
        "病例事实不再要求该时限。": ("not_owed", "", 0),
        "The case is nullified.": ("nullified", "", 0),
        "重复病例": ("nullified", "重复病例", 0),
    }
    with connection.cursor() as cursor:
        for text, (code, note, days) in told.items():
            said = f"SELECT {made.CODE}, {made.NOTE}, jsonb_array_length({made.DAYS})"
            cursor.execute(f"{said} FROM (SELECT %s::text AS stop_reason) AS clock", [text])
            assert cursor.fetchone() == (code, note, days)


def test_an_escalation_reaches_the_reviewer_once_before_the_clock_breaks(nurse, site):
    factories.make_user(Role.MEDICAL_REVIEWER)
    patient = factories.register(nurse, site)
    factories.malignancy(nurse, patient, aware_on=clock.today() - timedelta(days=13))
    for _ in range(2):
        sweep(Actor.process("sweep"), kind="escalation", today=clock.today())
    rows = Notice.objects.filter(obligation__startswith="escalation:")
    assert [(row.rung, row.channel) for row in rows.exclude(channel="email")] == [
        ("due-2", "in_app")
    ]


def nullified_with(officer, nurse, site, how, language) -> list[str]:
    """The reasons an action leaves in the rows of a case, whichever language it is done in."""
    patient = factories.register(nurse, site)
    first, second = (
        Case.objects.get(sources__event=factories.malignancy(nurse, patient)) for _n in range(2)
    )
    with translation.override(language):
        if how == "look-alike":
            lock = second.lock_version
            duplicates.decide(
                officer, second, first, outcome="same", reason="见附件", lock_version=lock
            )
        else:
            decide(officer, second, *how, other=first if how[0] == Kind.DUPLICATE else None)
    stops = second.clocks.filter(stopped_at__isnull=False).values_list("stop_reason", flat=True)
    assert stops
    return sorted({text.replace(first.worldwide_id, "OTHER") for text in stops})


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("look-alike", "与 OTHER 重复 / Duplicate of OTHER: 见附件"),
        ((Kind.DUPLICATE, "SAME_SOURCE"), "与 OTHER 重复 / Duplicate of OTHER"),
        (
            (Kind.NOT_A_CASE, "NO_REACTION"),
            "未报告不良反应 / No adverse reaction was reported",
        ),
    ],
)
def test_what_is_stored_does_not_depend_on_the_language_of_who_decides(
    officer, nurse, site, how, words
):
    assert nullified_with(officer, nurse, site, how, "en") == [words]
    assert nullified_with(officer, nurse, site, how, "zh-hans") == [words]
