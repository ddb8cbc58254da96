"""What `migrate` makes again: triggers, policies, grants and the views of the past."""

from collections.abc import Callable, Iterator
from typing import Any

import dj_database_url
import pytest
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection, connections, transaction
from django.db.migrations import Migration
from django.test import override_settings

from dev.engines.databases import Addresses
from followup.core import guards
from followup.core.models import SystemEvent

QUESTIONS = {
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger "
    "WHERE NOT tgisinternal",
    "policies": "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check "
    "FROM pg_policies",
    "row security": "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    "grants": "SELECT c.oid::regclass::text, a.grantee::regrole::text, a.privilege_type "
    "FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee <> 0 "
    "AND c.relnamespace::regnamespace::text IN ('public', 'asof')",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'asof'",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'everwatch%'",
}
DAMAGE = """
DROP TRIGGER audit_row ON pv_case;
DROP TRIGGER audit_batch ON followup_plannedvisit;
DROP TRIGGER refuse_change ON core_change;
DROP TRIGGER refuse_truncate ON followup_visit;
DROP POLICY rows_read ON followup_visit;
DROP POLICY rows_no_identity ON core_change;
ALTER TABLE followup_sample NO FORCE ROW LEVEL SECURITY;
GRANT ALL ON followup_identity TO everwatch_holder;
GRANT UPDATE ON core_seal TO everwatch_worker;
REVOKE ALL ON followup_patient FROM everwatch_hospital;
CREATE OR REPLACE VIEW asof.followup_site AS SELECT * FROM public.followup_site WHERE false;
"""
Found = dict[str, set[tuple[Any, ...]]]


@pytest.fixture
def owner(own_database: Addresses, django_db_blocker: Any) -> Iterator[Callable[[str], list[Any]]]:
    """The owner of the tables in the place of the application, in a transaction that is undone."""
    kept = connections["default"]
    parsed = dj_database_url.parse(own_database.owner)
    place = {name: parsed[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    connections["default"] = type(kept)({**kept.settings_dict, **place}, "default")
    try:
        with (
            django_db_blocker.unblock(),
            override_settings(AS_OWNER=True),
            transaction.atomic(),
        ):
            yield _asked
            transaction.set_rollback(True)
    finally:
        connection.close()
        connections["default"] = kept


def _asked(question: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall() if cursor.description else []


def _found() -> Found:
    return {name: set(_asked(question)) for name, question in QUESTIONS.items()}


def test_a_migration_heals_the_guards_and_notes_itself(owner) -> None:
    """A database that was tampered with, or that a migration altered, ends as `migrate` left it."""
    whole = _found()
    assert all(whole.values())
    owner(DAMAGE)
    assert _found() != whole
    emit_pre_migrate_signal(0, False, "default", plan=[])
    assert _found()["views"] == set()
    noted = SystemEvent.objects.filter(kind="upgrade").count()
    plan = [(Migration("0099_anything", "pv"), False)]
    emit_post_migrate_signal(0, False, "default", plan=plan)
    healed = _found()
    assert {name: healed[name] ^ whole[name] for name in whole} == dict.fromkeys(whole, set())
    assert SystemEvent.objects.filter(kind="upgrade").count() == noted + 1
    newest = SystemEvent.objects.filter(kind="upgrade").latest("at")
    assert newest.details == {"migrations": ["pv.0099_anything"]}
    emit_post_migrate_signal(0, False, "default", plan=[])
    assert SystemEvent.objects.filter(kind="upgrade").count() == noted + 1


def test_one_login_alone_may_write_every_table_but_not_the_trail(owner) -> None:
    roles = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'everwatch%'"
    assert len(owner(roles)) > 2
    with override_settings(DATABASE_LOGINS="one"):
        given = guards._grant_all(connection.cursor(), ["followup_identity", "core_change"])
    assert given == ["everwatch_app"]
    held = "SELECT has_table_privilege('everwatch_app', '{}', '{}')"
    assert owner(held.format("followup_identity", "UPDATE")) == [(True,)]
    assert owner(held.format("core_change", "SELECT")) == [(True,)]
    assert owner(held.format("core_change", "UPDATE")) == [(False,)]


@pytest.mark.django_db
def test_who_does_not_own_the_tables_changes_nothing() -> None:
    whole = _found()
    guards.withdraw_views("default")
    guards.install("default")
    guards.note_upgrade("default", ["pv.0099_anything"])
    assert _found() == whole
    assert not SystemEvent.objects.filter(details={"migrations": ["pv.0099_anything"]}).exists()
