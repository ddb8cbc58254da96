"""Undo restores what stood before: what was undone leaves no trace in any state that follows.

Each test draws steps, some of which are undone at once, and does the same steps twice: with the
undone ones and without them. Both must end in the same states.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from followup.actions import samples, visits
from followup.actions.follow_up_status import death, tracing
from followup.actions.follow_up_status.tracing import AttemptInput
from followup.actions.samples import chain
from followup.core import clock
from followup.core.audit import acting
from followup.core.permissions import Role
from followup.domain.dates import PartialDate
from followup.domain.samples import Moment
from followup.models import Indication, Patient, PlannedVisit, Sample
from pv.actions import cases, commitments, icsr, workups
from pv.actions.commitments import CommitmentInput, MilestoneInput
from pv.domain.e2b.checks import Profile
from pv.models import Case, Commitment, Milestone, Submission, WorkUp
from tests import factories

pytestmark = pytest.mark.django_db
few = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
undone = st.booleans()


@contextmanager
def tried() -> Iterator[None]:
    """One run of several on the same rows: everything it wrote is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def both(run: Callable[[Any], Any], steps: list[tuple[Any, bool]]) -> None:
    """The run with every step, and with those alone that were not undone."""
    with tried():
        whole = run(steps)
    with tried():
        rest = run([(step, False) for step, gone in steps if not gone])
    assert whole == rest


# --- a patient's follow-up and its planned visits


@pytest.fixture
def patient():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    infused_on = clock.today() - timedelta(days=400)
    return nurse, factories.register_in_time(nurse, site, infused_on=infused_on)


def status(patient: Patient) -> Any:
    row = Patient.objects.get(id=patient.id)
    planned = PlannedVisit.objects.filter(patient=patient).order_by("window_start", "code")
    columns = ("code", "state", "done_on", "missing", "snoozed_to", "unanswered", "state_before")
    return (
        (row.follow_up_state, row.state_since, row.vital_status, row.last_contact_on),
        list(planned.values_list(*columns)),
    )


@few
@given(
    transfers=st.booleans(),
    steps=st.lists(
        st.tuples(st.sampled_from(["call", "planned", "unknown", "not_reached"]), undone),
        min_size=1,
        max_size=5,
    ),
)
def test_contacts_and_attempts(patient, transfers, steps) -> None:
    nurse, row = patient
    open_ids = list(
        PlannedVisit.objects.filter(patient=row, window_start__lte=clock.today())
        .order_by("window_start")
        .values_list("id", flat=True)
    )

    def run(doing: list[tuple[str, bool]]) -> Any:
        if transfers:
            on = clock.today() - timedelta(days=30)
            tracing.transfer(nurse, row, on=on, reason="other hospital")
        for what, gone in doing:
            state = Patient.objects.get(id=row.id).follow_up_state
            planned = (
                PlannedVisit.objects.filter(id__in=open_ids, state__in=("PLANNED", "MISSED"))
                .order_by("-window_start")
                .first()
            )
            if what == "not_reached":
                if planned is None or state not in ("ACTIVE", "LOST_PROVISIONAL", "LOST"):
                    continue
                tomorrow = clock.today() + timedelta(days=1)
                attempt = visits.not_reached(nurse, planned, next_try_on=tomorrow)
                if gone:
                    visits.undo_not_reached(nurse, attempt)
                continue
            unknown = {"vital_status": "UNKNOWN", "informant": "RELATIVE"}
            answers = unknown if what == "unknown" else {}
            if what == "planned":
                answers = {"planned": planned, "counts_outside": True}
            visit = factories.call(nurse, row, **answers)
            if gone:
                visits.undo(nurse, visit)
        return status(row)

    both(run, steps)


def test_a_transferred_patient_stays_transferred_when_a_wrong_contact_is_undone(patient) -> None:
    nurse, row = patient
    on = clock.today() - timedelta(days=100)
    tracing.transfer(nurse, row, on=on, reason="other hospital")
    before = status(row)
    visits.undo(nurse, factories.call(nurse, row))
    assert status(row) == before
    assert before[0][:2] == ("TRANSFERRED", on)


