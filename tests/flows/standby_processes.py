"""What the process of the standby test does: it reads as people do, and says from where.

Started through `manage.py shell` on a durable primary with STANDBY_DATABASE_URL. Each line on
standard input is a step; each step says one line of JSON.
"""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from followup.actions import call_backs, tokens
from followup.core import clock
from followup.core.database import standby
from followup.core.permissions import Role
from followup.core.row_security import contexts
from followup.core.row_security.logins import Login
from tests import factories

BACKEND = "django.contrib.auth.backends.ModelBackend"
ROLES = (Role.NURSE, Role.SAFETY_OFFICER, Role.STUDY_MANAGER, Role.REGULATORY, Role.AUDITOR)
# What differs between two answers to the same question: the tokens of forms.
_ONCE = re.compile(r"[A-Za-z0-9]{64}")


def say(value: Any) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


@contextmanager
def asked() -> Iterator[Counter[str]]:
    """How many statements each server was asked."""
    seen: Counter[str] = Counter()

    def count(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        seen[contexts.present().server.value] += 1
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(count):
        yield seen


def _marked(patterns: Any, prefix: str = "") -> Iterator[str]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _marked(entry.url_patterns)
        elif isinstance(entry, URLPattern) and entry.name:
            view = getattr(entry.callback, "view_class", None)
            function = getattr(view, "get", None) if view else entry.callback
            if hasattr(function, "reads_from_standby") and not entry.pattern.converters:
                yield entry.name


def _first_difference(one: str, other: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return f"{one[max(0, at - 40) : at + 60]!r} / {other[max(0, at - 40) : at + 60]!r}"


def _text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.status_code} {_ONCE.sub('', body.decode(errors='replace'))}"


class World:
    """Hospital and safety staff, a patient, and a call-back that is written again and again."""

    def __init__(self) -> None:
        self.site = factories.make_site()
        nurse = factories.make_user(Role.NURSE, site=self.site)
        self.actor = factories.actor_of(nurse)
        self.patient = factories.register(self.actor, self.site)
        factories.malignancy(self.actor, self.patient)
        self.people = {Role.NURSE: nurse}
        self.people |= {role: factories.make_user(role) for role in ROLES[1:]}
        self.clients = {role: Client(raise_request_exception=False) for role in ROLES}
        for role, client in self.clients.items():
            client.force_login(self.people[role], backend=BACKEND)
        _row, self.token = tokens.issue_token(self.actor, nurse, label="standby")
        self.number = 0

    def write(self) -> str:
        """A new call-back, by the action that page and API use."""
        self.number += 1
        about = f"call back number {self.number}"
        call_backs.ask(self.actor, self.patient, about=about, due_on=clock.today())
        return about

    def read(self) -> dict[str, Any]:
        """Write, then ask page and API at once; whether they show it, and who was asked."""
        about = self.write()
        with asked() as page:
            began = time.monotonic()
            text = self.clients[Role.NURSE].get("/day/").content.decode()
            seconds = time.monotonic() - began
        with asked() as api:
            headers = {"Authorization": f"Bearer {self.token}"}
            rows = Client().get("/api/v1/call-backs/", headers=headers).json()["items"]
        return {
            "page": about in text,
            "api": about in [row["about"] for row in rows],
            "page_from": page,
            "api_from": api,
            "seconds": seconds,
        }

    def walk(self) -> dict[str, Any]:
        """Open every marked page without an id from both servers: which differ, which failed."""
        differ, failed, opened = [], [], set()
        names = sorted(set(_marked(get_resolver().url_patterns)))
        for name, (role, client) in product(names, self.clients.items()):
            standby._Rest.until = time.monotonic() + 3600
            if name in opened:  # by one of those who may is enough: what differs is the server
                continue
            at_primary = client.get(reverse(name))
            if at_primary.status_code != 200:
                continue
            opened.add(name)
            shown = _text(at_primary)
            standby._Rest.until = 0.0
            with asked() as seen:
                again = _text(client.get(reverse(name)))
            if standby._Rest.until or not seen["standby"]:
                failed.append(f"{name} as {role}")
            if again != shown:
                differ.append(f"{name} as {role}: {_first_difference(shown, again)}")
        return {"differ": differ, "failed": failed, "opened": sorted(opened)}

    def foreign(self) -> dict[str, Any]:
        """On the standby's connections: row security holds, and nobody's reach is left behind."""
        other = factories.make_user(Role.NURSE, site=factories.make_site())
        client = Client()
        client.force_login(other, backend=BACKEND)
        self.clients[Role.NURSE].get("/patients/")
        own = self.patient.study_code in self.clients[Role.NURSE].get("/patients/").content.decode()
        with asked() as seen:
            foreign = self.patient.study_code in client.get("/patients/").content.decode()
        nobody_there = contexts.Context(login=Login.HOSPITAL, server=contexts.Server.STANDBY)
        with contexts.using(nobody_there):
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*), pg_is_in_recovery() FROM followup_patient")
                nobody, recovering = cursor.fetchone()
            refused = ""
            try:
                with connection.cursor() as cursor:
                    cursor.execute("DELETE FROM core_draft")
            except standby.FAULTS as error:
                refused = type(error.__cause__).__name__
        return {
            "own": own,
            "foreign": foreign,
            "from": seen,
            "nobody": nobody,
            "recovering": recovering,
            "refused": refused,
        }


def work() -> None:
    """One step for each line, until the input ends."""
    contexts.declare()
    world = World()
    say("ready")
    for line in sys.stdin:
        standby._Rest.until = 0.0
        with clock.pinned(clock.now()):
            say(getattr(world, line.strip())())
