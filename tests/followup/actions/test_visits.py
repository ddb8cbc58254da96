"""Contacts through the real actions: what closes a visit, what is a try, what undoing leaves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from followup.actions import visits
from followup.actions.follow_up_status import consents, death, tracing
from followup.actions.follow_up_status.tracing import AttemptInput
from followup.actions.patients import ConsentInput
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.core.permissions import Perm, Role
from followup.core.problems import Conflict, Refused
from followup.domain import contents, schedules
from followup.domain.calls import AHEAD
from followup.domain.dates import PartialDate
from followup.models import Consent, Patient, PlannedVisit, Visit
from followup.queries import calendars, calls, follow_up_status, protocols, worklist
from followup.queries import reminders as reminding
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = clock.today()


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.fixture
def patient(nurse, site):
    """In the window of M3, which asks for a visit on site."""
    return factories.register(nurse, site, infused_on=ago(93))


def said(**answers):
    values = {
        "contact_on": TODAY,
        "informant": "FAMILY",
        "vital_status": "ALIVE",
        "disease_status": "REMISSION",
        "new_malignancy": "NO",
        "other_event": "NO",
        "new_therapy": "NO",
    }
    return VisitInput(**values | answers)


def on_site(planned, **answers):
    point = protocols.of(planned.schedule.protocol).by_code[planned.code]
    ticks = dict.fromkeys(contents.ticked(point), contents.DONE)
    return said(contact_type="ON_SITE", assessments=ticks, **answers)


def planned_of(patient, code):
    return PlannedVisit.objects.select_related("schedule__protocol").get(patient=patient, code=code)


def record(nurse, patient, given, planned=None):
    return visits.record(nurse, factories.infusion_of(patient), given=given, planned=planned)


def test_a_visit_on_site_with_its_content_is_done(nurse, patient):
    planned = planned_of(patient, "M3")
    record(nurse, patient, on_site(planned), planned)
    after = planned_of(patient, "M3")
    assert (after.state, after.done_on, after.missing) == ("DONE_IN_WINDOW", TODAY, None)


def test_a_call_leaves_a_visit_on_site_open_and_says_what_is_missing(nurse, patient):
    planned = planned_of(patient, "M3")
    made = record(nurse, patient, said(), planned)
    after = planned_of(patient, "M3")
    assert (after.state, after.done_on) == ("PLANNED", None)
    assert after.missing[0] == "CONTACT_TYPE"
    assert made.planned_id == planned.id
    record(nurse, patient, on_site(planned), planned)
    assert planned_of(patient, "M3").state == "DONE_IN_WINDOW"


def test_a_contact_before_the_window_is_an_unscheduled_one(nurse, patient):
    planned = planned_of(patient, "M6")
    made = record(nurse, patient, on_site(planned), planned)
    assert made.planned_id is None
    assert planned_of(patient, "M6").state == "PLANNED"
    early = record(nurse, patient, on_site(planned, counts_outside=True), planned)
    after = planned_of(patient, "M6")
    assert (early.planned_id, after.state) == (planned.id, "DONE_OUT_OF_WINDOW")


def test_without_the_malignancy_question_a_visit_stays_open(nurse, patient):
    planned = planned_of(patient, "M3")
    record(nurse, patient, on_site(planned, new_malignancy=""), planned)
    assert planned_of(patient, "M3").missing == ["E"]


def test_not_known_is_a_try_and_no_contact(nurse, site):
    patient = factories.register_in_time(nurse, site, infused_on=ago(700))
    for days, method in ((120, "PHONE"), (80, "FAMILY"), (10, "LETTER")):
        given = AttemptInput(ago(days), method, "NO_ANSWER")
        tracing.record_attempt(nurse, patient, given=given)
    given = AttemptInput(ago(5), "REGISTRY_LINKAGE", "NO_ENTRY")
    tracing.record_attempt(nurse, patient, given=given)
    patient.refresh_from_db()
    before = patient.last_contact_on
    planned = PlannedVisit.objects.filter(patient=patient, state="PLANNED").order_by("due").first()
    made = record(nurse, patient, VisitInput(TODAY, "OTHER", "UNKNOWN", note="邻居接电话"), planned)
    patient.refresh_from_db()
    assert (patient.last_contact_on, patient.follow_up_state) == (before, "LOST_PROVISIONAL")
    planned.refresh_from_db()
    assert planned.state == "PLANNED"
    evidence = follow_up_status.tracing(nurse, patient).evidence
    assert (evidence.attempts, evidence.registry_checked, evidence.proven) == (4, True, True)
    visits.undo(nurse, made)
    assert follow_up_status.tracing(nurse, patient).evidence.attempts == 3


def dead(on, **more):
    return said(vital_status="DEAD", disease_status="", died_on=PartialDate.of(on), **more)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"vital_status": "DEAD", "died_on": PartialDate.of(TODAY), "informant": "PATIENT"}, "i"),
        ({"vital_status": "UNKNOWN", "informant": "PATIENT"}, "vital_status"),
        ({"progressed_on": PartialDate.of(ago(94))}, "progressed_on"),
        ({"contact_type": "PIGEON"}, "contact_type"),
        ({"assessments": {"L": "PERHAPS"}}, "assessments"),
        (
            {
                "vital_status": "DEAD",
                "died_on": PartialDate.of(ago(9)),
                "progressed_on": PartialDate.of(ago(8)),
            },
            "progressed_on",
        ),
    ],
)
def test_contradictions_are_refused_at_their_field(nurse, patient, answers, field):
    with pytest.raises(Refused) as refused:
        record(nurse, patient, said(**answers))
    assert ("informant" if field == "i" else field) in refused.value.fields
    assert not Visit.objects.filter(patient=patient).exists()


def test_nobody_is_alive_after_a_death_on_file_but_may_have_been_before(nurse, patient):
    record(nurse, patient, dead(ago(30), contact_on=ago(20)))
    for later in (said(informant="PATIENT"), said(vital_status="UNKNOWN"), dead(ago(30))):
        with pytest.raises(Refused) as refused:
            record(nurse, patient, later)
        assert ago(30).isoformat() in str(refused.value)
    record(nurse, patient, said(contact_on=ago(31)))
    patient.refresh_from_db()
    assert (patient.vital_status, patient.last_contact_on) == ("DEAD", ago(20))


def test_taking_back_a_slip_leaves_a_transferred_patient_transferred(nurse, site):
    patient = factories.register_in_time(nurse, site, infused_on=ago(700))
    tracing.transfer(nurse, patient, on=ago(100), reason="other hospital")
    made = record(nurse, patient, said())
    patient.refresh_from_db()
    assert patient.follow_up_state == "ACTIVE"
    visits.undo(nurse, made)
    patient.refresh_from_db()
    assert (patient.follow_up_state, patient.state_since) == ("TRANSFERRED", ago(100))


def test_taking_back_restores_missed_lost_and_what_was_put_off(nurse, site):
    patient = factories.register_in_time(nurse, site, infused_on=ago(700))
    missed = PlannedVisit.objects.filter(patient=patient, state="MISSED").last()
    for days, method in ((120, "PHONE"), (80, "FAMILY"), (10, "LETTER")):
        tracing.record_attempt(nurse, patient, given=AttemptInput(ago(days), method, "NO_ANSWER"))
    given = AttemptInput(ago(5), "REGISTRY_LINKAGE", "NO_ENTRY")
    tracing.record_attempt(nurse, patient, given=given)
    tracing.declare_lost(nurse, patient)
    later = TODAY + timedelta(days=3)
    visits.not_reached(nurse, missed, next_try_on=later)
    full = on_site(missed, counts_outside=True)
    made = record(nurse, patient, full, missed)
    missed.refresh_from_db()
    assert (missed.state, missed.snoozed_to) == ("DONE_OUT_OF_WINDOW", None)
    visits.undo(nurse, made)
    missed.refresh_from_db()
    patient.refresh_from_db()
    assert (missed.state, missed.snoozed_to, missed.unanswered) == ("MISSED", later, 1)
    assert patient.follow_up_state == "LOST"


def test_a_corrected_day_moves_everything_behind_it(nurse, patient):
    planned = planned_of(patient, "M3")
    made = record(nurse, patient, on_site(planned), planned)
    early = replace(on_site(planned), contact_on=planned.window_start - timedelta(days=1))
    with translation.override("en"), pytest.raises(Refused, match="Nothing is different"):
        visits.correct(nurse, made, given=on_site(planned), version=1, reason="no change")
    newer = visits.correct(nurse, made, given=early, version=1, reason="wrong day")
    patient.refresh_from_db()
    assert planned_of(patient, "M3").state == "PLANNED"
    assert patient.last_contact_on == early.contact_on
    assert (newer.version, newer.correction_reason) == (2, "wrong day")
    with pytest.raises(Conflict):
        visits.correct(nurse, made, given=early, version=1, reason="again")


def test_a_corrected_death_moves_the_end_of_the_plan(nurse, patient):
    made = record(nurse, patient, dead(ago(30)))
    kept = set(PlannedVisit.objects.filter(patient=patient, state="CANCELLED"))
    visits.correct(nurse, made, given=dead(ago(1)), version=1, reason="misread")
    patient.refresh_from_db()
    assert (patient.died_on_text, patient.state_since) == (ago(1).isoformat(), ago(1))
    after = set(PlannedVisit.objects.filter(patient=patient, state="CANCELLED"))
    assert after <= kept


def to_call(row, ladder, today):
    """Whether a visit is on the list of a day, as a person would say it of one row."""
    patient = row.patient
    living = patient.vital_status != "DEAD" and patient.follow_up_state in ladder
    soon = row.window_start <= today + AHEAD
    put_off = row.snoozed_to is not None and min(row.snoozed_to, row.due) > today
    return row.state == "PLANNED" and living and soon and not put_off


def listed(nurse, today):
    """The visits of each door for one day; all must be the same."""
    page = worklist.page(nurse, today=today, names=False, size=200)
    walked, following = set(), calls.called(nurse, today).order_by("due", "id").first()
    while following is not None and following.id not in walked:
        walked.add(following.id)
        number = worklist.next_after(nurse, following, today=today)
        following = PlannedVisit.objects.get(id=number) if number else None
    found = worklist.counts(nurse, today=today)
    ladder = reminding.ladder("visit").subject_states
    pure = set()
    for row in PlannedVisit.objects.select_related("patient"):
        if nurse.may(Perm.VISIT_WRITE, site=row.site_id) and to_call(row, ladder, today):
            pure.add(row.id)
    shown = {item.id for item in page.items}
    within = {item.id for item in page.items if item.due <= today + AHEAD}
    assert shown == walked == pure
    assert found.overdue + found.today + found.week + found.month == len(within)
    return shown


def in_calendar(nurse, today):
    return {int(entry.target) for entry in calendars.entries(nurse, today=today)}


def reminded(today):
    told = reminding.tell(factories.SYSTEM, today=today, kinds=("visit",))
    return {int(one.obligation.partition(":")[2]) for one in told}


def test_every_door_calls_the_same_people(nurse, site):
    made = {
        name: factories.register_in_time(nurse, site, infused_on=ago(150))
        for name in ("active", "dead", "withdrawn", "transferred", "put_off", "lost")
    }
    factories.make_user(Role.NURSE, site=site)
    record(nurse, made["dead"], dead(ago(1)), planned_of(made["dead"], "M3"))
    consents.withdraw(nurse, Consent.objects.get(patient=made["withdrawn"]), withdrawn_on=TODAY)
    tracing.transfer(nurse, made["transferred"], on=TODAY, reason="elsewhere")
    for planned in PlannedVisit.objects.filter(patient=made["put_off"], state="PLANNED"):
        visits.not_reached(nurse, planned, next_try_on=TODAY + timedelta(days=300))
    lost = made["lost"]
    for days, method in ((95, "PHONE"), (50, "FAMILY"), (1, "LETTER")):
        tracing.record_attempt(nurse, lost, given=AttemptInput(ago(days), method, "NO_ANSWER"))
    register = AttemptInput(TODAY, "REGISTRY_LINKAGE", "NO_ENTRY")
    tracing.record_attempt(nurse, lost, given=register)
    tracing.declare_lost(nurse, lost)
    owner = dict(PlannedVisit.objects.values_list("id", "patient_id"))
    wanted = {made["active"].id, made["put_off"].id}
    for days in range(0, 400, 13):
        today = TODAY + timedelta(days=days)
        shown = listed(nurse, today)
        assert {owner[n] for n in shown} <= wanted
        assert {owner[n] for n in in_calendar(nurse, today)} <= wanted
        assert {owner[n] for n in reminded(today)} <= wanted
    assert {owner[n] for n in listed(nurse, TODAY)} == wanted


def test_a_call_put_off_beyond_its_window_is_back_on_the_last_day(nurse, site):
    protocol = protocols.of(protocols.latest(protocols.DEFAULT))
    day = next(
        ago(n)
        for n in range(60, 200)
        for v in schedules.plan(ago(n), protocol, TODAY + timedelta(days=400))
        if v.code == "M3" and v.window_end == TODAY + timedelta(days=2)
    )
    patient = factories.register(nurse, site, infused_on=day)
    planned = planned_of(patient, "M3")
    visits.not_reached(nurse, planned, next_try_on=TODAY + timedelta(days=7))
    assert planned.id not in listed(nurse, TODAY)
    assert planned.id not in listed(nurse, TODAY + timedelta(days=1))
    for days, count in ((2, (0, 1)), (3, (1, 0)), (6, (1, 0))):
        today = TODAY + timedelta(days=days)
        assert planned.id in listed(nurse, today)
        found = worklist.counts(nurse, today=today)
        assert (found.overdue, found.today) == count


def snapshot(patient):
    patient = Patient.objects.get(id=patient.id)
    rows = PlannedVisit.objects.filter(patient=patient).order_by("id")
    return (
        *(patient.follow_up_state, patient.state_since, patient.vital_status),
        *(patient.last_contact_on, patient.died_on_text),
        list(rows.values_list("code", "state", "done_on", "missing", "snoozed_to", "unanswered")),
    )


STEPS = ("call", "visit", "late", "unknown", "not_reached", "attempt", "transfer", "withdraw")


def do(nurse, patient, step):
    """One act; what takes it back, or None for what has no such way."""
    patient = Patient.objects.get(id=patient.id)
    rows = PlannedVisit.objects.select_related("schedule__protocol").filter(patient=patient)
    planned = rows.filter(state="PLANNED").order_by("due").first()
    missed = rows.filter(state="MISSED").order_by("-due").first() or planned
    if step == "not_reached":
        row = visits.not_reached(nurse, planned, next_try_on=TODAY + timedelta(days=2))
        return lambda: visits.undo_not_reached(nurse, row)
    if step == "attempt":
        tracing.record_attempt(nurse, patient, given=AttemptInput(ago(3), "FAMILY", "NO_ANSWER"))
    elif step == "transfer":
        tracing.transfer(nurse, patient, on=TODAY, reason="elsewhere")
    elif step == "withdraw":
        row = Consent.objects.filter(patient=patient, withdrawn_on__isnull=True).first()
        if row is None:
            consents.add(nurse, patient, given=ConsentInput("v2", ["LTFU"], TODAY))
        else:
            consents.withdraw(nurse, row, withdrawn_on=TODAY)
    else:
        given, row = {
            "call": lambda: (said(), planned),
            "visit": lambda: (on_site(planned, counts_outside=True), planned),
            "late": lambda: (on_site(missed, counts_outside=True), missed),
            "unknown": lambda: (VisitInput(TODAY, "OTHER", "UNKNOWN"), planned),
        }[step]()
        visit = record(nurse, patient, given, row)
        return lambda: visits.undo(nurse, visit)
    return None


def play(nurse, patient, steps, *, undone):
    """Do the steps; those marked are taken back at once, or left out altogether."""
    for step, back in steps:
        if back and not undone:
            continue
        with transaction.atomic():
            try:
                take_back = do(nurse, patient, step)
            except (Refused, Conflict):
                continue
            if back and take_back:
                take_back()
    return snapshot(patient)


UNDONE = ("call", "visit", "late", "unknown", "not_reached")


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.booleans()).map(
            lambda pair: (pair[0], pair[1] and pair[0] in UNDONE)
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_was_taken_back_never_was(nurse, site, steps):
    ends = []
    for undone in (True, False):
        with transaction.atomic():
            patient = factories.register_in_time(nurse, site, infused_on=ago(700))
            ends.append(play(nurse, patient, steps, undone=undone))
            transaction.set_rollback(True)
    assert ends[0] == ends[1]


def test_a_death_taken_back_leaves_what_stood_before_it(nurse, site):
    patient = factories.register_in_time(nurse, site, infused_on=ago(700))
    tracing.transfer(nurse, patient, on=ago(100), reason="elsewhere")
    before = snapshot(patient)
    record(nurse, patient, dead(ago(2)))
    death.retract(nurse, patient, vital_status="UNKNOWN", reason="mistaken identity")
    after = snapshot(patient)
    assert after[:2] == before[:2]
    assert after[2:4] == ("UNKNOWN", before[3])
    assert after[5] == before[5]
