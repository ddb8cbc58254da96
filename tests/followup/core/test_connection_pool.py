"""Connections that are kept serve one person after another: none meets the reach of the last."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.test import Client, override_settings

from followup.core.database import base
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.row_security import contexts
from followup.models import Patient, Site
from tests import apart, factories

# Fewer connections than threads: each is handed from one person to the next.
POOL = {"min_size": 0, "max_size": 2, "timeout": 30, "num_workers": 1}
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
SAYS = """
SELECT coalesce(current_setting('everwatch.mode', true), ''),
       coalesce(current_setting('everwatch.reader', true), ''),
       coalesce(nullif(current_setting('everwatch.any', true), ''), '{}'),
       has_table_privilege('followup_patient', 'SELECT')
"""
# What no person reaches; one of sign-ins stays one.
SERVING_NOBODY = {("", "", "{}", 0), ("sign_in", "", "{}", 0)}


@pytest.fixture(scope="module")
def database(engines, own_database, django_db_blocker) -> Iterator[str]:
    """A copy that every thread reaches through the pools, each login with its own."""
    asked = connections["default"].settings_dict
    options = {**asked["OPTIONS"], "pool": POOL}
    with (
        apart.own_copy(engines, django_db_blocker) as copy,
        mock.patch.dict(asked, {"OPTIONS": options}),
        override_settings(DATABASE_LOGINS="separate"),
    ):
        try:
            yield copy.admin
        finally:
            connection.close()
            for pool in connection._connection_pools.values():
                pool.close()
            connection._connection_pools.clear()


@pytest.fixture(scope="module")
def people(database) -> list[tuple[User, Site, Patient]]:
    """Two nurses of two hospitals, each with one patient."""
    rows = []
    for _ in range(2):
        site = factories.make_site()
        nurse = factories.make_user(Role.NURSE, site=site)
        rows.append((nurse, site, factories.register(factories.actor_of(nurse), site)))
    connection.close()
    return rows


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def backends(admin: str) -> set[int]:
    with psycopg.connect(admin) as observer:
        rows = observer.execute(f"SELECT pid {OTHERS}").fetchall()
    return {pid for (pid,) in rows}


def left_in_the_pools() -> set[tuple[str, str, str, int]]:
    """What each kept connection says of itself: mode, person, reach, and the patients it sees."""
    connection.close()
    found: list[tuple[str, str, str, int]] = []
    for pool in connection._connection_pools.values():
        with pool.connection() as raw:
            *said, may = raw.execute(SAYS).fetchone()
            seen = raw.execute("SELECT count(*) FROM followup_patient").fetchone()[0] if may else 0
            found.append((*said, seen))
    return set(found)


def test_people_who_take_turns_see_their_own(people, database) -> None:
    """Eight threads over two connections of the login, sixteen pages."""

    def visit(number: int) -> tuple[int, str]:
        me = number % 2
        try:
            return me, browser_of(people[me][0]).get("/patients/").content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        pages = list(threads.map(visit, range(16)))
    codes = [patient.study_code for _, _, patient in people]
    assert codes[0] != codes[1]
    for me, page in pages:
        assert codes[me] in page
        assert codes[1 - me] not in page
    assert left_in_the_pools() <= SERVING_NOBODY


def test_pages_open_no_further_connection(people, database) -> None:
    client = browser_of(people[0][0])
    assert client.get("/patients/").status_code == 200
    connection.close()
    before = backends(database)
    for _ in range(4):
        assert client.get("/patients/").status_code == 200
        connection.close()
    assert backends(database) == before


def test_a_kept_connection_serves_nobody(people, database) -> None:
    assert browser_of(people[0][0]).get("/patients/").status_code == 200
    assert left_in_the_pools() == SERVING_NOBODY


def _interrupted() -> None:
    with transaction.atomic():
        assert Patient.objects.count() == 1
        raise ZeroDivisionError


def test_nor_does_one_whose_transaction_broke(people, database) -> None:
    nurse = factories.actor_of(people[0][0])
    with contexts.using(contexts.person(nurse)):
        assert Patient.objects.count() == 1
        with pytest.raises(ZeroDivisionError):
            _interrupted()
        transaction.set_autocommit(False)
        assert Patient.objects.count() == 1  # and is given back in the middle of a transaction
        connection.close()
    assert left_in_the_pools() <= SERVING_NOBODY


def test_connections_the_server_cut_are_replaced_unseen(people, database) -> None:
    client = browser_of(people[1][0])
    assert client.get("/patients/").status_code == 200
    connection.close()
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"SELECT pg_terminate_backend(pid, 10000) {OTHERS}")
    assert client.get("/patients/").status_code == 200


def test_one_that_waited_is_tried_before_it_is_used(people, database, monkeypatch) -> None:
    """The same when the end of a connection cannot be seen without asking."""
    client = browser_of(people[1][0])
    assert client.get("/patients/").status_code == 200
    connection.close()
    monkeypatch.setattr(base, "LATELY", -1.0)
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"SELECT pg_terminate_backend(pid, 10000) {OTHERS}")
    assert client.get("/patients/").status_code == 200


def test_the_web_server_keeps_connections_and_opens_none_before_it_forks(cloned_database) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WEB],
        env=cloned_database.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.split()) == (0, ["0", "ConnectionPool"]), done.stderr


WEB = """
import pv.config.wsgi
from django.db import connection
print(len(connection._connection_pools), type(connection.pool).__name__)
"""
