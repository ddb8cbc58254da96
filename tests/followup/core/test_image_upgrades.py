"""Stored images of older releases read with the columns of today: golden files, one a table."""

import json
from pathlib import Path

import pytest
from django.db import connection

from followup.core import guards
from followup.core.trail import asof

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).resolve().parents[2] / "vectors" / "images"
FILES = sorted(GOLDEN.glob("*.json"))


def upgraded(table: str, image: dict) -> dict:
    with connection.cursor() as cursor:
        cursor.execute("SELECT everwatch_image(%s, %s::jsonb)::text", [table, json.dumps(image)])
        return json.loads(cursor.fetchone()[0])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.requirement("A11-17")
def test_an_image_of_an_older_release_becomes_this_one(path: Path) -> None:
    golden = json.loads(path.read_text())
    assert {
        k: v for k, v in upgraded(path.stem, golden["stored"]).items() if k in golden["now"]
    } == golden["now"]


def test_there_are_golden_files() -> None:
    assert {"core_grant", "pv_case", "followup_visit"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("model", guards.audited_models(), ids=lambda m: m._meta.db_table)
@pytest.mark.requirement("A11-17")
def test_every_audited_table_can_be_read_as_it_was(model) -> None:
    if model._meta.db_table in asof.LEFT_OUT:
        assert asof.LEFT_OUT[model._meta.db_table], "a reason"
        return
    with asof.known_at(0, passed=0):
        assert model._default_manager.count() == 0
        assert not model._default_manager.filter(pk=None).exists()


def test_a_later_column_never_overwrites_what_an_image_says() -> None:
    assert upgraded("core_grant", {"ends_on": "2026-01-01"})["ends_on"] == "2026-01-01"