def test_an_attempt_undone_does_not_keep_the_patient_provisionally_lost(patient) -> None:
    nurse, row = patient
    before = status(row)
    given = AttemptInput(clock.today(), "PHONE", "NO_ANSWER")
    attempt = tracing.record_attempt(nurse, row, given=given)
    assert status(row)[0][0] == "LOST_PROVISIONAL"
    visits.undo_not_reached(nurse, attempt)
    assert status(row) == before


# --- custody, and the work-up that follows it


@pytest.fixture
def malignancy():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    event = factories.malignancy(nurse, patient)
    work_up = WorkUp.objects.get(event=event)
    for step in ("TRIAGE", "REQUEST_SAMPLES"):
        work_up = workups.advance(officer, work_up, event=step)
    return nurse, event, work_up


ROAD = ("COLLECT", "SHIP", "RECEIVE", "START_TEST")
MORE = {
    "COLLECT": {"place": "ward"},
    "SHIP": {
        "place": "laboratory",
        "carrier": "SF 1",
        "condition": "cool_2_8",
        "abroad": False,
    },
    "RECEIVE": {"place": "laboratory"},
    "START_TEST": {"place": "laboratory"},
}


def moved(nurse, sample: Sample) -> None:
    """The next step on the way to the laboratory; none when the sample is being tested."""
    taken = [row.step for row in chain.in_force(sample.custody.all())]
    following = next((step for step in ROAD if step not in taken), None)
    if following:
        happened = Moment(clock.today())
        samples.record_step(nurse, sample, step=following, happened_at=happened, **MORE[following])


def back(nurse, sample: Sample) -> None:
    last = chain.in_force(sample.custody.all())[-1]
    if last.step != "PLAN":
        samples.take_back(nurse, last, reason="wrong tube")


@few
@given(steps=st.lists(st.tuples(st.sampled_from(["B1", "T1"]), undone), min_size=1, max_size=8))
def test_custody_and_work_up(malignancy, steps) -> None:
    nurse, event, work_up = malignancy

    def run(doing: list[tuple[str, bool]]) -> Any:
        for code, gone in doing:
            sample = Sample.objects.get(event=event, code=code)
            before = sample.custody.count()
            moved(nurse, sample)
            if gone and sample.custody.count() > before:
                back(nurse, sample)
        states = Sample.objects.filter(event=event).order_by("code", "number")
        row = WorkUp.objects.get(id=work_up.id)
        return list(states.values_list("code", "state")), row.state, row.level, row.attribution

    both(run, steps)


def test_the_last_arrival_undone_takes_the_work_up_back(malignancy) -> None:
    nurse, event, work_up = malignancy
    sample = Sample.objects.get(event=event, code="B1")
    for _step in ROAD[:3]:
        moved(nurse, sample)
    assert WorkUp.objects.get(id=work_up.id).state == "SAMPLES_PARTIAL"
    back(nurse, sample)
    row = WorkUp.objects.get(id=work_up.id)
    assert row.state == "SAMPLES_REQUESTED"
    assert [step.event for step in row.steps.order_by("recorded_at", "id")] == [
        "TRIAGE",
        "REQUEST_SAMPLES",
        "SAMPLE_ARRIVED",
        "SAMPLES_CORRECTED",
    ]


def test_a_tested_sample_that_is_destroyed_was_still_tested(malignancy) -> None:
    nurse, event, work_up = malignancy
    sample = Sample.objects.get(event=event, code="B1")
    for _step in ROAD:
        moved(nurse, sample)
    more = {"place": "laboratory", "reason": "OTHER", "note": "used up"}
    happened = Moment(clock.today())
    samples.record_step(nurse, sample, step="DESTROY", happened_at=happened, **more)
    assert WorkUp.objects.get(id=work_up.id).state == "TESTING"


# --- commitments


