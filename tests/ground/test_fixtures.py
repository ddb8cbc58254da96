"""What the test fixtures promise to every other test."""

import os
import re
import subprocess
import sys
import urllib.request
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import redis
from django.db import connection

from followup.core import clock

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_tests_use_the_application_role_and_their_own_database(engines):
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_database(), current_user")
        *who, assumed = cursor.fetchone()
    assert who == ["everwatch_app", engines.own.name]
    assert assumed in ("everwatch_app", "everwatch_worker"), "neither owner nor superuser"


@pytest.mark.django_db
def test_the_schema_belongs_to_the_owner():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = current_schema()"
        )
        assert cursor.fetchall() == [("everwatch_owner",)]


def test_a_clone_is_a_database_of_its_own(cloned_database, own_database):
    assert cloned_database.application != own_database.application
    assert cloned_database.environment["DATABASE_URL"] == cloned_database.application
    with psycopg.connect(cloned_database.owner) as link:
        assert link.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)


def test_valkey_is_at_redis_url_and_comes_back(valkey):
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    assert client.ping()
    valkey.stop()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    valkey.start()
    assert client.ping()


def test_the_live_stack_answers_and_names_its_logins(live_stack):
    with urllib.request.urlopen(live_stack.url + "/", timeout=10) as answer:
        assert answer.status == 200
        assert "Content-Security-Policy" in answer.headers
    assert live_stack.logins().strip()


@pytest.mark.parametrize(("port", "status"), [("live", 0), ("closed", 1)])
def test_the_health_check_of_the_image_tells_live_from_dead(live_stack, port, status):
    done = subprocess.run(
        [sys.executable, ROOT / "docker" / "healthy.py"],
        env={"ALLOWED_HOSTS": "localhost", "PORT": str(live_stack.port if port == "live" else 9)},
        check=False,
        capture_output=True,
    )
    assert done.returncode == status, done.stderr


def test_a_page_opens_in_chromium(page):
    page.goto("/")
    assert page.title()
    assert page.url.startswith("http://127.0.0.1:")


def test_time_moves_by_the_one_clock_alone(travel):
    begin = clock.now()
    assert travel(timedelta(days=1)) - begin >= timedelta(days=1)
    assert clock.now() == travel(timedelta()), "it stands where it was put"
    assert travel(timedelta(hours=-2)) < clock.now() + timedelta(seconds=1)
    assert clock.today() == clock.now().astimezone(clock.SHANGHAI).date()


def test_no_test_replaces_a_function_of_the_clock():
    replaced = re.compile(r"setattr\(clock,|setattr\(\s*['\"][\w.]*clock\.")
    found = [
        path.name for path in (ROOT / "tests").rglob("*.py") if replaced.search(path.read_text())
    ]
    assert found == [], "the fixture `travel`, or `clock.pinned` for a part of a test"
