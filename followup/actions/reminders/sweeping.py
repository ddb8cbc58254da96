"""The sweep: what has become due since the last one, what has changed, and once a day the rest."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models.functions import Greatest

from followup.actions.reminders import writing
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.advisory_locks import taken_now
from followup.core.models import Watermark
from followup.core.permissions import Perm
from followup.domain.reminders import Ladder
from followup.queries import reminders as queries
from followup.queries.reminders import ObligationSource, Seen, Span

_MANY = 5000  # changed obligations beyond which one look back is cheaper than going one by one


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep of one source did; `skipped` when another one was at it."""

    kind: str
    live: int = 0
    overtaken: int = 0
    settled: int = 0
    skipped: bool = False


@dataclass
class _Sweep:
    source: ObligationSource
    ladder: Ladder
    today: date
    now: datetime
    live: int = 0
    made: int = 0
    settled: int = 0

    def over(self, span: Span) -> None:
        for rung in self.ladder.rungs:
            live, made = writing.insert(self.source, self.ladder, rung, span, self.now)
            self.live, self.made = self.live + live, self.made + made

    @property
    def start(self) -> date:
        """The day before the earliest rung that is still made."""
        first = self.ladder.first_day(self.today)
        return first if first == date.min else first - timedelta(days=1)

    def changed(self, since: Seen) -> None:
        """Obligations that changed since the last sweep: first what they retract."""
        keys = queries.touched(self.source, since=since, today=self.today)
        if len(keys) > _MANY:
            self.over(Span(self.start, self.today))
        elif keys:
            self.settled += writing.settle(self.source, writing.unread(self.source, keys))
            self.over(Span(self.start, self.today, tuple(keys)))

    @property
    def swept(self) -> Swept:
        return Swept(self.source.kind, self.live, self.made - self.live, self.settled)


def _locked(kind: str) -> bool:
    free = taken_now("sweep", kind)
    with connection.cursor() as cursor:
        # A first sweep over a large register may take longer than a page is allowed to.
        cursor.execute("SELECT set_config('statement_timeout', '15min', true)")
    return free


def _advance(name: str, day: date, seen: Seen) -> None:
    """Forwards only: a sweep with an older day must not make the next one work twice."""
    mark = Watermark(name=name, day=day, position=seen.position, horizon=seen.horizon)
    Watermark.objects.bulk_create([mark], ignore_conflicts=True)
    Watermark.objects.filter(name=name).update(
        day=Greatest("day", day),
        position=Greatest("position", seen.position),
        horizon=Greatest("horizon", seen.horizon),
    )


def _mark(name: str) -> Watermark | None:
    return Watermark.objects.filter(name=name).first()


@action("reminder.sweep", needs=Perm.SYSTEM)
def sweep(actor: Actor, *, kind: str, today: date, exclusive: bool = True) -> Swept:
    """Make the notices of the rungs crossed since the last sweep and of what changed since then.

    The first sweep of all makes whatever the ladder's look back covers; a day before one that was
    swept counts as that one, so that a clock set back says nothing again. Of several rungs crossed
    by one obligation only the latest speaks. `exclusive=False` is for the test that the unique
    constraint alone keeps every notice single.
    """
    source, ladder = queries.registered()[kind], queries.ladder(kind)
    if not _locked(f"sweep:{kind}") and exclusive:
        return Swept(kind, skipped=True)
    mark, seen = _mark(kind), queries.trail_end()
    if mark is not None:
        today = max(today, mark.day)
    work = _Sweep(source, ladder, today, clock.now())
    if mark is None:
        work.over(Span(work.start, today))
    else:
        if mark.day < today:
            work.over(Span(mark.day, today))
        work.changed(Seen(mark.position, mark.horizon))
    _advance(kind, today, seen)
    return work.swept


@action("reminder.look_back", needs=Perm.SYSTEM)
def look_back(actor: Actor, *, kind: str, today: date) -> Swept:
    """Once a day: make what every sweep before may have missed, retract what is no longer true.

    Costs what is open within the look back of the ladder; a second call of the day costs nothing.
    """
    source, ladder = queries.registered()[kind], queries.ladder(kind)
    name = f"{kind}:look-back"
    mark = _mark(name)
    if (mark is not None and mark.day >= today) or not _locked(f"sweep:{kind}"):
        return Swept(kind, skipped=True)
    work = _Sweep(source, ladder, today, clock.now())
    work.over(Span(work.start, today))
    work.settled += writing.settle(source, writing.unread(source))
    _advance(name, today, Seen(0, 0))
    return work.swept
