"""Runs that are killed, or lose their database, in the middle of a sweep; what was told after.

Started through `reminder_processes.start`; each says one line of JSON.
"""

import os
import signal
import time
from contextlib import suppress
from datetime import date
from typing import Any
from unittest import mock

from django.db import connection, connections

from followup.actions import scheduler
from followup.actions.reminders import writing
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Notice, Watermark
from followup.models import PlannedVisit
from tests.followup.actions.reminder_processes import expected, say

TICK = Actor.process("tick")
ORPHAN_SECONDS = 4  # how long the database goes on with what its client asked before it died


def owed(first_on: str, last_on: str) -> None:
    """Every notice due up to a day, worked out before any run has run."""
    say(sorted(expected(date.fromisoformat(first_on), date.fromisoformat(last_on))))


def _tick(day: date) -> dict[str, Any]:
    with mock.patch.object(clock, "today", return_value=day):
        done = scheduler.tick(TICK)
    return {"failed": done.failed, "live": done.counts["sweep visit"], "missed": _missed()}


def _missed() -> int:
    return PlannedVisit.objects.filter(state="MISSED").count()


def _begin(day: date, telling: int) -> None:
    """A run that stops in the middle of its sweep, once part of the notices is written.

    It stops there once: a run that lost its database goes on with its other parts.
    """
    insert, told = writing.insert, list[int]()

    def slow(*arguments: Any) -> tuple[int, int]:
        made = insert(*arguments)
        if made[1] and not told:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                told.append(cursor.fetchone()[0])
                os.write(telling, f"{told[0]}\n".encode())
                cursor.execute("SELECT pg_sleep(%s)", [ORPHAN_SECONDS])
        return made

    with mock.patch.object(writing, "insert", slow), suppress(Exception):
        _tick(day)


def _stop(fault: str, child: int, backend: int) -> None:
    if fault == "killed":
        os.kill(child, signal.SIGKILL)
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    os.waitpid(child, 0)


def broken_round(fault: str, day_on: str) -> None:
    """A run that is broken off, another at once after it, and runs until one sweeps."""
    day = date.fromisoformat(day_on)
    hearing, telling = os.pipe()
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            _begin(day, telling)
        finally:
            os._exit(0)
    os.close(telling)  # so that a child that ends early is heard too
    backend = int(os.read(hearing, 20).split()[0])
    before = Notice.objects.count()
    _stop(fault, child, backend)
    said = {"before": before, "at_once": _tick(day)}
    limit = time.monotonic() + 10 * ORPHAN_SECONDS
    while Watermark.objects.get(name="visit").day < day:
        assert time.monotonic() < limit, "no sweep came through"
        time.sleep(0.2)
        said["later"] = _tick(day)
    said["later"] = _tick(day)
    say(said)


def quiet_round(day_on: str) -> None:
    """A run that nothing disturbs."""
    say({"before": Notice.objects.count(), "later": _tick(date.fromisoformat(day_on))})


def told() -> None:
    """Every notice there is, and how often one stands there twice."""
    keys = ("obligation", "rung", "channel", "recipient__username")
    rows = list(Notice.objects.filter(obligation__startswith="visit:").values_list(*keys))
    say({"made": sorted(set(rows)), "twice": len(rows) - len(set(rows))})
