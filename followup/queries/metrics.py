"""What monitoring asks: how old what waits is, and whether every part still works.

Counts and ages only; no figure is about a person, and none of the labels is text of a person.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import Error, connection
from django.db.models import Count, Min, Q, QuerySet

from followup.core import clock, extensions, scope
from followup.core.actor import Actor
from followup.core.metrics import Gauge
from followup.core.models import Anchor, Job, Outbox, SystemEvent
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.queries import recovery, scheduler, seals

logger = logging.getLogger("everwatch.metrics")
Source = Callable[[Actor], Iterable[Gauge]]
_DATABASE = """
SELECT pg_database_size(current_database()),
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
    current_setting('max_connections')::integer,
    (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)
        FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()),
    (SELECT count(*) FROM pg_stat_replication)
"""


def gauges(actor: Actor) -> list[Gauge]:
    """Every figure of the sources of all applications.

    A source that fails is named and leaves its figures out; the others are still told.
    """
    actor.require(Perm.SYSTEM)
    rows, failed = list[Gauge](), dict[str, float]()
    sources = [each for added in extensions.registered() for each in added.metrics().items()]
    for name, source in sources:
        try:
            with contexts.using(contexts.person(actor)):
                rows += source(actor)
            failed[name] = 0
        except Error:
            logger.exception("figures could not be read", extra={"task": name})
            failed[name] = 1
    return [*rows, Gauge.by("metrics_failed", "1 if a source could not be read", "source", failed)]


def database(actor: Actor) -> Iterator[Gauge]:
    """The database itself: size, connections, longest transaction, receivers of its log."""
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE)
        row = cursor.fetchone() or (0, 0, 0, 0, 0)
    size, connections, most, oldest, receivers = (float(value) for value in row)
    yield Gauge.of("database_size_bytes", "Size of the database", size)
    yield Gauge.of("database_connections", "Connections to the database", connections)
    yield Gauge.of("database_connections_max", "Connections the server allows", most)
    yield Gauge.of("database_oldest_transaction_seconds", "Age of the longest transaction", oldest)
    yield Gauge.of("database_receivers", "Receivers of the write-ahead log", receivers)
    skew = scheduler.skew().total_seconds()
    yield Gauge.of("clock_skew_seconds", "Clock of this machine ahead of the database's", skew)


def processes(actor: Actor) -> Iterator[Gauge]:
    """Signs of life of the scheduler's runs: a process that never ran has no figure."""
    ages = {name: age.total_seconds() for name, age in scheduler.ages().items()}
    text = "Age of the last tick, complete sweep and sending"
    yield Gauge.by("heartbeat_age_seconds", text, "run", ages)
    try:
        cache.get("metrics")
        answers = 1
    except Exception:  # whatever the client raises: the broker is away, and that is the figure
        answers = 0
    yield Gauge.of("broker_up", "1 if the broker answers", answers)


def outbox(actor: Actor) -> Iterator[Gauge]:
    """Mail that waits, and mail that nobody will send any more."""
    now, state = clock.now(), Outbox.State
    rows = scope.visible(actor, Outbox.objects.all())
    open_states = (state.PENDING, state.RETRY, state.SENDING, state.COMMITTING)
    waiting = rows.filter(state__in=open_states)
    first = waiting.aggregate(at=Min("notice__created_at"))["at"]
    yield Gauge.of("outbox_waiting", "Mails not yet sent", waiting.count())
    yield Gauge.of("outbox_age_seconds", "Age of the oldest mail not yet sent", _age(first, now))
    yield Gauge.of("outbox_dead", "Mails given up", rows.filter(state=state.DEAD).count())


def jobs(actor: Actor) -> Iterator[Gauge]:
    """Long work: what waits, how long, what shows no life, what failed within a day."""
    now, state = clock.now(), Job.State
    rows = scope.visible(actor, Job.objects.filter(state__in=(state.QUEUED, state.RUNNING)))
    figures = rows.aggregate(
        queued=Count("id", filter=Q(state=state.QUEUED)),
        running=Count("id", filter=Q(state=state.RUNNING)),
        first=Min("requested_at", filter=Q(state=state.QUEUED)),
        silent=Min("progress__beat_at", filter=Q(state=state.RUNNING)),
    )
    counts = {"queued": figures["queued"], "running": figures["running"]}
    yield Gauge.by("jobs", "Jobs that wait and run", "state", counts)
    yield Gauge.of(
        "job_queue_age_seconds", "Age of the oldest job not begun", _age(figures["first"], now)
    )
    text = "Longest silence of a running job"
    yield Gauge.of("job_silent_seconds", text, _age(figures["silent"], now))
    failed = scope.visible(actor, Job.objects.filter(state=state.FAILED))
    recent = failed.filter(finished_at__gte=now - timedelta(days=1)).count()
    yield Gauge.of("jobs_failed_today", "Jobs that failed within 24 hours", recent)


def seal(actor: Actor) -> Iterator[Gauge]:
    """The seal of the trail: what waits, the last verification, anchors not handed out."""
    now, state = clock.now(), seals.state(actor)
    yield Gauge.of("seal_waiting", "Changes not yet sealed", state.waiting)
    yield Gauge.of(
        "seal_lag_seconds", "Age of the oldest change not sealed", state.lag.total_seconds()
    )
    if state.verified is not None:  # never verified: no figure, and the alarm asks for its absence
        age = _age(state.verified.finished_at, now)
        yield Gauge.of("seal_verified_age_seconds", "Age of the last verification", age)
        wrong = 1 if state.verified.fault else 0
        yield Gauge.of("seal_fault", "1 if the last verification found a wrong row", wrong)
    waiting: QuerySet[Anchor] = scope.visible(actor, Anchor.objects.filter(done_at=None))
    first = waiting.aggregate(at=Min("made_at"))["at"]
    yield Gauge.of(
        "anchor_age_seconds", "Age of the oldest anchor not handed out", _age(first, now)
    )


def drills(actor: Actor) -> Iterator[Gauge]:
    """The last drill of a restore: never drilled, no figure, and the alarm asks for its absence."""
    last = recovery.events(actor).filter(kind=SystemEvent.Kind.DRILL).first()
    if last is not None:
        yield Gauge.of("drill_age_seconds", "Age of the last drill", _age(last.at, clock.now()))
        passed = 1 if last.details.get("passed") else 0
        yield Gauge.of("drill_passed", "1 if the last drill passed", passed)


def _age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; nothing waits, nothing is old."""
    return max(0.0, (now - since).total_seconds()) if since else 0.0
