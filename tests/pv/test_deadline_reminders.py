"""Report clocks, milestones and legal ends as reminders: to whom, when, in which words."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from followup.actions import notices, reminders
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Notice
from followup.core.permissions import Role
from followup.models import Indication, Patient
from followup.queries import reminders as queries
from pv.actions import commitments
from pv.actions.commitments import CommitmentInput
from pv.models import Case, Commitment, Milestone, ReportClock
from tests import factories

pytestmark = pytest.mark.django_db
SWEEP = Actor.process("sweep")


def sweep(kind: str, today: date):
    return reminders.sweep(SWEEP, kind=kind, today=today)


def change(rows, **values) -> None:
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.change"):
        rows.update(**values)


@pytest.fixture
def running(case):
    return case.clocks.get(rule="CN-S")


def told(row: ReportClock) -> list[tuple[str, str, str]]:
    rows = Notice.objects.filter(obligation=f"clock:{row.id}").exclude(state="superseded")
    return sorted((n.rung, n.channel, n.state) for n in rows)


def test_a_clock_is_told_to_the_safety_officers_of_the_product_only(case, running):
    officer = factories.make_user(Role.SAFETY_OFFICER, product=case.product)
    factories.make_user(Role.SAFETY_OFFICER, product=factories.product("EQUE_CEL"))
    for role in (Role.STUDY_MANAGER, Role.REGULATORY, Role.MEDICAL_REVIEWER, Role.AUDITOR):
        factories.make_user(role)
    sweep("clock", running.due - timedelta(days=7))
    rows = Notice.objects.filter(obligation=f"clock:{running.id}")
    assert {(n.recipient_id, n.channel) for n in rows} == {
        (officer.id, "in_app"),
        (officer.id, "email"),
    }


def test_each_rung_of_a_clock_takes_the_place_of_the_one_before(case, running):
    factories.make_user(Role.SAFETY_OFFICER, product=case.product)
    for days, code in ((-7, "due-7"), (-3, "due-3"), (-1, "due-1"), (0, "due"), (1, "due+1")):
        sweep("clock", running.due + timedelta(days=days))
        assert told(running) == [(code, "email", "pending"), (code, "in_app", "sent")]


def test_a_case_that_comes_in_during_the_day_is_told_at_the_next_tick():
    officer = factories.make_user(Role.SAFETY_OFFICER)
    today = clock.today()
    sweep("clock", today)
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    factories.malignancy(nurse, patient, aware_on=today - timedelta(days=10))
    sweep("clock", today)
    made = Notice.objects.filter(recipient=officer, channel="email", state="pending")
    assert [n.rung for n in made] == ["due-7"]


@pytest.mark.parametrize(
    "values",
    [
        {"met_on": date(2026, 11, 22)},
        {"stopped_at": clock.now(), "stop_code": "nullified"},
    ],
    ids=["met", "stopped"],
)
def test_a_clock_that_was_met_or_stopped_is_silent(case, running, values):
    factories.make_user(Role.SAFETY_OFFICER, product=case.product)
    sweep("clock", running.due - timedelta(days=3))
    change(ReportClock.objects.filter(id=running.id), **values)
    sweep("clock", running.due)
    assert {state for _rung, _channel, state in told(running)} == {"dropped", "pending"}
    assert notices.claim(SWEEP, today=running.due, limit=99) == []
    assert {state for _rung, _channel, state in told(running)} == {"dropped"}


def test_the_death_of_the_patient_does_not_silence_a_legal_clock(case, running):
    factories.make_user(Role.SAFETY_OFFICER, product=case.product)
    change(Patient.objects.filter(id=case.patient_id), vital_status="DEAD", follow_up_state="DEAD")
    sweep("clock", running.due)
    assert told(running) == [("due", "email", "pending"), ("due", "in_app", "sent")]


def test_a_closed_or_nullified_case_is_silent(case, running):
    factories.make_user(Role.SAFETY_OFFICER, product=case.product)
    for stage, nullified_on in (("closed", None), ("nullified", clock.today())):
        change(Case.objects.filter(id=case.id), stage=stage, nullified_on=nullified_on)
        sweep("clock", running.due)
        assert told(running) == []


def test_the_sentence_names_the_number_the_weight_and_the_days_and_nothing_else(case, running):
    change(Case.objects.filter(id=case.id), serious=True, fatal=False)
    factories.make_user(Role.SAFETY_OFFICER, product=case.product)
    today = running.due - timedelta(days=3)
    sweep("clock", today)
    letter = notices.claim(SWEEP, today=today, limit=1)[0]
    with translation.override("en"):
        text = queries.sentence(letter.facts, today)
        assert text == f"{case.number} serious, due {running.due:%m-%d}, 3 days left"
    with translation.override("zh-hans"):
        assert queries.sentence(letter.facts, today) == (
            f"{case.number} 严重，时限 {running.due:%m-%d}，剩 3 天"
        )
    assert case.title not in text


def test_the_notice_of_a_clock_leads_to_its_case(case, running, client):
    officer = factories.make_user(Role.SAFETY_OFFICER, product=case.product)
    sweep("clock", running.due)
    notice = Notice.objects.get(recipient=officer, channel="in_app", rung="due")
    client.force_login(officer)
    answer = client.get(reverse("notice", args=[notice.id]))
    assert answer["Location"] == reverse("case", args=[case.id])


@pytest.fixture
def commitment() -> Commitment:
    keeper = factories.make_actor(Role.REGULATORY)
    given = CommitmentInput(kind="CONFIRMATORY_TRIAL", title="III 期确证性试验", document="S2023")
    indication = Indication.objects.get(code="EQUE_CEL_MM")
    return commitments.begin(keeper, indication, given=given)


def test_milestones_and_the_legal_end_are_told_to_the_holder_of_the_product(commitment, client):
    end = Commitment.objects.get(id=commitment.id).legal_end
    manager = factories.make_user(Role.STUDY_MANAGER, product=commitment.product)
    stranger = factories.make_user(Role.STUDY_MANAGER, product=factories.product("AXI_CEL"))
    officer = factories.make_user(Role.SAFETY_OFFICER, product=commitment.product)
    sweep("legal_end", end - timedelta(days=90))
    sweep("milestone", end)
    rows = Notice.objects.filter(recipient=manager)
    assert rows.filter(obligation=f"legal_end:{commitment.id}", rung="due-90").count() == 2
    assert rows.filter(obligation__startswith="milestone:").exists()
    assert not Notice.objects.filter(recipient__in=[stranger, officer]).exists()
    client.force_login(manager)
    notice = rows.get(rung="due-90", channel="in_app", obligation=f"legal_end:{commitment.id}")
    page = client.get(reverse("notice", args=[notice.id]), follow=True)
    assert page.redirect_chain[0][0] == reverse("commitment", args=[commitment.id])


def test_a_milestone_that_was_reached_or_a_commitment_that_ended_is_silent(commitment):
    manager = factories.make_user(Role.STUDY_MANAGER, product=commitment.product)
    row = Milestone.objects.filter(commitment=commitment, due__isnull=False).first()
    sweep("milestone", row.due)
    made = manager.notices.filter(obligation=f"milestone:{row.id}", channel="in_app")
    assert made.exclude(state="superseded").get().state == "sent"
    change(Milestone.objects.filter(id=row.id), actual=row.due)
    sweep("milestone", row.due)
    assert made.exclude(state="superseded").get().state == "dropped"
    change(Commitment.objects.filter(id=commitment.id), state="FULFILLED")
    end = Commitment.objects.get(id=commitment.id).legal_end
    sweep("legal_end", end)
    assert not Notice.objects.filter(obligation=f"legal_end:{commitment.id}").exists()


def test_milestones_are_named_in_the_language_of_the_reader(commitment):
    facts = queries.NoticeFacts(
        "milestone", "1", "1", 1, date(2026, 1, 1), date(2026, 12, 6), "Fucaso", "FPI"
    )
    with translation.override("zh-hans"):
        chinese = queries.title(facts)
    with translation.override("en"):
        english = queries.title(facts)
    assert chinese != english
    assert chinese.startswith("Fucaso")
    assert "FPI" not in english
