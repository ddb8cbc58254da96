"""Guards in the database: audit triggers on every table, and a role that owns nothing."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Model
from psycopg import sql

from followup.core import audit, clock, scope
from followup.core.actor import Actor
from followup.core.row_security import policies
from followup.core.row_security.logins import Login, role_name
from followup.core.row_security.policies import WRITE
from followup.core.trail import asof

# Tables of ours without a trigger, each with the reason. A test keeps this list complete.
UNAUDITED = {
    "core_change": "is the trail",
    "core_access": "is the log of reads; insert only",
    "core_seal": "is the seal of the trail; insert only",
    "core_draft": "a draft is not data",
    "core_jobprogress": "a counter of running work",
    "core_heartbeat": "a clock of a running process",
    "core_watermark": "how far the sweep has come",
    "core_session": "changes with each request; sign-ins and ends are in core_access",
    "core_tokenuse": "when a token last opened the API; the token itself is audited",
    "followup_datakey": "a copy in the trail would outlive a key that is destroyed on purpose",
    "core_outbox": "the sending state of a notice; the notice itself is audited",
}
_NAMES = {"core": "followup.core", "followup": "followup", "pv": "pv"}
# A row that names its patient itself may come to be another registration's.
_OWN_PATIENT = frozenset({"patient_id"})
APPEND_ONLY = ("core_change", "core_access", "core_seal")


def own_models() -> list[type[Model]]:
    """Every concrete model of our applications; follow-up also runs without pharmacovigilance."""
    labels = [label for label in ("core", "followup", "pv") if apps.is_installed(_NAMES[label])]
    return [m for label in labels for m in apps.get_app_config(label).get_models()]


def _columns(model: type[Model]) -> list[str]:
    declared = scope.of(model)
    names = [model._meta.pk.name, declared.site, declared.product]
    columns = []
    for name in names:
        if not name or "__" in name:
            columns.append("")
            continue
        known = {f.attname: f.column for f in model._meta.concrete_fields}
        known |= {f.name: f.column for f in model._meta.concrete_fields}
        columns.append(str(known[name]))
    return columns


def _trigger(cursor: Any, table: str, name: str, body: str, arguments: list[str]) -> None:
    parts = {"name": sql.Identifier(name), "table": sql.Identifier(table)}
    cursor.execute(sql.SQL("DROP TRIGGER IF EXISTS {name} ON {table}").format(**parts))
    literals = sql.SQL(", ").join(sql.Literal(a) for a in arguments)
    statement = sql.SQL("CREATE TRIGGER {name} " + body).format(**parts, arguments=literals)
    cursor.execute(statement)


def _audit(cursor: Any, model: type[Model]) -> None:
    table, columns = model._meta.db_table, _columns(model)
    events = "INSERT OR UPDATE OR DELETE"
    batch = getattr(model, "audited_in_batches", False)
    if batch:
        events = "UPDATE OR DELETE"
        function = batch if isinstance(batch, str) else "everwatch_record_batch"
        _trigger(
            cursor,
            table,
            "audit_batch",
            "AFTER INSERT ON {table} REFERENCING NEW TABLE AS added FOR EACH STATEMENT "
            f"EXECUTE FUNCTION {function}()",
            [],
        )
    _trigger(
        cursor,
        table,
        "audit_row",
        f"AFTER {events} ON {{table}} FOR EACH ROW "
        "EXECUTE FUNCTION everwatch_record_change({arguments})",
        [*columns, ",".join(getattr(model, "out_of_trail", ()))],
    )


def _grant(cursor: Any, role: str, table: str, rights: str) -> None:
    """What a role may do with a table; of the trail and its like it only adds to the end."""
    if rights and table == "core_change":
        rights = "SELECT"
    elif rights and table in APPEND_ONLY:
        rights = "SELECT, INSERT"
    parts = {"table": sql.Identifier(table), "role": sql.Identifier(role)}
    cursor.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**parts))
    if rights:
        cursor.execute(sql.SQL(f"GRANT {rights} ON {{table}} TO {{role}}").format(**parts))


def _grant_all(cursor: Any, tables: Iterable[str]) -> list[str]:
    """Rights for each login there is; the names of those. Alone, one login does everything."""
    known = {model._meta.db_table: model for model in own_models()}
    alone = settings.DATABASE_LOGINS == "one"
    roles = []
    for login in [Login.SIGN_IN] if alone else Login:
        role = role_name(login, settings.APPLICATION_ROLE)
        if not policies.role_exists(cursor, role):
            continue
        roles.append(role)
        for table in tables:
            model = known.get(table)
            rights = WRITE if model is None or alone else policies.rights(login, model)
            _grant(cursor, role, table, rights)
        cursor.execute(
            sql.SQL(
                "GRANT USAGE ON SCHEMA public TO {0}; "
                "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {0}"
            ).format(sql.Identifier(role))
        )
    return roles


def _owns(cursor: Any) -> bool:
    cursor.execute(
        "SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'core_change'"
    )
    row = cursor.fetchone()
    return bool(row and row[0])


def audited_models() -> list[type[Model]]:
    """Those whose rows the trail holds."""
    return [model for model in own_models() if model._meta.db_table not in UNAUDITED]


def withdraw_views(using: str) -> None:
    """Before a migration: a table under a view cannot be altered. `install` makes them again."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('core_change')")
        if cursor.fetchone()[0] is not None and _owns(cursor):
            asof.drop(cursor)


def note_upgrade(using: str, migrations: list[str]) -> None:
    """Put what `migrate` has applied into the trail, as the owner of the tables."""
    with connections[using].cursor() as cursor:
        if not migrations or not _owns(cursor):
            return
        with transaction.atomic(using), audit.acting(Actor.process("migrate"), "system.upgraded"):
            events: Any = apps.get_model("core", "SystemEvent")
            events.objects.create(
                kind="upgrade", at=clock.now(), details={"migrations": migrations}
            )


def install(using: str) -> None:
    """Make triggers and grants again. Runs after migrate, as the role that owns the tables."""
    with connections[using].cursor() as cursor:
        if not _owns(cursor):
            return
        cursor.execute(files("followup.core").joinpath("sql/audit.sql").read_text())
        existing = set(connections[using].introspection.table_names(cursor))
        ours = [m for m in own_models() if m._meta.db_table in existing]
        for model in ours:
            table = model._meta.db_table
            _trigger(
                cursor,
                table,
                "refuse_truncate",
                "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION everwatch_refuse()",
                [],
            )
            if table in APPEND_ONLY:
                body = "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
                _trigger(
                    cursor, table, "refuse_change", body + "EXECUTE FUNCTION everwatch_refuse()", []
                )
            elif table not in UNAUDITED:
                _audit(cursor, model)
            if getattr(model, "insert_only", False):
                body = "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION "
                of_a_person = scope.of(model).patient in _OWN_PATIENT
                refuse = "everwatch_refuse_content" if of_a_person else "everwatch_refuse"
                _trigger(cursor, table, "refuse_change", f"{body}{refuse}()", [])
        policies.install(cursor, ours, using)
        roles = _grant_all(cursor, existing)
        if "core_seal" in existing:
            past = [m for m in audited_models() if m._meta.db_table in existing]
            asof.install(cursor, past, roles)