@pytest.fixture
def commitment():
    keeper = factories.make_actor(Role.REGULATORY)
    indication = Indication.objects.get(code="EQUE_CEL_MM")
    given = CommitmentInput(kind="CONFIRMATORY_TRIAL", title="Study", document="S1")
    row = commitments.begin(keeper, indication, given=given)
    return keeper, row


@few
@given(
    steps=st.lists(
        st.tuples(st.tuples(st.sampled_from(["P25", "LPI"]), st.integers(1, 2000)), undone),
        min_size=1,
        max_size=5,
    )
)
def test_milestones_and_the_state_that_follows(commitment, steps) -> None:
    keeper, row = commitment

    def run(doing: list[tuple[tuple[str, int], bool]]) -> Any:
        for (code, days), gone in doing:
            item = Milestone.objects.get(commitment=row, code=code, period=0)
            forecast = clock.today() + timedelta(days=days)
            if item.forecast == forecast:
                continue
            values = MilestoneInput(item.actual, forecast, f"{days}")
            lock = Commitment.objects.get(id=row.id).lock_version
            entry = commitments.update_milestone(
                keeper, item, given=values, lock_version=lock, reason="slow"
            )
            if gone:
                commitments.undo_milestone(keeper, entry)
        items = Milestone.objects.filter(commitment=row).order_by("order", "period")
        days = list(items.values_list("code", "actual", "forecast", "evidence"))
        return Commitment.objects.get(id=row.id).state, days

    both(run, steps)


# --- sendings


@pytest.fixture
def submission():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    aware_on = clock.today() - timedelta(days=5)
    event = factories.malignancy(nurse, factories.register(nurse, site), aware_on=aware_on)
    case = Case.objects.get(sources__event=event)
    case = cases.accept(officer, case, lock_version=case.lock_version)
    coded = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}
    case = cases.edit(officer, case, changes=coded, lock_version=case.lock_version)
    return officer, factories.release(officer, case, profile=Profile.NMPA)


@few
@given(closes=st.booleans(), steps=st.lists(st.tuples(st.integers(0, 4), undone), max_size=3))
def test_a_sending_and_the_clocks_and_stage_it_met(submission, closes, steps) -> None:
    officer, file = submission

    def run(doing: list[tuple[int, bool]]) -> Any:
        for days, gone in doing:
            row = Submission.objects.get(id=file.id)
            if row.state == "sent":
                continue
            on = clock.today() - timedelta(days=days)
            icsr.mark_sent(officer, row, on=on, proof="portal")
            case = Case.objects.get(id=file.case_id)
            if closes and gone and not case.clocks.filter(met_on=None, stopped_at=None).exists():
                cases.advance(officer, case, to="closed", lock_version=case.lock_version)
            if gone:
                icsr.take_back(officer, row, reason="wrong file")
        case = Case.objects.get(id=file.case_id)
        row = Submission.objects.get(id=file.id)
        clocks = case.clocks.filter(stopped_at=None).order_by("rule", "due")
        return (
            (row.state, row.sent_on, row.proof),
            (case.stage, case.next_due),
            list(clocks.values_list("rule", "due", "met_on")),
        )

    both(run, steps)


def test_a_death_retracted_brings_back_what_the_death_cancelled_and_no_more(patient) -> None:
    """A visit that a corrected day zero left without a day stays cancelled."""
    nurse, row = patient
    coming = PlannedVisit.objects.filter(patient=row, window_start__gt=clock.today())
    gone = coming.order_by("window_start")[0]
    with acting(factories.SYSTEM, "test.state"):
        PlannedVisit.objects.filter(id=gone.id).update(state="CANCELLED", state_before="CANCELLED")
    planned = coming.filter(state="PLANNED").count()
    factories.call(
        nurse, row, vital_status="DEAD", died_on=PartialDate.of(clock.today()), informant="RELATIVE"
    )
    assert coming.filter(state="CANCELLED").count() == coming.count()
    death.retract(nurse, row, vital_status="ALIVE", reason="another patient")
    assert coming.filter(state="PLANNED").count() == planned
    assert PlannedVisit.objects.get(id=gone.id).state == "CANCELLED"
