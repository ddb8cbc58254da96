"""Every table is audited and scoped, or says why not; the trail cannot be switched off."""

import pytest
from django.db import DatabaseError, connection, transaction

from followup.core import guards, scope
from followup.core.action import REGISTRY
from followup.core.models import Access, Change
from followup.core.permissions import Role
from followup.models import Site
from followup.queries import identity
from tests import factories

pytestmark = pytest.mark.django_db
MODELS = guards.own_models()
# A grant names the site and product it opens, which is not where the grant itself belongs.
GIVES = {"core_grant", "core_grantrequest", "core_grouprule"}


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_every_table_declares_its_scope(model) -> None:
    declared = scope.of(model)
    ways = [declared.reference, bool(declared.own), declared.read is not None]
    assert sum(ways) == 1, "exactly one of reference, own, read"


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_a_table_with_a_site_or_product_is_scoped_by_it(model) -> None:
    declared = scope.of(model)
    if declared.reference or declared.own or model._meta.db_table in GIVES:
        return
    columns = {f.attname for f in model._meta.concrete_fields}
    if "site_id" in columns:
        assert declared.site
    if "product_id" in columns:
        assert declared.product


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
@pytest.mark.requirement("GVP-107")
@pytest.mark.figure("F4", "F20")
def test_every_table_has_its_triggers(model) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        )
        names = {row[0] for row in cursor.fetchall()}
    assert "refuse_truncate" in names
    if table in guards.APPEND_ONLY:
        assert "refuse_change" in names
    elif table in guards.UNAUDITED:
        assert guards.UNAUDITED[table], "a reason"
        assert "audit_row" not in names
    else:
        assert "audit_row" in names


def test_the_list_of_unaudited_tables_names_only_tables() -> None:
    tables = {m._meta.db_table for m in MODELS}
    assert set(guards.UNAUDITED) <= tables


@pytest.mark.requirement("P11-10e", "GVP-30-trail")
@pytest.mark.figure("F20")
def test_no_write_without_context_whatever_the_way() -> None:
    site = factories.make_site()
    for write in (
        lambda: Site.objects.create(code="X1", name_zh="甲", name_en="X"),
        lambda: Site.objects.filter(id=site.id).update(name_en="Y"),
        lambda: Site.objects.bulk_create([Site(code="X2", name_zh="乙", name_en="Z")]),
        lambda: site.delete(),
    ):
        # The context of this test's own setup ended with its block.
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('everwatch.actor_name', '', true)")
        with pytest.raises(DatabaseError, match="no audit context"), transaction.atomic():
            write()
    raw = _refused("UPDATE followup_site SET name_en = 'raw' WHERE id = %s", [site.id])
    assert "no audit context" in str(raw)


def _refused(statement: str, parameters=None) -> Exception:
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, parameters)
    return caught.value


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_change SET actor_name = 'nobody'",
        "DELETE FROM core_change",
        "TRUNCATE core_change",
        "INSERT INTO core_change (at, transaction, database_user, actor_name, action, reason, "
        "request_id, table_name, operation, row_id) VALUES (now(), 1, 'a', 'b', 'c', '', '', 'd', "
        "'INSERT', '1')",
        "ALTER TABLE followup_site DISABLE TRIGGER audit_row",
        "DROP TRIGGER audit_row ON followup_site",
        "SET session_replication_role = replica",
        "SET ROLE everwatch_owner",
        "TRUNCATE followup_site CASCADE",
        "CREATE TEMP TABLE t (id int)",
        "DROP TABLE core_draft",
        "UPDATE core_access SET kind = 'x'",
        "DELETE FROM core_access",
        "SELECT everwatch_record_change()",
        "SELECT everwatch_write_change('t', 'INSERT', '1', NULL, NULL, NULL, NULL)",
        "SELECT everwatch_write_batch('t', '1', '{}', '', NULL, NULL)",
    ],
)
@pytest.mark.requirement("P11-10e")
def test_the_application_role_cannot_touch_the_trail(statement: str) -> None:
    assert _refused(statement) is not None


@pytest.mark.requirement("P11-10e", "A11-9", "GVP-107")
def test_a_change_keeps_before_and_after_with_actor_action_and_reason() -> None:
    site = factories.make_site()
    change = Change.objects.filter(table_name="followup_site", row_id=str(site.id)).get()
    assert change.operation == "INSERT"
    assert change.actor_name == "system:test"
    assert change.action == "test.site"
    assert change.before is None
    assert change.after["code"] == site.code
    assert change.site_id == site.id


def test_the_application_role_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone()[0] == 0
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False)


def test_every_public_function_of_an_action_module_is_an_action() -> None:
    names = [spec.name for spec in REGISTRY.values()]
    assert len(names) == len(set(names))
    for spec in REGISTRY.values():
        assert "." in spec.name
        assert spec.function.__doc__, spec.name


def test_access_is_kept_for_a_look_at_an_identity() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    shown = identity.reveal(nurse, patient, purpose="test")
    assert shown.name
    assert Access.objects.filter(kind="identity.open", subject=str(patient.id)).count() == 1
