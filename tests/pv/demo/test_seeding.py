"""The demo in the database: through the actions and by COPY, audited alike, never in production."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction
from django.test import RequestFactory

from followup.core import clock
from followup.core.models import Change, Notice
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.domain import schedules as planning
from followup.models import (
    AdverseEvent,
    ContactAttempt,
    CustodyEvent,
    Identity,
    Indication,
    Infusion,
    KitStep,
    LaboratoryFile,
    Patient,
    PlannedVisit,
    PracticePatient,
    Sample,
    Schedule,
    Visit,
)
from followup.queries import identity, source_error_rates, source_verifications, worklist
from pv.demo import reporting, seeding, source_documents, visit_states
from pv.demo.dispositions import dispositions
from pv.demo.lives import HORIZON, lives
from pv.demo.stories import stories
from pv.demo.world import LOGINS
from pv.models import Case, Commitment, LiteratureHit, LiteratureSource, Submission
from tests import factories

pytestmark = pytest.mark.django_db
SYSTEM = factories.SYSTEM


def states(infusion):
    rows = PlannedVisit.objects.filter(schedule__infusion=infusion)
    return {row.code: (row.state, row.done_on) for row in rows}


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    """One world for the whole module, taken back at its end."""
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        transaction.atomic(),
    ):
        patch.setattr(seeding, "TOLD", 6)
        # As production asks for it: `EVERWATCH_SECOND_FACTOR=policy ./run demo` must seed too.
        patch.setattr(settings, "EVERWATCH_SECOND_FACTOR", "policy")
        yield seeding.seed(SYSTEM, count=20, seed=3)
        transaction.set_rollback(True)


def test_a_small_world_of_both_paths(seeded):
    assert seeded.patients == Patient.objects.filter(practice_row=None).count() == 20
    assert Patient.objects.count() == Identity.objects.count() == 21  # and one of practice
    assert 6 <= seeded.told < 20
    assert Schedule.objects.count() == Infusion.objects.count() == 22  # one was treated twice
    # Every row of both paths is in the trail, planned visits as one batch a schedule.
    trail = Counter(Change.objects.filter(operation="INSERT").values_list("table_name", flat=True))
    for model in (Patient, Identity, Infusion, Schedule, Visit, ContactAttempt, AdverseEvent):
        assert trail[model._meta.db_table] == model.objects.count()
    batches = Change.objects.filter(table_name="followup_plannedvisit", operation="BATCH")
    assert set(batches.values_list("row_id", flat=True)) >= {
        str(key) for key in Schedule.objects.values_list("id", flat=True)
    }
    assert set(Change.objects.filter(action="demo.write").values_list("actor_name", flat=True)) == {
        "system:test"
    }


def test_both_paths_leave_the_same_end_state(seeded):
    world = seeding.world_of(SYSTEM, 3)
    compared = 0
    told_apart = len([*stories(world), *dispositions(world)])
    for life in lives(world, 20 - told_apart):
        infusion = Infusion.objects.get(chain_of_identity=life.infusion.chain_of_identity)
        if life.died_on:
            continue
        day_zero = life.infusion.infused_on
        planned = planning.plan(day_zero, world.protocol, max(day_zero, world.today) + HORIZON)
        expected = {
            line.visit.code: (line.state, line.done_on)
            for line in visit_states.lines(life, planned, world.today)
        }
        assert states(infusion) == expected
        assert infusion.patient.last_contact_on == life.last_contact_on
        compared += 1
    assert compared >= 6


def test_the_two_stories_stand_at_different_steps(seeded):
    today = clock.today()
    cases = Case.objects.filter(work_up__isnull=False, product__code__in=("AXI_CEL", "EQUE_CEL"))
    fresh = cases.get(received_on=today - timedelta(days=3))
    assert (fresh.stage, fresh.work_up.state, fresh.work_up.level) == (
        "drafted",
        "REPORTED",
        "SUSPECTED",
    )
    assert fresh.next_due == today + timedelta(days=12)
    older = cases.get(received_on=today - timedelta(days=62))
    assert older.submissions.get().state == "sent"
    assert (older.work_up.state, older.work_up.level) == ("TESTING", "PROBABLE")
    # The result is new information with a clock of its own.
    assert older.next_due == today + timedelta(days=7)
    taken = dict(Sample.objects.filter(patient=older.patient).values_list("code", "state"))
    assert taken["T1"] == "RESULTED"
    assert {taken["T2"], taken["B1"], taken["G1"], taken["P1"]} == {"RECEIVED"}
    assert taken["P3"] == "UNOBTAINABLE"


def test_the_nurses_hospital_shows_every_way_a_follow_up_takes(seeded):
    here = Patient.objects.filter(site__code="SH01")
    found = set(here.values_list("follow_up_state", flat=True))
    assert {"ACTIVE", "WITHDRAWN_NEW_DATA", "TRANSFERRED", "LOST", "DEAD"} <= found
    dead = here.filter(vital_status="DEAD", died_on_text__regex=r"^\d{4}-\d\d-\d\d$")
    assert dead.exclude(death_cause="").exists()
    given = Counter(Infusion.objects.filter(site__code="SH01").values_list("patient", flat=True))
    twice = next(patient for patient, count in given.items() if count == 2)
    second = Schedule.objects.filter(patient=twice).latest("day_zero")
    assert second.day_zero == clock.today() - timedelta(days=20)
    assert PlannedVisit.objects.filter(schedule=second, state="DONE_IN_WINDOW").exists()
    assert CustodyEvent.objects.filter(sample__patient=twice, condition="excursion").exists()


def test_safety_worked_off_every_death_that_was_told(seeded):
    deaths = AdverseEvent.objects.filter(kind="DEATH")
    assert deaths.exists()
    for event in deaths:
        case = Case.objects.get(sources__event=event, sources__kind="event")
        assert case.submissions.filter(sent_on__isnull=False).exists(), case.number
    late = Case.objects.filter(fatal=True, next_due__lt=clock.today())
    late = late.exclude(stage__in=("closed", "nullified"))
    open_duties = late.filter(clocks__met_on=None).values_list(
        "number", "stage", "clocks__rule", "clocks__due"
    )
    assert list(open_duties) == []


def test_the_authority_rejected_one_report_and_loaded_the_corrected_one(seeded):
    rejected = Submission.objects.get(state="rejected")
    later = rejected.case.submissions.get(version__number=rejected.version.number + 1)
    assert later.state in ("accepted", "accepted_with_warnings")
    assert later.sent_on is not None
    told = rejected.transmission_events.get(kind="acknowledged")
    assert "H.4" in f"{told.text} {told.details}"
    assert LaboratoryFile.objects.exists(), "a laboratory sends"


def test_commitments_are_early_at_risk_and_overdue(seeded):
    rows = Commitment.objects.select_related("indication")
    states = {row.indication.code: row.state for row in rows}
    today = clock.today()
    for row in rows:
        assert (row.state == "OVERDUE") is (row.legal_end < today)
    assert states["EQUE_CEL_MM"] in ("AT_RISK", "OVERDUE")
    assert "ACTIVE" in states.values()
    assert (
        len(states)
        == Indication.objects.filter(product__is_car_t=True, status="conditional").count()
    )


def test_bells_ring_and_name_no_patient(seeded):
    notices = Notice.objects.filter(channel="in_app", state="sent")
    assert notices.exists()
    names = [life.person.name for life in lives(seeding.world_of(SYSTEM, 3), 18)]
    labels = " ".join(Notice.objects.values_list("label", flat=True))
    assert not [name for name in names if name in labels]


def test_people_sign_in_and_see_their_hospital(seeded):
    request = RequestFactory().post("/")
    login = next(login for login in LOGINS if login.username == "nurse")
    user = authenticate(request, username=login.username, password=login.password)
    assert user is not None
    nurse = actor_of(user)
    page = worklist.page(nurse, today=clock.today())
    assert page.items
    assert all(item.study_code.startswith("SH01-") for item in page.items)
    assert all("*" in item.person.name for item in page.items)
    site = Patient.objects.filter(site__code="SH01").first()
    assert identity.reveal(nurse, site, purpose="test").name


def test_a_second_seeding_is_refused_and_if_empty_is_quiet(seeded, capsys):
    with pytest.raises(Refused):
        seeding.seed(SYSTEM, count=1, seed=1)
    call_command("seed_demo", "--if-empty")
    assert "nothing was made" in capsys.readouterr().out
    assert Patient.objects.count() == 21


@pytest.mark.figure("F31")
def test_the_error_rates_are_those_that_were_planted(seeded, measured):
    lines = source_error_rates.lines(SYSTEM, source_verifications.rules())
    sites = [line for line in lines if line.site is not None]
    assert len(sites) > 2
    planted = [source_documents.planted(line.site.code, line.every.fields) for line in sites]
    same = sum(line.every.errors == errors for line, errors in zip(sites, planted, strict=True))
    fields = sum(line.every.fields for line in sites)
    measured("F31", f"{same} of {len(sites)} centres as planted, {fields:,} fields compared")
    assert same == len(sites)
    for line in sites:
        rate = line.every
        assert rate.fields > 20
        assert rate.percent <= 100 / 20 + 100 / rate.fields
    assert sum(line.every.unchecked for line in sites) == lines[-1].every.unchecked > 0


def test_a_practice_patient_has_a_call_due_and_a_serious_event_without_a_case(seeded):
    row = PracticePatient.objects.get().patient
    assert row.study_code == "SH01-PRACTICE-00001"
    assert PlannedVisit.objects.filter(patient=row, code="M3", state="PLANNED").exists()
    event = AdverseEvent.objects.get(patient=row)
    assert event.serious
    assert not Case.objects.filter(patient_id=row.id).exists()


def test_one_source_of_literature_is_searched_each_week_and_one_is_late(seeded):
    weekly, late = LiteratureSource.objects.order_by("kind")
    assert [search.start for search in weekly.searches.order_by("end")][1:] == [
        search.end + timedelta(days=1) for search in weekly.searches.order_by("end")
    ][:-1]
    assert weekly.next_due >= clock.today() > late.next_due
    assert LiteratureHit.objects.get(decision="").citation.startswith("个案报告")
    assert LiteratureHit.objects.get(decision="not_case").reason


def test_a_report_begins_on_the_last_period_that_is_over():
    with clock.pinned(datetime(2026, 10, 17, 11, tzinfo=clock.SHANGHAI)):
        assert reporting.last_end(clock.today()) == date(2025, 10, 17)
    with clock.pinned(datetime(2026, 10, 18, 11, tzinfo=clock.SHANGHAI)):
        assert reporting.last_end(clock.today()) == date(2026, 10, 17)


def test_two_kits_were_forwarded_and_one_has_arrived(seeded):
    steps = KitStep.objects.filter(step="FORWARD").select_related("kit__site")
    kits = [step.kit for step in steps.order_by("kit__number")]
    assert [(kit.site.code, kit.state) for kit in kits] == [("BJ01", "RECEIVED"), ("BJ01", "SENT")]
