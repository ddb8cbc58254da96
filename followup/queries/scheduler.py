"""How the scheduler is doing: signs of life, lateness, agreement of the clocks."""

from datetime import datetime, timedelta

from django.db import connection

from followup.core import clock
from followup.core.models import Heartbeat
from followup.core.statements import prepared_cursor

LATE = timedelta(minutes=5)


def ages() -> dict[str, timedelta]:
    """How long ago each process last showed life, by name."""
    now = clock.now()
    return {beat.name: now - beat.at for beat in Heartbeat.objects.order_by("name")}


def minutes_late() -> int | None:
    """Minutes since the last sweep once that is too long ago; None while all is well.

    A system that has never swept (just installed) is not late.
    """
    with prepared_cursor() as cursor:  # on every page; Django's way costs three times as much
        cursor.execute("SELECT at FROM core_heartbeat WHERE name = 'sweep'")
        last: datetime | None = next(iter(cursor.fetchone() or ()), None)
    if last is None or clock.now() - last < LATE:
        return None
    return int((clock.now() - last).total_seconds() // 60)


def skew() -> timedelta:
    """By how much our clock is ahead of the database's (negative: behind)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    told: datetime = row[0] if row else clock.now()
    return clock.now() - told
