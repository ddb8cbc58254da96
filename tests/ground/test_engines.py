"""The embedded engines: roles without rights of their own, copies, restarts."""

import os
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis

from dev.engines import postgres as postgres_module
from dev.engines.databases import (
    APPLICATION,
    CLASSES,
    OWNER,
    clone,
    create_roles,
    drop,
    embedded,
    ensure_database,
    exists,
)
from dev.engines.postgres import THROWAWAY, Postgres, find_binaries
from dev.engines.processes import unprivileged_account
from dev.engines.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder():
    place = Path(tempfile.mkdtemp(prefix="everwatch-ground-", dir="/tmp"))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def server(folder):
    server = Postgres(folder, THROWAWAY, folder / "postgres.log")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def database(server):
    addresses = embedded(server, "everwatch")
    for _ in range(2):
        create_roles(addresses)
        ensure_database(addresses)
    return addresses


def ask(url: str, question: str):
    with closing(psycopg.connect(url)) as connection:
        return connection.execute(question).fetchone()


@pytest.mark.requirement("ASVS-13.2.2")
def test_neither_role_has_power(database):
    with closing(psycopg.connect(database.admin)) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls "
            "OR rolreplication FROM pg_roles WHERE rolname LIKE 'everwatch%' ORDER BY 1"
        ).fetchall()
    assert [name for name, _power in rows] == sorted([*CLASSES, APPLICATION, OWNER])
    assert not any(power for _name, power in rows)


def test_sorting_and_text_do_not_depend_on_the_machine(database):
    found = ask(
        database.application,
        "SELECT datcollate, pg_encoding_to_char(encoding), current_setting('timezone') "
        "FROM pg_database WHERE datname = current_database()",
    )
    assert found == ("C.UTF-8", "UTF8", "UTC")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE EXTENSION hstore",
    ],
)
def test_the_application_can_make_nothing(database, statement):
    with (
        closing(psycopg.connect(database.application)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_the_owner_grants_and_a_copy_keeps_rows_and_rights(database):
    with closing(psycopg.connect(database.owner, autocommit=True)) as connection:
        connection.execute("CREATE TABLE thing (a int); INSERT INTO thing VALUES (1)")
        connection.execute("GRANT SELECT ON thing TO everwatch_app")
    copy = clone(database, "everwatch_copy")
    assert ask(copy.application, "SELECT a FROM thing") == (1,)
    with closing(psycopg.connect(copy.owner, autocommit=True)) as connection:
        connection.execute("UPDATE thing SET a = 2")
    assert ask(database.application, "SELECT a FROM thing") == (1,)
    with (
        closing(psycopg.connect(copy.application)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TEMPORARY TABLE mine (a int)")
    drop(copy)
    assert not exists(copy)


def test_no_extension_is_asked_for(database):
    """Nothing uses one, and not every hospital's superuser installs what is asked."""
    assert ask(database.application, "SELECT array_agg(extname::text) FROM pg_extension") == (
        ["plpgsql"],
    )


def test_the_compose_script_makes_the_same_roles_and_rights(server, database, monkeypatch):
    """docker/roles.sh, run against a second server, gives what the demo's bootstrap gives."""
    psql = server.binaries / "psql"
    if not psql.exists():
        pytest.skip("this PostgreSQL comes without psql")
    place = Path(tempfile.mkdtemp(prefix="everwatch-roles-", dir="/tmp"))
    place.chmod(0o711)
    other = Postgres(place, THROWAWAY, place / "postgres.log")
    other.start()
    try:
        done = subprocess.run(
            ["/bin/sh", ROOT / "docker" / "roles.sh"],
            env={
                "PATH": f"{server.binaries}:{os.environ['PATH']}",
                "PGHOST": str(other.sockets),
                "PGUSER": "postgres",
                "EVERWATCH_OWNER_PASSWORD": "own'er",
                "EVERWATCH_APP_PASSWORD": 'ap"p',
            },
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        question = (
            "SELECT (SELECT array_agg((rolname, rolcanlogin, rolsuper, rolcreatedb, "
            "rolcreaterole, rolbypassrls)::text ORDER BY rolname) FROM pg_roles WHERE rolname LIKE "
            "'everwatch%'), (SELECT (datdba::regrole, datcollate, array(SELECT entry::text FROM "
            "unnest(datacl) entry ORDER BY 1))::text FROM pg_database WHERE datname = 'everwatch'"
            "), "
            "(SELECT (nspowner::regrole, nspacl)::text FROM "
            "pg_namespace WHERE nspname = 'public'), "
            "(SELECT array_agg(extname ORDER BY 1) FROM pg_extension)"
        )
        assert ask(embedded(other, "everwatch").admin, question) == ask(database.admin, question)
        role = "SELECT rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid WHERE rolname = '{}'"
        admin = embedded(other, "everwatch").admin
        assert ask(admin, role.format("everwatch_app")) == (True,)
        assert ask(admin, role.format("everwatch_owner")) == (True,)
    finally:
        other.stop()
        shutil.rmtree(place)


def test_an_unreadable_wheel_is_copied_to_where_postgresql_can_read(folder, monkeypatch):
    account = unprivileged_account()
    package = postgres_module.embedded_package()
    if account is None or package is None:
        pytest.skip("only root runs PostgreSQL as another account")
    closed = Path(tempfile.mkdtemp(prefix="everwatch-closed-", dir="/tmp"))
    try:
        for name in (package.name, package.name + ".libs"):
            (closed / name).symlink_to(package.with_name(name))
        monkeypatch.setattr(postgres_module, "embedded_package", lambda: closed / package.name)
        binaries = find_binaries(folder, account)
        assert binaries.is_relative_to(folder)
        assert find_binaries(folder, account) == binaries
    finally:
        shutil.rmtree(closed)


def test_valkey_keeps_what_it_holds_over_a_restart(folder):
    engine = Valkey(folder, folder / "valkey.log")
    engine.start()
    redis.Redis(unix_socket_path=str(engine.socket)).set("key", "value")
    engine.stop()
    engine.start()
    assert redis.Redis(unix_socket_path=str(engine.socket)).get("key") == b"value"
    engine.stop()
    assert engine.socket.parent.stat().st_mode & 0o777 == 0o700
