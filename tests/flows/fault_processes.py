"""What the processes of the fault tests do: they commit for real, on a database of their own.

Started through `manage.py shell` on a `cloned_database`; each says one line of JSON.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import psycopg
from django.db import close_old_connections, connection, connections
from django.test import Client

from followup.actions import patients, schedules, tokens, visits
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.core.row_security import contexts
from followup.core.security.accounts import actor_of
from followup.domain import contents
from followup.models import Consent, Identity, Infusion, Patient, PlannedVisit, Visit
from followup.queries import protocols, reference
from pv.actions import cases
from pv.models import Case
from tests import factories

contexts.declare()

BACKEND = "django.contrib.auth.backends.ModelBackend"
TABLES = (Patient, Identity, Consent, Infusion, PlannedVisit)


def say(value: Any) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")


class Person:
    """A nurse with a browser and a token."""

    def __init__(self) -> None:
        self.site = factories.make_site()
        self.user = factories.make_user(Role.NURSE, site=self.site)
        self.actor = actor_of(self.user)
        self.client = Client(raise_request_exception=False)
        self.client.force_login(self.user, backend=BACKEND)
        _row, self.token = tokens.issue_token(self.actor, self.user, label="fault test")

    def form(self, number: int = 0) -> dict[str, Any]:
        """A registration that would be saved; another person for each number."""
        day = clock.today() - timedelta(days=30)
        product = factories.product()
        return {
            "site": str(self.site.pk),
            "name": ("欧阳", "陈", "丁", "范", "高", "何", "江", "孔")[number] + "明月",
            "sex": "FEMALE",
            "birth_date": f"{1970 - number}-01-02",
            "phone": f"1390000{1234 + number * 1111}",
            "consent_version": "v1",
            "consent_on": day.isoformat(),
            "purposes": ["LTFU"],
            "product": str(product.pk),
            "indication": str(next(iter(reference.indications(self.actor, product))).pk),
            "infused_on": day.isoformat(),
            "lot": "L1",
            "chain_of_identity": f"COI-fault-{number}" if number else "COI-fault",
        }

    def ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        """One request as a server would treat it: broken connections are dropped at its end."""
        began = time.monotonic()
        answer = getattr(self.client, method)(address, **more)
        close_old_connections()
        return {
            "status": answer.status_code,
            "retry": answer.headers.get("Retry-After"),
            "seconds": time.monotonic() - began,
            "text": answer.content.decode(errors="replace")[:20000],
        }

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def counted() -> list[int]:
    return [model.objects.count() for model in TABLES]


def _terminate_own_backend() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    with psycopg.connect(os.environ["TEST_ADMIN_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [backend])


def break_in_the_middle() -> None:
    """The connection dies after patient, identity and consent are written, before the rest."""
    person, original = Person(), schedules.open_for

    def dying(*args: Any, **kwargs: Any) -> Any:
        _terminate_own_backend()
        return original(*args, **kwargs)

    before = counted()
    with mock.patch.object(schedules, "open_for", dying):
        broken = person.ask("post", "/patients/register/", data=person.form())
    between = counted()
    again = person.ask("post", "/patients/register/", data=person.form())
    say({"broken": broken, "before": before, "between": between, "again": again["status"]})


def database_away() -> None:
    """Nothing listens where the database should be; pages and API, then it is back."""
    person = Person()
    settings = connections["default"].settings_dict
    kept = settings["PORT"], settings["HOST"]
    connections["default"].close()
    settings["HOST"], settings["PORT"] = "127.0.0.1", "1"
    away = [
        person.ask("get", "/worklist/"),
        person.ask("post", "/patients/register/", data={"name": "x"}),
        person.ask("get", "/api/v1/patients/", headers=person.bearer()),
        person.ask("post", "/sign-in/", data={"username": "a", "password": "b"}),
    ]
    settings["PORT"], settings["HOST"] = kept
    connections["default"].close()
    say({"away": away, "back": person.ask("get", "/worklist/")["status"]})


def save_each_time(saves: int) -> None:
    """For each line on standard input the status of a registration; after the last the patients.

    At most seven. Nothing but the registration itself asks the database in between: it may be away.
    """
    person = Person()
    before, forms = counted()[0], [person.form(number + 1) for number in range(saves)]
    say("ready")
    sys.stdout.flush()
    for form, _line in zip(forms, sys.stdin, strict=False):
        connections["default"].close()  # as a server asks for a connection that still works
        say(person.ask("post", "/patients/register/", data=form)["status"])
        sys.stdout.flush()
    connections["default"].close()
    say(counted()[0] - before)


def table_locked() -> None:
    """Somebody keeps a table locked for longer than a request waits."""
    person, before = Person(), counted()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("LOCK TABLE followup_consent IN ACCESS EXCLUSIVE MODE")
        waiting = person.ask("post", "/patients/register/", data=person.form())
        owner.rollback()
    between = counted()
    again = person.ask("post", "/patients/register/", data=person.form())
    say({"waiting": waiting, "before": before, "between": between, "again": again["status"]})


def without_cache() -> None:
    """Pages, a save that tells others, and the API, with nothing at REDIS_URL."""
    person = Person()
    person.ask("get", "/worklist/")  # what is loaded once is not what waits for a cache
    answers = {
        "page": person.ask("get", "/worklist/"),
        "save": person.ask("post", "/patients/register/", data=person.form()),
        "api": person.ask("get", "/api/v1/patients/", headers=person.bearer()),
    }
    infusion = Infusion.objects.get(chain_of_identity="COI-fault")
    heard = {
        "verbatim": "外周T细胞淋巴瘤待排",
        "aware_on": clock.today().isoformat(),
        "reporter_name": "李护士",
        "is_new_malignancy": "YES",
    }
    answers["event"] = person.ask("post", f"/infusions/{infusion.pk}/events/report/", data=heard)
    say(answers | {"cases": Case.objects.count()})


def _together(*calls: Callable[[], Any]) -> list[str]:
    """Run the calls at the same moment, each on a connection of its own; how each ended."""
    start, ends = threading.Barrier(len(calls)), [""] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        start.wait()
        try:
            call()
            ends[place] = "done"
        except (Conflict, Refused) as problem:
            ends[place] = type(problem).__name__
        except Exception as error:  # what must not happen is reported by its name
            ends[place] = f"FAULT {error!r}"
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def twice_at_once() -> None:
    """The same registration, contact and case edit from two people at the same moment."""
    person, before = Person(), counted()[0]
    who, product = factories.person("欧阳双双"), factories.product()
    day = clock.today() - timedelta(days=93)

    def registering() -> Patient:
        return patients.register(
            person.actor,
            person.site,
            sex="FEMALE",
            identity=who,
            consent=patients.ConsentInput("v1", ["LTFU"], day),
            infusion=patients.InfusionInput(
                product=product,
                indication=next(iter(reference.indications(person.actor, product))),
                infused_on=day,
                lot="L1",
                chain_of_identity="COI-once",
            ),
        )

    said = {"register": _together(registering, registering, registering)}
    said["patients"] = [str(counted()[0] - before)]
    infusion = Infusion.objects.get(chain_of_identity="COI-once")
    planned = PlannedVisit.objects.select_related("schedule__protocol").get(
        patient=infusion.patient, code="M3"
    )
    point = protocols.of(planned.schedule.protocol).by_code[planned.code]
    given = VisitInput(
        contact_on=clock.today(),
        informant="PATIENT",
        vital_status="ALIVE",
        contact_type="ON_SITE",
        disease_status="REMISSION",
        new_malignancy="NO",
        other_event="NO",
        new_therapy="NO",
        assessments=dict.fromkeys(contents.ticked(point), contents.DONE),
    )

    def calling() -> Visit:
        return visits.record(person.actor, infusion, given=given, planned=planned)

    said["call"] = _together(calling, calling)
    said["visits"] = [str(Visit.objects.filter(planned=planned).count())]
    factories.malignancy(person.actor, infusion.patient)
    case = Case.objects.get(patient=infusion.patient)
    officer = factories.make_actor(Role.SAFETY_OFFICER)

    def editing(text: str) -> Callable[[], Any]:
        return lambda: cases.edit(
            officer, case, changes={"E.i[1].1.1a": text}, lock_version=case.lock_version
        )

    said["edit"] = _together(editing("eins"), editing("zwei"))
    locked = Case.objects.get(id=case.id).lock_version
    said["versions"] = [str(locked - case.lock_version)]
    say(said)
