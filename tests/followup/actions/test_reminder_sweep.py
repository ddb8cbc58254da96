"""The sweep: who is reminded of what, once, and who never is."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from followup.actions import notices, reminders
from followup.actions.reminders import writing
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Change, Grant, Notice, Outbox, User, Watermark
from followup.core.permissions import Role
from followup.domain import reminders as rules
from followup.domain.reminders import Channel, Ladder
from followup.models import Patient, PlannedVisit
from followup.queries import reminders as queries
from followup.queries.reminders import sources
from tests import factories

pytestmark = pytest.mark.django_db
SWEEP = Actor.process("sweep")


def sweep(today: date, kind: str = "visit"):
    return reminders.sweep(SWEEP, kind=kind, today=today)


def change(rows, **values) -> None:
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.change"):
        rows.update(**values)


def told(**wanted) -> list[tuple[str, str, str, str]]:
    rows = Notice.objects.filter(**wanted).select_related("recipient")
    return sorted((n.rung, n.channel, n.recipient.username, n.state) for n in rows)


@pytest.fixture
def ward():
    """A site with a nurse and a patient infused 93 days ago, before any sweep."""
    site = factories.make_site()
    nurse = factories.make_user(Role.NURSE, site=site)
    actor = factories.actor_of(nurse)
    patient = factories.register(actor, site)
    return site, nurse, patient


def visit_of(patient: Patient, code: str = "M6") -> PlannedVisit:
    return PlannedVisit.objects.get(patient=patient, code=code)


def only(visit: PlannedVisit) -> dict[str, str]:
    return {"obligation": f"visit:{visit.id}"}


def test_the_rungs_of_a_window_come_one_by_one_and_the_earlier_give_way(ward):
    _site, nurse, patient = ward
    visit = visit_of(patient)
    assert sweep(visit.window_start - timedelta(days=1)).skipped is False
    assert told(**only(visit)) == []

    sweep(visit.window_start)
    assert told(**only(visit)) == [("opens", "in_app", nurse.username, "sent")]
    sweep(visit.due - timedelta(days=3))
    assert told(**only(visit)) == [
        ("ends_soon", "email", nurse.username, "pending"),
        ("ends_soon", "in_app", nurse.username, "sent"),
        ("opens", "in_app", nurse.username, "superseded"),
    ]
    sweep(visit.due + timedelta(days=1))
    states = {(rung, channel): state for rung, channel, _who, state in told(**only(visit))}
    assert states["ended", "email"] == "pending"
    assert states["ended", "in_app"] == "sent"
    assert states["ends_soon", "email"] == "superseded"
    assert Outbox.objects.filter(notice__rung="ends_soon").get().state == "dropped"


def test_the_same_day_again_makes_nothing_new(ward):
    visit = visit_of(ward[2])
    sweep(visit.window_start)
    again = sweep(visit.window_start)
    assert (again.live, again.overtaken) == (0, 0)
    assert Notice.objects.filter(**only(visit)).count() == 1


@pytest.mark.figure("F13")
def test_after_a_stop_only_the_latest_rung_goes_out(ward):
    visit = visit_of(ward[2])
    sweep(visit.window_start - timedelta(days=1))
    sweep(visit.due + timedelta(days=2))
    states = {(n.rung, n.channel): n.state for n in Notice.objects.filter(**only(visit))}
    assert states == {
        ("opens", "in_app"): "superseded",
        ("ends_soon", "in_app"): "superseded",
        ("ends_soon", "email"): "superseded",
        ("ended", "in_app"): "sent",
        ("ended", "email"): "pending",
    }
    assert Outbox.objects.filter(notice__obligation=f"visit:{visit.id}").count() == 1


def test_only_active_people_with_the_right_at_this_site_and_product_are_reminded(ward):
    site, nurse, patient = ward
    visit = visit_of(patient)
    given = visit.product
    other = factories.product("EQUE_CEL")
    assert other != given
    elsewhere = factories.make_site()
    right = factories.make_user(Role.PHYSICIAN, site=site, product=given)
    wrong = [
        factories.make_user(Role.NURSE, site=elsewhere),
        factories.make_user(Role.NURSE, site=site, product=other),
        factories.make_user(Role.STUDY_MANAGER, product=given),
        factories.make_user(Role.REGULATORY),
        factories.make_user(Role.SAFETY_OFFICER),
        factories.make_user(Role.ADMINISTRATOR),
        factories.make_user(Role.AUDITOR),
    ]
    left, revoked = (factories.make_user(Role.NURSE, site=site) for _ in range(2))
    change(User.objects.filter(id=left.id), is_active=False)
    change(Grant.objects.filter(user=revoked), revoked_at=clock.now())
    twice = factories.make_user(Role.NURSE, site=site)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.grant"):
        Grant.objects.create(
            user=twice,
            role=Role.PHYSICIAN,
            all_sites=True,
            all_products=True,
            granted_at=clock.now(),
        )
    sweep(visit.window_start)
    who = [row[2] for row in told(**only(visit))]
    assert sorted(who) == sorted([nurse.username, right.username, twice.username])
    assert not Notice.objects.filter(recipient__in=[*wrong, left, revoked]).exists()


def test_data_alone_cannot_widen_who_is_reminded(ward, monkeypatch):
    visit = visit_of(ward[2])
    manager = factories.make_user(Role.STUDY_MANAGER)
    rung = rules.Rung("opens", rules.Anchor.OPENS, 0, (Channel.IN_APP,), ("nurse", "study_manager"))
    ladder = Ladder("visit", (rung,), 60, ("ACTIVE",))
    monkeypatch.setattr(sources, "ladder", lambda kind: ladder)
    monkeypatch.setattr(queries, "ladder", lambda kind: ladder)
    sweep(visit.window_start)
    assert Notice.objects.filter(**only(visit)).exists()
    assert not Notice.objects.filter(recipient=manager).exists()


def test_nobody_without_an_address_gets_mail(ward):
    _site, nurse, patient = ward
    visit = visit_of(patient)
    change(User.objects.filter(id=nurse.id), email="")
    sweep(visit.due + timedelta(days=1))
    assert {n.channel for n in Notice.objects.filter(recipient=nurse)} == {"in_app"}


SILENT = [
    {"follow_up_state": "WITHDRAWN_NEW_DATA"},
    {"follow_up_state": "TRANSFERRED"},
    {"follow_up_state": "LOST"},
    {"vital_status": "DEAD"},
    {"vital_status": "DEAD", "follow_up_state": "DEAD"},
]


@pytest.mark.parametrize("state", SILENT, ids=lambda s: "+".join(s.values()))
def test_nobody_is_reminded_of_a_patient_who_is_dead_gone_or_lost(ward, state):
    visit = visit_of(ward[2])
    change(Patient.objects.filter(id=visit.patient_id), **state)
    for offset in (-60, -30, 0, 1, 20):
        sweep(visit.due + timedelta(days=offset))
    assert not Notice.objects.filter(label__endswith=ward[2].study_code).exists()


@pytest.mark.parametrize("state", SILENT, ids=lambda s: "+".join(s.values()))
def test_what_was_told_is_taken_back_when_the_patient_dies_or_leaves(ward, state):
    visit = visit_of(ward[2])
    today = visit.due - timedelta(days=3)
    sweep(today)
    assert Notice.objects.filter(**only(visit), channel="in_app", state="sent").count() == 1
    change(Patient.objects.filter(id=visit.patient_id), **state)
    assert sweep(today).settled > 0
    expected = state.get("follow_up_state", "DEAD").lower()
    shown = Notice.objects.filter(**only(visit), channel="in_app").exclude(state="superseded")
    assert [(n.state, n.reason) for n in shown] == [("dropped", expected)]
    assert notices.claim(SWEEP, today=today, limit=99) == []
    mail = Notice.objects.get(**only(visit), channel="email")
    assert (mail.state, mail.reason, mail.outbox.state) == ("dropped", expected, "dropped")


def test_a_patient_found_again_is_told_of_again(ward):
    visit = visit_of(ward[2])
    today = visit.window_start
    sweep(today)
    change(Patient.objects.filter(id=visit.patient_id), follow_up_state="LOST")
    sweep(today)
    assert Notice.objects.get(**only(visit)).state == "dropped"
    change(Patient.objects.filter(id=visit.patient_id), follow_up_state="ACTIVE")
    sweep(today)
    notice = Notice.objects.get(**only(visit))
    assert (notice.state, notice.reason) == ("sent", "")


def test_a_recorded_visit_is_not_told_of_any_more(ward):
    visit = visit_of(ward[2])
    sweep(visit.window_start)
    change(
        PlannedVisit.objects.filter(id=visit.id), state="DONE_IN_WINDOW", done_on=visit.window_start
    )
    sweep(visit.due + timedelta(days=1))
    notice = Notice.objects.get(**only(visit))
    assert (notice.rung, notice.state, notice.reason) == ("opens", "dropped", "closed")


def test_a_visit_missed_because_the_next_one_opened_stays_told(ward):
    visit = visit_of(ward[2])
    today = visit.due + timedelta(days=1)
    sweep(today)
    change(PlannedVisit.objects.filter(id=visit.id), state="MISSED")
    sweep(today)
    letters = notices.claim(SWEEP, today=today, limit=99)
    assert visit.id in {int(letter.facts.key) for letter in letters}


def put_off(visit: PlannedVisit, to: date | None) -> None:
    change(PlannedVisit.objects.filter(id=visit.id), snoozed_to=to)


def test_a_visit_put_off_within_its_window_rings_on_its_day_and_not_before(ward):
    visit = visit_of(ward[2])
    back = visit.due - timedelta(days=1)
    sweep(visit.window_start - timedelta(days=1))
    put_off(visit, back)
    for day in (visit.window_start, visit.due - timedelta(days=3), back - timedelta(days=1)):
        sweep(day)
        reminders.look_back(SWEEP, kind="visit", today=day)
    assert told(**only(visit)) == []
    sweep(back)
    reminders.look_back(SWEEP, kind="visit", today=back)
    states = {(rung, channel): state for rung, channel, _who, state in told(**only(visit))}
    assert states == {
        ("opens", "in_app"): "superseded",
        ("ends_soon", "in_app"): "sent",
        ("ends_soon", "email"): "pending",
    }


def test_a_visit_put_off_beyond_its_window_rings_all_the_same(ward):
    visit = visit_of(ward[2])
    sweep(visit.window_start - timedelta(days=1))
    put_off(visit, visit.due + timedelta(days=1))
    sweep(visit.due - timedelta(days=3))
    assert ("ends_soon", "in_app", ward[1].username, "sent") in told(**only(visit))
    sweep(visit.due + timedelta(days=1))
    assert ("ended", "in_app", ward[1].username, "sent") in told(**only(visit))


def test_a_visit_taken_back_to_the_worklist_rings_with_the_next_sweep(ward):
    visit = visit_of(ward[2])
    today = visit.window_start
    put_off(visit, visit.due)
    sweep(today)
    assert told(**only(visit)) == []
    put_off(visit, None)
    sweep(today)
    assert told(**only(visit)) == [("opens", "in_app", ward[1].username, "sent")]


def test_a_bell_that_rang_before_the_visit_was_put_off_stays(ward):
    visit = visit_of(ward[2])
    sweep(visit.window_start)
    put_off(visit, visit.due)
    sweep(visit.window_start)
    assert told(**only(visit)) == [("opens", "in_app", ward[1].username, "sent")]


def test_a_moved_date_reminds_again_and_retires_what_was_said(ward):
    visit = visit_of(ward[2])
    today = visit.due - timedelta(days=3)
    sweep(today)
    later = visit.due + timedelta(days=20)
    change(PlannedVisit.objects.filter(id=visit.id), due=later, due_version=2)
    sweep(today)
    first = Notice.objects.filter(**only(visit), due_version=1).exclude(state="superseded")
    assert {(n.channel, n.state, n.reason) for n in first} == {
        ("in_app", "dropped", "moved"),
        ("email", "pending", ""),
    }
    assert notices.claim(SWEEP, today=today, limit=99) == []
    assert Notice.objects.get(**only(visit), due_version=1, channel="email").reason == "moved"
    sweep(later - timedelta(days=3))
    second = Notice.objects.filter(**only(visit), due_version=2, rung="ends_soon")
    assert {n.channel: n.state for n in second} == {"in_app": "sent", "email": "pending"}


def test_what_is_registered_after_todays_sweep_is_found_by_the_next_one(ward):
    site, nurse, _patient = ward
    today = clock.today()
    sweep(today)
    fresh = factories.register(factories.actor_of(nurse), site)
    done = sweep(today)
    assert done.live > 0
    assert Notice.objects.filter(label__endswith=fresh.study_code, state="sent").exists()


def test_the_look_back_finds_what_no_sweep_saw_once_a_day(ward):
    site, _nurse, patient = ward
    visit = visit_of(patient)
    sweep(visit.window_start)
    # As if the registration had been committed long ago, not in the transaction of this test.
    Watermark.objects.update(horizon=2**62)
    newcomer = factories.make_user(Role.NURSE, site=site)
    sweep(visit.window_start + timedelta(days=1))
    assert not Notice.objects.filter(recipient=newcomer).exists()
    day = visit.window_start + timedelta(days=1)
    reminders.look_back(SWEEP, kind="visit", today=day)
    assert told(recipient=newcomer, **only(visit)) == [
        ("opens", "in_app", newcomer.username, "sent")
    ]
    assert reminders.look_back(SWEEP, kind="visit", today=day).skipped


def test_a_right_taken_away_takes_the_notice_with_it(ward):
    _site, nurse, patient = ward
    visit = visit_of(patient)
    sweep(visit.due - timedelta(days=3))
    change(Grant.objects.filter(user=nurse), revoked_at=clock.now())
    assert notices.claim(SWEEP, today=visit.due, limit=99) == []
    mail = Notice.objects.get(**only(visit), channel="email")
    assert (mail.state, mail.reason) == ("dropped", "not_entitled")
    reminders.look_back(SWEEP, kind="visit", today=visit.due)
    bell = Notice.objects.get(**only(visit), channel="in_app", rung="ends_soon")
    assert (bell.state, bell.reason) == ("dropped", "not_entitled")


@pytest.mark.figure("F13")
def test_a_clock_set_back_makes_nothing_and_loses_nothing(ward):
    visit = visit_of(ward[2])
    sweep(visit.due - timedelta(days=3))
    before = set(Notice.objects.values_list("id", "state"))
    sweep(visit.due - timedelta(days=4))
    sweep(visit.window_start)
    assert set(Notice.objects.values_list("id", "state")) == before


def test_a_dry_run_tells_exactly_what_the_sweep_then_makes(ward):
    visit = visit_of(ward[2])
    today = visit.due + timedelta(days=2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_change")
        changes = cursor.fetchone()
    rows = [row for row in queries.tell(SWEEP, today=today) if row.obligation.startswith("visit:")]
    assert not Notice.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_change")
        assert cursor.fetchone() == changes
    sweep(today)
    made = {
        (n.obligation, n.rung, n.channel, n.recipient.username, n.due_version, n.state)
        for n in Notice.objects.select_related("recipient")
    }
    assert made == {
        (r.obligation, r.rung, r.channel, r.recipient, r.due_version, r.state) for r in rows
    }
    assert len(made) == len(rows) > 0


def test_the_trail_says_how_many_were_reminded_by_which_sweep(ward):
    visit = visit_of(ward[2])
    sweep(visit.window_start)
    entries = Change.objects.filter(table_name="core_notice", operation="BATCH")
    entry = entries.get(row_id="visit opens in_app")
    made = Notice.objects.filter(rung="opens").count()
    assert entry.after["rows"] == made
    assert len(entry.after["sha256"]) == 64
    assert (entry.actor_name, entry.action) == ("system:sweep", "reminder.sweep")


def test_no_name_and_no_number_of_a_patient_stands_in_a_notice(ward):
    site, nurse, _patient = ward
    person = factories.person("欧阳秘密")
    patient = factories.register(factories.actor_of(nurse), site, identity=person)
    visit = visit_of(patient)
    sweep(visit.due)
    text = " ".join(
        f"{n.label} {n.obligation} {n.target}"
        for n in Notice.objects.filter(obligation=f"visit:{visit.id}")
    )
    assert patient.study_code in text
    for secret in (person.name, person.contacts[0].phone):
        assert secret not in text


def test_a_day_of_sweeps_looks_at_nothing_that_did_not_change(ward, monkeypatch):
    visit = visit_of(ward[2])
    sweep(visit.window_start)
    Watermark.objects.update(horizon=2**62)
    asked = []
    insert = writing.insert
    monkeypatch.setattr(writing, "insert", lambda *given: asked.append(1) or insert(*given))
    sweep(visit.window_start)
    assert asked == []


def test_an_entry_of_a_transaction_that_was_open_at_the_last_sweep_is_seen(ward):
    visit = visit_of(ward[2])
    source = queries.registered()["visit"]
    sweep(visit.window_start)
    end = queries.trail_end()
    long_ago = queries.Seen(end.position, 2**62)
    assert queries.touched(source, since=long_ago, today=visit.window_start) == []
    # Lower numbers than the last one seen, from a transaction that had not ended then.
    found = queries.touched(source, since=end, today=visit.window_start)
    assert str(visit.id) in found
