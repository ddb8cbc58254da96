"""What a load balancer and Prometheus are told, and whom nothing is told."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction

from dev.paths import ROOT
from followup.actions import reminders, seals, system_events
from followup.actions.system_events import DrillResult
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.metrics import Gauge, exposition
from followup.core.models import Job, Notice, Outbox, Verification
from followup.core.permissions import Role
from followup.queries import metrics, readiness, scheduler
from pv.models import ReportClock
from tests import factories

pytestmark = pytest.mark.django_db
TOKEN = "t" * 40
LINE = re.compile(r'(?:everwatch_[a-z0-9_]+)(?:\{[a-z_]+="[^"\\]*"\})? -?[0-9.e+-]+')


@pytest.fixture
def scrape(client, settings):
    settings.METRICS_TOKEN = TOKEN

    def ask() -> dict[str, float]:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
        rows = [row for row in answer.content.decode().splitlines() if not row.startswith("#")]
        assert all(LINE.fullmatch(row) for row in rows)
        return {name: float(value) for name, _, value in (row.rpartition(" ") for row in rows)}

    return ask


def test_a_process_is_alive_without_its_database(client, monkeypatch):
    def away(*_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(scheduler, "skew", away)
    monkeypatch.setattr(readiness.connection, "ensure_connection", away)
    assert client.get("/healthz").content == b"ok"
    assert client.get("/health").status_code == 503
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready: database")


def test_nobody_is_sent_to_a_schema_that_is_behind(client, monkeypatch):
    readiness._complete.cache_clear()
    monkeypatch.setattr(readiness.MigrationExecutor, "migration_plan", lambda *_: ["one"])
    assert client.get("/readyz").content == b"not ready: schema"
    monkeypatch.undo()
    assert client.get("/readyz").content == b"ready"


@pytest.mark.requirement("ASVS-13.4.5")
def test_figures_are_for_whoever_has_the_token(client, settings):
    ask = {"headers": {"Authorization": f"Bearer {TOKEN}"}}
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", **ask).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = "u" * 40
    assert client.get("/metrics", **ask).status_code == 404
    client.force_login(factories.make_user(Role.ADMINISTRATOR))
    assert client.get("/metrics").status_code == 404


def test_a_database_that_is_away_is_a_figure(scrape, monkeypatch):
    def away() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(scheduler, "skew", away)
    assert scrape() == {"everwatch_database_up": 0}


def test_ages_grow_with_what_waits(scrape, travel):
    nurse = factories.make_actor(Role.NURSE, site=factories.make_site())
    before = scrape()
    reminders.beat(Actor.process("tick"), name="sweep")
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.mail"):
        notice = Notice.objects.create(
            obligation="visit:1",
            rung="due",
            channel="email",
            recipient_id=nurse.id,
            due=clock.today(),
            label="x",
            target="1",
            created_at=clock.now(),
        )
        Outbox.objects.create(notice=notice, not_before=clock.now())
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.job"):
        Job.objects.create(
            user_id=nurse.id, kind="x", title="x", idempotency_key="x", requested_at=clock.now()
        )
    travel(timedelta(hours=1))
    after = scrape()
    assert after['everwatch_heartbeat_age_seconds{run="sweep"}'] == pytest.approx(3600, abs=60)
    assert after["everwatch_outbox_waiting"] == before["everwatch_outbox_waiting"] + 1
    assert after["everwatch_outbox_age_seconds"] >= 3600
    assert after['everwatch_jobs{state="queued"}'] == before['everwatch_jobs{state="queued"}'] + 1
    assert after["everwatch_job_queue_age_seconds"] >= 3600
    assert after["everwatch_seal_waiting"] > 0
    assert after["everwatch_seal_lag_seconds"] >= 3600
    assert after["everwatch_database_up"] == 1
    assert not [name for name, value in after.items() if "metrics_failed" in name and value]


def test_clocks_are_counted_by_their_day(scrape):
    nurse = factories.make_actor(Role.NURSE, site=factories.make_site())
    before = scrape()
    patient = factories.register(nurse, factories.Site.objects.get(id=nurse.grants[0].site))
    factories.malignancy(nurse, patient)
    due = list(ReportClock.objects.filter(case__patient=patient).values_list("id", "due"))
    assert due
    first = min(day for _id, day in due)
    for days, soon in ((3, False), (2, True), (0, True), (-1, False)):
        with clock.pinned(clock.now() + (first - clock.today() - timedelta(days=days))):
            grown = scrape()["everwatch_clocks_due_48h"] > before["everwatch_clocks_due_48h"]
            assert grown is soon, days
            if days == -1:
                assert scrape()["everwatch_clocks_overdue"] > before["everwatch_clocks_overdue"]


def test_a_source_that_fails_leaves_the_others(scrape, monkeypatch):
    def broken(actor: Actor) -> list[Gauge]:
        raise OperationalError("too slow")

    monkeypatch.setattr(metrics, "outbox", broken)
    rows = scrape()
    assert rows['everwatch_metrics_failed{source="outbox"}'] == 1
    assert rows['everwatch_metrics_failed{source="jobs"}'] == 0
    assert "everwatch_outbox_waiting" not in rows


@pytest.mark.requirement("ASVS-1.2.1")
def test_labels_are_escaped():
    text = exposition([Gauge.by("x", "a\nb", "name", {'q"\\\n': 1})])
    assert text.splitlines()[0] == r"# HELP everwatch_x a\nb"
    assert text.splitlines()[2] == r'everwatch_x{name="q\"\\\n"} 1'


@pytest.mark.requirement("A11-13")
def test_every_alarm_of_the_guide_asks_for_a_figure_there_is(scrape):
    reminders.beat(Actor.process("tick"), name="sweep")
    seals.seal_all(Actor.process("seal"))
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.verify"):
        Verification.objects.create(
            started_at=clock.now(),
            finished_at=clock.now(),
            first_seq=1,
            last_seq=1,
            chain="0" * 64,
            checked=1,
        )
    result = DrillResult("20261128T000000Z", 1, 5, 0, 1.0, 2.0, "sound", "{}", True)
    system_events.note_drill(Actor.process("note_drill"), result=result)
    told = {name.partition("{")[0] for name in scrape()}
    rules = (ROOT / "docker" / "alarms.yml").read_text()
    asked = set(re.findall(r"everwatch_[a-z0-9_]+", rules))
    assert len(asked) > 12
    assert asked <= told
    alarms = set(re.findall(r"alert: (\w+)", rules))
    guide = (ROOT / "docs" / "alarms.md").read_text()
    assert alarms == set(re.findall(r"^\| `(\w+)` \|", guide, re.M))
    assert told - asked <= set(re.findall(r"everwatch_[a-z0-9_]+", guide))
