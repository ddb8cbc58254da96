"""What the processes of the fault tests do: they commit for real and may be killed.

Started by `start()` through `manage.py shell`, on the database of a `cloned_database`.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connections, transaction

from followup.actions import notices, reminders
from followup.core import audit
from followup.core.actor import Actor
from followup.core.models import Notice, Outbox, User
from followup.core.permissions import Role
from followup.models import Patient, PlannedVisit
from tests import factories

ROOT = Path(__file__).resolve().parents[3]
SWEEP = Actor.process("sweep")


def start(
    environment: dict[str, str],
    command: str,
    *arguments: Any,
    module: str = "reminder_processes",
) -> subprocess.Popen[str]:
    """A function of this or a neighbouring module in a process; its output is one line of JSON."""
    code = f"from tests.followup.actions import {module} as p; p.{command}(*{arguments!r})"
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
        env={**environment, "PYTHONUNBUFFERED": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process: subprocess.Popen[str], patience: float = 240) -> Any:
    """Wait for the end of a process and read what it said."""
    out, err = process.communicate(timeout=patience)
    assert process.returncode == 0, err[-4000:]
    return json.loads(out.splitlines()[-1]) if out.strip() else None


def say(value: Any) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")


def fill(patients: int, start_on: str) -> None:
    """Sites with staff and patients, a fifth of them dead, gone or lost; a first sweep."""
    first = date.fromisoformat(start_on)
    for _number in range(2):
        site = factories.make_site()
        nurse = factories.make_user(Role.NURSE, site=site)
        factories.make_user(Role.PHYSICIAN, site=site)
        factories.make_user(Role.SITE_LEAD, site=site)
        for index in range(patients // 2):
            on = first - timedelta(days=40 + 11 * index)
            # Names of one sound and one birthday would be taken for the same person.
            who = factories.person(born=date(1950, 1, 1) + timedelta(days=397 * index))
            factories.register(factories.actor_of(nurse), site, infused_on=on, identity=who)
    factories.make_user(Role.STUDY_MANAGER)
    states = ("WITHDRAWN_NEW_DATA", "TRANSFERRED", "LOST", "DEAD")
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.silence"):
        for number, patient in enumerate(Patient.objects.order_by("study_code")):
            if number % 5 == 0:
                patient.follow_up_state = states[number // 5 % len(states)]
                patient.vital_status = "DEAD" if patient.follow_up_state == "DEAD" else "ALIVE"
                patient.save()
    reminders.sweep(SWEEP, kind="visit", today=first)
    say({"patients": Patient.objects.count(), "visits": PlannedVisit.objects.count()})


def _again(work: Callable[[], Any]) -> Any:
    """A sweep that met another one is simply tried again, as the next tick does."""
    for _attempt in range(20):
        try:
            return work()
        except OperationalError:
            time.sleep(random.random() / 5)
    raise AssertionError("no sweep came through")


def sweep(seed: int, start_on: str, days: int, exclusive: bool) -> None:
    """Sweep under a clock that jumps forwards and back, ending on the last day."""
    chance, first = random.Random(seed), date.fromisoformat(start_on)
    at, done = 0, 0
    while at < days:
        at = max(0, min(days, at + chance.choice((-9, -1, 0, 1, 1, 2, 5, 17))))
        today = first + timedelta(days=at)
        due = {"kind": "visit", "today": today}
        _again(partial(reminders.sweep, SWEEP, **due, exclusive=exclusive))
        if chance.random() < 0.2:
            _again(partial(reminders.look_back, SWEEP, **due))
        done += 1
    say({"sweeps": done})


def expected(first: date, last: date, look_back: int = 60) -> set[tuple[str, ...]]:
    """Every notice there must be, worked out visit by visit with nothing of the product's."""
    staff = User.objects.filter(grants__role__in=("nurse", "physician", "site_lead"))
    by_site: dict[Any, list[tuple[str, str]]] = {}
    for user in staff.prefetch_related("grants"):
        grant = user.grants.get()
        by_site.setdefault(grant.site_id, []).append((user.username, grant.role))
    found = set()
    from_day = first - timedelta(days=look_back)
    for visit in PlannedVisit.objects.filter(state="PLANNED").select_related("patient"):
        if visit.patient.follow_up_state not in ("ACTIVE", "LOST_PROVISIONAL"):
            continue
        soon = visit.due - timedelta(days=3)
        rungs = [("opens", visit.window_start, ["in_app"], ["nurse", "physician"])]
        if soon >= visit.window_start:
            rungs.append(("ends_soon", soon, ["in_app", "email"], ["nurse", "physician"]))
        after = visit.due + timedelta(days=1)
        rungs.append(("ended", after, ["in_app", "email"], ["nurse", "physician", "site_lead"]))
        for code, day, channels, roles in rungs:
            if not from_day <= day <= last:
                continue
            for name, role in by_site[visit.site_id]:
                if role in roles:
                    found |= {(f"visit:{visit.id}", code, way, name) for way in channels}
    return found


