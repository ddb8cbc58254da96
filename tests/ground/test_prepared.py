"""What the next start of the demo may take as done, and what makes it do it again."""

from contextlib import closing

import psycopg
import pytest

from dev.engines import data_folders
from dev.engines.databases import drop
from dev.engines.prepared import Prepared
from dev.testing.pytest_engines import seeded


@pytest.fixture
def world(engines):
    """A copy of the seeded database."""
    engines.ready()
    source = seeded(engines)
    copy = engines.database.copy(f"everwatch_prepared_{engines.worker}", of=source)
    yield copy
    drop(copy)


def run(addresses, statement: str) -> None:
    with closing(psycopg.connect(addresses.owner, autocommit=True)) as connection:
        connection.execute(statement)


def test_a_prepared_database_is_known_until_something_that_shaped_it_changes(
    world, tmp_path, monkeypatch
):
    prepared = Prepared(tmp_path / "mark", world)
    assert prepared.logins() is None, "nothing was prepared yet"
    prepared.keep("nurse secret")
    assert prepared.logins() == "nurse secret"
    monkeypatch.setattr(data_folders, "demo_key", lambda name: f"other {name}")
    assert prepared.logins() is None, "a source changed"
    monkeypatch.undo()
    assert prepared.logins() == "nurse secret"
    run(world, "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")
    assert prepared.logins() is None, "somebody migrated by hand"


def test_a_torn_mark_an_empty_and_an_absent_database_are_prepared_again(
    world, engines, cloned_database, tmp_path
):
    prepared = Prepared(tmp_path / "mark", world)
    prepared.keep("nurse secret")
    prepared.mark.write_text(prepared.mark.read_text()[:20])
    assert prepared.logins() is None
    empty = Prepared(tmp_path / "empty", engines.own.renamed(_name(cloned_database.application)))
    empty.keep("nurse secret")
    assert not empty.mark.exists()
    absent = Prepared(tmp_path / "absent", world.renamed("everwatch_nowhere"))
    absent.keep("nurse secret")
    assert absent.logins() is None
    assert absent.age_of_tick() is None


def test_the_age_of_a_tick_is_seconds(world, tmp_path):
    prepared = Prepared(tmp_path / "mark", world)
    run(
        world,
        "INSERT INTO core_heartbeat (name, at) VALUES ('tick', now() - interval '40 seconds') "
        "ON CONFLICT (name) DO UPDATE SET at = excluded.at",
    )
    assert 40 <= prepared.age_of_tick() < 70


def _name(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]
