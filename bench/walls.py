"""What the second wall costs the main pages: row security and a login for each class of people.

The limit is the same page in the same run with the policies switched off and one login for all.
Every request takes its connections out of the pool, as in the web server, and gives them back.
"""

import os
from collections.abc import Iterator
from typing import Any
from unittest import mock

import psycopg
from django.core.management import call_command
from django.db import connection
from django.test import Client
from psycopg import sql

from bench._measure import Call, row, wall
from followup.core import guards
from followup.core.models import Grant, User
from followup.core.permissions import Role
from followup.core.row_security import contexts, policies
from followup.models import Patient
from pv.models import Case

DATABASE = True
SIZES = (5_000,)
QUICK = (200,)
TARGET = 1.25  # at most a quarter more


def sizes(quick: bool) -> tuple[int, ...]:
    """Patients in the register."""
    return QUICK if quick else SIZES


def _client(role: Role) -> Client:
    user = User.objects.get(id=Grant.objects.filter(role=role).order_by("granted_at")[0].user_id)
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def _pages() -> Iterator[tuple[str, Client, str]]:
    nurse, manager, officer = map(_client, (Role.NURSE, Role.STUDY_MANAGER, Role.SAFETY_OFFICER))
    sites = Grant.objects.filter(role=Role.NURSE).order_by("granted_at").values("site_id")[:1]
    patient = Patient.objects.filter(site__in=sites).order_by("study_code")[0]
    yield "nurse: worklist", nurse, "/worklist/"
    yield "nurse: patients", nurse, "/patients/"
    yield "nurse: one patient", nurse, f"/patients/{patient.id}/"
    yield "nurse: samples", nurse, "/samples/"
    yield "holder: patients", manager, "/patients/"
    yield "safety: cases", officer, "/cases/"
    case = Case.objects.order_by("number").first()
    if case is not None:
        yield "safety: one case", officer, f"/cases/{case.id}/"


def _policies(switch: str) -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for model in filter(policies.protected, guards.own_models()):
            statement = sql.SQL(f"ALTER TABLE {{}} {switch} ROW LEVEL SECURITY")
            owner.execute(statement.format(sql.Identifier(model._meta.db_table)))


def _one_login() -> Any:
    alone = mock.Mock(return_value=contexts.SYSTEM)
    return mock.patch.multiple(contexts, present=alone)


def _timed(call: Call) -> float:
    connection.close()
    return wall(call)


def at(patients: int, quick: bool = False) -> Iterator[dict[str, Any]]:
    """Wall time of each page, the two set-ups in turn."""
    call_command("seed_demo", patients=patients, seed=1, bulk=patients > 500, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    pages = list(_pages())
    walled: dict[str, list[float]] = {name: [] for name, *_ in pages}
    bare: dict[str, list[float]] = {name: [] for name, *_ in pages}
    for _ in range(4 if quick else 12):
        for switch, times in (("DISABLE", bare), ("ENABLE", walled)):
            connection.close()
            _policies(switch)
            for name, client, address in pages:

                def call(client: Client = client, address: str = address) -> None:
                    answer = client.get(address)
                    assert answer.status_code == 200, (address, answer.status_code)

                if switch == "DISABLE":
                    with _one_login():
                        call()
                        times[name].append(min(_timed(call) for _ in range(3)))
                else:
                    call()
                    times[name].append(min(_timed(call) for _ in range(3)))
    for name, *_ in pages:
        yield row("walls", name, 1, walled[name], bare[name], target=TARGET, patients=patients)
