"""The scheduler: what the system does automatically all day long, each part independently."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from django.db import transaction

from followup.actions import (
    drafts,
    notices,
    passwords,
    patient_message_sending,
    reminders,
    schedules,
    seal_anchors,
    seals,
    sessions,
)
from followup.actions.notices import digests
from followup.actions.reminders import Swept
from followup.core import clock, extensions, jobs
from followup.core.actor import Actor
from followup.core.extensions import Daily
from followup.core.models import Watermark
from followup.queries import reminders as owed
from followup.queries import scheduler as queries

logger = logging.getLogger("everwatch.scheduler")
_SKEW = timedelta(seconds=60)
_MISSED_BATCH = 5000
SEAL_SECONDS = 5  # a backlog is worked off over several runs
RUN_SECONDS = 15  # below the time between two ticks, so that runs do not overlap


@dataclass
class SchedulerRun:
    """What a run did, by part, and which parts failed; a failed part is tried again next run."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def do(self, name: str, part: Callable[[], int]) -> bool:
        """Run one part; whether it worked. One part's trouble must not stop the others."""
        try:
            self.counts[name] += part()
        except Exception:
            logger.exception("part of a scheduler run failed", extra={"task": name})
            self.failed.append(name)
            return False
        return True


def _clock_is_right() -> int:
    """Raises when our clock is far from the database's: reminders must not come early."""
    if abs(queries.skew()) > _SKEW:
        raise RuntimeError("this machine's clock differs from the database's by over a minute")
    return 0


def _live(sweep: Callable[[], Swept], held: list[str]) -> int:
    """What a sweep made; one that another process is at is noted in `held`."""
    swept = sweep()
    if swept.skipped:
        held.append(swept.kind)
    return swept.live


def _repeated(part: Callable[[], int], limit: float, least: int = 1) -> int:
    """Call until fewer than `least` are left or the time is up; the rest waits for the next run."""
    total = 0
    while time.monotonic() < limit:
        done = part()
        total += done
        if done < least:
            break
    return total


def _wake_jobs() -> int:
    count = 0
    for job_id in jobs.waiting():
        if not jobs.wake(job_id):
            break  # no broker: asking for each of them would only take its time again
        count += 1
    return count


def _sweep(actor: Actor, today: date, done: SchedulerRun) -> bool:
    """Whether everything is told. What another process is still telling is not: it may be killed,
    and its statement runs on at the database for a while, with the lock, before it is undone.
    """
    results, held, looked = [], list[str](), list[str]()
    for kind in owed.registered():
        swept = partial(reminders.sweep, actor, kind=kind, today=today)
        results.append(done.do(f"sweep {kind}", partial(_live, swept, held)))
        back = partial(reminders.look_back, actor, kind=kind, today=today)
        results.append(done.do(f"look back {kind}", partial(_live, back, looked)))
    return all(results) and not held


def _once_a_day(actor: Actor, name: str, duty: Daily, today: date) -> int:
    """Do a daily duty unless its mark says today; mark and work stand or fall together."""
    with transaction.atomic():
        mark, _made = Watermark.objects.select_for_update().get_or_create(
            name=name[-60:], defaults={"day": today - timedelta(days=1)}
        )
        if mark.day >= today:
            return 0
        count = duty(actor, today=today)
        mark.day = today
        mark.save(update_fields=["day"])
    return count


def _duties() -> dict[str, Daily]:
    """What the applications do once a day, by the name its mark keeps."""
    duties = (added.daily() for added in extensions.registered())
    return {name: duty for each in duties for name, duty in each.items()}


def tick(actor: Actor, *, seconds: float = RUN_SECONDS) -> SchedulerRun:
    """One run without sending: duties, sweep, close what was missed, roll on, wake, clear up.

    The sweep comes before the closing: a window that ends where the next begins is told as ended
    before it counts as missed.
    """
    done, today, limit = SchedulerRun(), clock.today(), time.monotonic() + seconds
    reminders.beat(actor, name="tick")
    right = done.do("clock", _clock_is_right)
    if right:  # what falls due by date alone comes before its reminders
        for name, duty in _duties().items():
            done.do(name, partial(_once_a_day, actor, name, duty, today))
    if right and _sweep(actor, today, done):
        reminders.beat(actor, name="sweep")
        missed = partial(schedules.close_missed, actor, today=today, limit=_MISSED_BATCH)
        done.do("missed", partial(_repeated, missed, limit, _MISSED_BATCH))
        extend = partial(schedules.extend, actor, today=today)
        done.do("extended", partial(_repeated, extend, limit))
    done.do("changes sealed", partial(seals.seal_all, actor, seconds=SEAL_SECONDS))
    done.do("anchors queued", partial(seal_anchors.queue, actor))
    done.do("anchors handed out", partial(seal_anchors.deliver, actor))
    done.do("jobs woken", _wake_jobs)
    done.do("drafts expired", partial(drafts.expire, actor))
    done.do("files forgotten", jobs.forget_files)
    done.do("sessions cleared", partial(sessions.clear, actor))
    return done


def _digests(actor: Actor) -> int:
    return sum(digests.deliver(actor, owed.retry()).values())


def send(actor: Actor, *, seconds: float = RUN_SECONDS) -> SchedulerRun:
    """Send what waits in the outbox."""
    done = SchedulerRun()
    reminders.beat(actor, name="send")
    done.do("password links", partial(passwords.deliver, actor))
    done.do("digests", partial(_digests, actor))
    done.do("patient messages", partial(patient_message_sending.deliver, actor))
    sent = notices.deliver(actor, seconds=seconds)
    done.counts.update(sent.outcomes)
    return done
