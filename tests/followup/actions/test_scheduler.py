"""The scheduler run of a minute: what it does, its parts stand alone, and it needs no broker."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from psycopg.pq import TransactionStatus
from redis.connection import UnixDomainSocketConnection

from followup import tasks
from followup.actions import drafts, reminders, scheduler, schedules
from followup.core import audit, clock, jobs
from followup.core.actor import Actor
from followup.core.models import Draft, Heartbeat, Job, Notice, Watermark
from followup.core.permissions import Role
from followup.models import PlannedVisit, Schedule, Site
from followup.queries import protocols, seals
from followup.queries import scheduler as queries
from pv.config.celery import app
from tests import factories

pytestmark = pytest.mark.django_db
TICK = Actor.process("tick")


@pytest.fixture
def nurse():
    return factories.make_user(Role.NURSE, site=factories.make_site())


def site_of(user) -> Site:
    return Site.objects.get(id=user.grants.get().site_id)


def aged(rows, **values) -> None:
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.aged"):
        rows.update(**values)


def test_a_run_sweeps_and_shows_life(nurse, monkeypatch):
    monkeypatch.setattr(jobs, "waiting", list)
    factories.register(factories.actor_of(nurse), site_of(nurse))
    done = scheduler.tick(TICK)
    assert done.failed == []
    assert done.counts["sweep visit"] > 0
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"tick", "sweep"}
    assert Notice.objects.filter(recipient=nurse).exists()
    again = scheduler.tick(TICK)
    assert again.counts["sweep visit"] == 0


def test_one_part_that_fails_does_not_stop_the_others(monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr(reminders, "sweep", broken)
    done = scheduler.tick(TICK)
    assert "sweep visit" in done.failed
    assert "drafts expired" in done.counts
    names = set(Heartbeat.objects.values_list("name", flat=True))
    assert names == {"tick"}, "a run without a sweep must not look like one with"
    assert "missed" not in done.counts, "what was never told must not be closed"


def test_a_clock_that_differs_from_the_databases_sweeps_nothing(monkeypatch):
    monkeypatch.setattr(queries, "skew", lambda: timedelta(minutes=3))
    done = scheduler.tick(TICK)
    assert done.failed == ["clock"]
    sealed = {seals.PASSED, seals.PENDING}  # the seal asks no clock
    assert set(Watermark.objects.values_list("name", flat=True)) <= sealed


def test_the_window_that_ends_where_the_next_begins_is_told_then_missed(nurse):
    site = site_of(nurse)
    patient = factories.register(factories.actor_of(nurse), site)
    visits = PlannedVisit.objects.filter(patient=patient, state="PLANNED").order_by("due")
    first, following = visits[:2]
    aged(visits.filter(id=following.id), window_start=first.due + timedelta(days=1))
    today = first.due + timedelta(days=1)
    reminders.sweep(TICK, kind="visit", today=today)
    assert schedules.close_missed(TICK, today=today) > 0
    first.refresh_from_db()
    assert first.state == "MISSED"
    told = Notice.objects.filter(obligation=f"visit:{first.id}", rung="ended", channel="in_app")
    assert told.get().state == "sent"


def test_missed_visits_are_closed_once_a_day_in_batches(nurse):
    site = site_of(nurse)
    for _ in range(3):
        factories.register(factories.actor_of(nurse), site)
    later = clock.today() + timedelta(days=700)
    total = 0
    for _ in range(50):
        closed = schedules.close_missed(TICK, today=later, limit=4)
        total += closed
        if closed < 4:
            break
    assert total > 8
    assert schedules.close_missed(TICK, today=later, limit=4) == 0
    overdue = PlannedVisit.objects.filter(state="PLANNED", due__lt=later)
    for visit in overdue:
        following = PlannedVisit.objects.filter(
            schedule=visit.schedule_id, window_start__gt=visit.due, window_start__lte=later
        )
        assert not following.exists()


def test_a_visit_whose_successor_was_done_first_is_missed_too(nurse):
    site = site_of(nurse)
    patient = factories.register(factories.actor_of(nurse), site)
    visits = list(PlannedVisit.objects.filter(patient=patient, state="PLANNED").order_by("due"))
    earlier, later = visits[0], visits[1]
    on = later.window_start
    aged(PlannedVisit.objects.filter(id=later.id), state="DONE_IN_WINDOW", done_on=on)
    schedules.close_missed(TICK, today=on)
    earlier.refresh_from_db()
    assert earlier.state == "MISSED"


def test_horizons_roll_without_touching_what_is_planned(nurse):
    site = site_of(nurse)
    patient = factories.register(factories.actor_of(nurse), site)
    before = list(PlannedVisit.objects.filter(patient=patient).values_list("id", "code", "due"))
    later = clock.today() + timedelta(days=800)
    assert schedules.extend(TICK, today=clock.today()) == 0
    assert schedules.extend(TICK, today=later) == 1
    assert schedules.extend(TICK, today=later) == 0
    after = list(PlannedVisit.objects.filter(patient=patient).values_list("id", "code", "due"))
    assert set(before) < set(after)
    assert Schedule.objects.get(patient=patient).planned_to == later + schedules.HORIZON


def test_a_fresh_worker_rolls_a_horizon_without_waiting_for_itself(nurse, monkeypatch):
    """Its first look at a protocol is a query; inside COPY it would wait for ever."""
    patient = factories.register(factories.actor_of(nurse), site_of(nurse))
    read = protocols.of

    def first_read(item):
        assert connection.connection.info.transaction_status is not TransactionStatus.ACTIVE
        protocols._parsed.cache_clear()
        return read(item)

    monkeypatch.setattr(protocols, "of", first_read)
    later = clock.today() + timedelta(days=800)
    assert schedules.extend(TICK, today=later) == 1
    assert Schedule.objects.get(patient=patient).planned_to == later + schedules.HORIZON


def test_drafts_and_job_files_are_cleared_after_a_week(nurse):
    actor = factories.actor_of(nurse)
    for subject, days in (("old", 8), ("new", 6)):
        kept = drafts.save(
            actor, form="call", subject=subject, fields={"a": ["b"]}, address="/", label="x"
        )
        Draft.objects.filter(id=kept.id).update(saved_at=clock.now() - timedelta(days=days))
    folder = Path(settings.MEDIA_ROOT) / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.jobs"):
        for name, days in (("old", 8), ("new", 6)):
            (folder / f"{name}.pdf").write_text(name)
            Job.objects.create(
                user=nurse,
                kind="test",
                title=name,
                idempotency_key=name,
                state="done",
                requested_at=clock.now(),
                finished_at=clock.now() - timedelta(days=days),
                file_path=f"jobs/{name}.pdf",
                file_sha256="0" * 64,
            )
    done = scheduler.tick(TICK)
    assert (done.counts["drafts expired"], done.counts["files forgotten"]) == (1, 1)
    assert [draft.subject for draft in Draft.objects.all()] == ["new"]
    assert not (folder / "old.pdf").exists()
    assert (folder / "new.pdf").exists()
    assert Job.objects.get(title="old").file_sha256 == "0" * 64


def test_waiting_jobs_are_woken_until_the_broker_fails(monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "waiting", lambda: ["a", "b", "c"])
    monkeypatch.setattr(jobs, "wake", lambda job: asked.append(job) or len(asked) < 2)
    assert scheduler.tick(TICK).counts["jobs woken"] == 1
    assert asked == ["a", "b"]


def test_without_a_broker_pages_ask_nothing_of_it_and_the_run_goes_on(
    nurse, client, valkey, monkeypatch
):
    app.set_current()  # what the run wakes is ours, as in a worker
    client.force_login(nurse)
    factories.register(factories.actor_of(nurse), site_of(nurse))
    asked = []
    connect = UnixDomainSocketConnection.connect
    monkeypatch.setattr(
        UnixDomainSocketConnection, "connect", lambda self: asked.append(1) or connect(self)
    )
    valkey.stop()
    try:
        for name in ("worklist", "notices", "drafts"):
            assert client.get(reverse(name)).status_code == 200
        assert asked == [], "a page must not wait for the broker"
        tasks.tick.run()
        assert asked, "the run did try to wake the mail queue"
        assert Notice.objects.filter(recipient=nurse).exists()
        names = set(Heartbeat.objects.values_list("name", flat=True))
        assert names == {"tick", "sweep", "send"}, "mail goes out without a queue"
    finally:
        valkey.start()


def test_the_heartbeat_command_tells_whether_ticks_arrive(capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("heartbeat", "--check")
    assert stopped.value.code == 1
    reminders.beat(TICK, name="tick")
    call_command("heartbeat", "--check")
    Heartbeat.objects.filter(name="tick").update(at=clock.now() - timedelta(seconds=120))
    with pytest.raises(SystemExit):
        call_command("heartbeat", "--check")
    assert "tick" in capsys.readouterr().out


def test_pages_say_when_nothing_has_been_checked(nurse, client):
    client.force_login(nurse)
    reminders.beat(TICK, name="sweep")
    text = "Nothing has been checked"
    assert text not in client.get(reverse("notices")).content.decode()
    Heartbeat.objects.filter(name="sweep").update(at=clock.now() - timedelta(minutes=7))
    assert f"{text} for 7 minutes" in client.get(reverse("notices")).content.decode()


def test_the_health_answer_says_only_ok(client):
    answer = client.get("/health")
    assert (answer.status_code, answer.content) == (200, b"ok")