def judge(start_on: str, last_on: str) -> None:
    """One last sweep and look back, then what was made against what must be."""
    due = {"kind": "visit", "today": date.fromisoformat(last_on)}
    reminders.sweep(SWEEP, **due)
    reminders.look_back(SWEEP, **due)
    wanted = expected(date.fromisoformat(start_on), date.fromisoformat(last_on))
    rows = list(
        Notice.objects.values_list(
            "obligation", "rung", "channel", "recipient__username", "due_version", "state"
        )
    )
    made = [tuple(row[:4]) for row in rows]
    speaking = [(row[0], row[2], row[3]) for row in rows if row[5] in ("sent", "pending")]
    say(
        {
            "expected": len(wanted),
            "missing": len(wanted - set(made)),
            "extra": len(set(made) - wanted),
            "duplicates": len(made) - len(set(made)),
            "speaking_twice": len(speaking) - len(set(speaking)),
            "silent_without_reason": _silenced(),
        }
    )


def _silenced() -> int:
    """Obligations of which no notice speaks to a person although the latest rung was made."""
    spoken = Notice.objects.filter(state__in=("sent", "pending"))
    keys = set(spoken.values_list("obligation", "recipient_id", "channel"))
    every = set(Notice.objects.values_list("obligation", "recipient_id", "channel"))
    return len(every - keys)


def send_under_fire(kills: int, seed: int, freeze: bool) -> None:
    """Senders that are killed (or frozen past their lease) again and again, then one that ends."""
    chance = random.Random(seed)
    # Templates and catalogues are loaded here once, so that kills do not only hit the start.
    notices.deliver(Actor.process("send"), seconds=0.01, batch=1)
    connections.close_all()
    children: list[int] = []
    done = {"kills": 0, "frozen": 0}
    while done["kills"] + done["frozen"] < kills:
        while len(children) < 2:
            connections.close_all()
            children.append(_sender())
        _wait_for_progress()
        time.sleep(chance.uniform(0, 0.06))  # about the time of one mail: any moment of it
        victim = children.pop(chance.randrange(len(children)))
        if freeze and chance.random() < 0.3:
            os.kill(victim, signal.SIGSTOP)
            time.sleep(2 * settings.MAIL_LEASE_SECONDS)
            os.kill(victim, signal.SIGCONT)
            children.append(victim)
            done["frozen"] += 1
        else:
            _end(victim, signal.SIGKILL)
            done["kills"] += 1
    fired = _sent()
    connections.close_all()
    for child in children:
        _end(child, signal.SIGTERM)
    limit = time.monotonic() + 60 + 0.3 * Outbox.objects.count()
    while Outbox.objects.exclude(state__in=("sent", "dead", "dropped")).exists():
        assert time.monotonic() < limit, "mail is left"
        notices.deliver(Actor.process("send"), seconds=5)
        time.sleep(0.1)
    ambiguous = Outbox.objects.filter(ambiguous=True).values_list("notice_id", flat=True)
    sent = Outbox.objects.filter(state="sent").values_list("notice_id", flat=True)
    say({**done, "fired": fired, "sent": list(sent), "ambiguous": list(ambiguous)})


def _sent() -> int:
    return Outbox.objects.filter(state="sent").count()


def _wait_for_progress() -> None:
    """Until another mail has gone out, so that a kill finds somebody at work."""
    before, limit = _sent(), time.monotonic() + 30  # a busy machine sends slowly
    while _sent() == before and time.monotonic() < limit:
        time.sleep(0.005)


def _end(child: int, number: int) -> None:
    """End a sender that is still at work; one that had ended by itself proves nothing."""
    os.kill(child, number)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "a sender had ended by itself"


def _sender() -> int:
    """A child that sends until it is killed."""
    child = os.fork()
    if child:
        return child
    try:
        while True:
            notices.deliver(Actor.process("send"), seconds=5, batch=5)
            time.sleep(0.02)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def mail(count: int) -> None:
    """So many notices that wait for their way out, each about a visit that is owed."""
    site = factories.make_site()
    nurse = factories.make_user(Role.NURSE, site=site)
    patient = factories.register(factories.actor_of(nurse), site)
    visit = PlannedVisit.objects.filter(patient=patient, state="PLANNED").order_by("due")[0]
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.mail"):
        made = [
            Notice(
                obligation=f"visit:{visit.id}",
                rung=f"test{number}",
                channel="email",
                recipient=nurse,
                due=visit.due,
                label="test",
                target=str(visit.id),
                created_at=factories.clock.now(),
            )
            for number in range(count)
        ]
        Notice.objects.bulk_create(made)
        Outbox.objects.bulk_create(
            Outbox(notice=notice, not_before=notice.created_at) for notice in made
        )
    say([notice.id for notice in made])
