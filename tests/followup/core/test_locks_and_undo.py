"""Advisory locks keep purposes apart; an undo is accepted a little longer than it is offered."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from followup.core import clock, undo
from followup.core.advisory_locks import taken_now, wait_for
from followup.languages import has_chinese, is_chinese


@pytest.fixture
def other() -> Iterator[object]:
    """A second connection to the database, in a transaction of its own."""
    second = connection.copy()
    second.set_autocommit(False)
    yield second
    second.rollback()
    second.close()


def _free(other, purpose: str, key: str) -> bool:
    with other.cursor() as cursor:
        statement = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
        cursor.execute(statement, [f"{purpose}:{key}"])
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_lock_keeps_others_of_its_purpose_and_key_out(other) -> None:
    with transaction.atomic():
        wait_for("case number", "C26-")
        assert not _free(other, "case number", "C26-")
        assert _free(other, "case number", "C27-")
        assert _free(other, "sample number", "C26-")


@pytest.mark.django_db
def test_whoever_does_not_wait_is_told(other) -> None:
    with transaction.atomic():
        assert _free(other, "sweep", "visit")
        assert not taken_now("sweep", "visit")
        assert taken_now("sweep", "clock")


@pytest.mark.django_db
def test_a_lock_is_one_statement() -> None:
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        wait_for("registration", "site")
    assert sum("pg_advisory" in query["sql"] for query in asked) == 1


def test_an_undo_is_accepted_longer_than_it_is_offered() -> None:
    now = clock.now()
    assert not undo.too_late(now - undo.OFFERED)
    assert not undo.too_late(now - undo.OFFERED - timedelta(seconds=10))
    assert undo.too_late(now - undo.ACCEPTED - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("code", "chinese"),
    [("zh", True), ("zh-hans", True), ("zh_CN", True), ("en", False), ("", False), (None, False)],
)
def test_chinese_is_told_by_its_code(code: str | None, chinese: bool) -> None:
    assert is_chinese(code) is chinese


@pytest.mark.parametrize(
    ("text", "chinese"),
    [("fever 发热", True), ("㐀", True), ("fever（)", False), ("", False), (None, False)],
)
def test_chinese_is_told_by_its_characters(text: str | None, chinese: bool) -> None:
    assert has_chinese(text) is chinese
