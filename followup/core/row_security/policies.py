"""What PostgreSQL asks of each row, generated from the scope every table declares.

Four policies per table, made again after each migration; `lacking` names a table without them.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from string import Template
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import Model, OuterRef, Q
from psycopg import sql

from followup.core import scope
from followup.core.permissions import ROLES, Basis, Perm, Role
from followup.core.row_security import keys, past, reach, transfers
from followup.core.row_security.expressions import (
    column,
    covering,
    forward,
    held_keys,
    mode,
    reverse,
    setting,
)
from followup.core.row_security.logins import Login, role_name
from followup.core.scope import Scope

TRAIL = "core_change"
ACCESS = "core_access"
SEAL = "core_seal"
# Who a person is: read before anybody is signed in; names of people are on every page.
ACCOUNTS = frozenset({Perm.USER_READ})
NAMES = ("rows_read", "rows_insert", "rows_update", "rows_delete")
READ, WRITE = "SELECT", "SELECT, INSERT, UPDATE, DELETE"
_SOME_FAR_ROW = Template(
    'EXISTS (SELECT 1 FROM "$other" far WHERE far."$column" = "$table"."$key" AND $reached)'
)
_ROW_AWAY = Template(
    'EXISTS (SELECT 1 FROM "$other" WHERE "$other"."$key" = "$table"."$own" AND $condition)'
)


def protected(model: type[Model]) -> bool:
    """Whether the rows of a table belong to a site, a product, a person or the trail."""
    declared = scope.of(model)
    return not declared.reference and declared.read not in ACCOUNTS


def holds_identity(model: type[Model]) -> bool:
    """Whether the table says who a patient is."""
    return scope.of(model).read is Perm.IDENTITY_READ


def rights(login: Login, model: type[Model]) -> str:
    """What a login may do with a table of ours at all; nothing is the empty text."""
    declared = scope.of(model)
    # What is one's own (a saved view) stands beside the accounts, in whatever package.
    accounts = model._meta.app_label == "core" or declared.reference or bool(declared.own)
    if login is Login.ADMINISTRATION and declared.read in ROLES[Role.ADMINISTRATOR].permissions:
        return WRITE
    if login in (Login.SIGN_IN, Login.ADMINISTRATION):
        return WRITE if accounts else ""
    if login in (Login.HOLDER, Login.AUDIT) and holds_identity(model):
        return ""
    return READ if login is Login.AUDIT and not accounts else WRITE


def _covers(model: type[Model], declared: Scope, held: str, using: str) -> str:
    site = forward(model, declared.site) if declared.site else ""
    several = reverse(model, declared.product) if declared.product else None
    if several is None:
        product = forward(model, declared.product) if declared.product else ""
        return covering(held, site, product)
    field, name, key = several
    other = field.related_model
    if _is_a_basis(model, declared, using):  # the infusions ask it in turn: a ring of policies
        whole = f"{site}::text || '/*', '*/*'" if site else "'p*'"
        asked = f'"{model._meta.db_table}"."{key}", {site or "NULL"}::text, {held}'
        named = reach.name_of(other._meta.db_table)
        return f"{covering(held, site, '')} AND ({held} && ARRAY[{whole}] OR {named}({asked}))"
    reached = covering(held, site, f'far."{column(other, name)}"')
    return _SOME_FAR_ROW.substitute(
        other=other._meta.db_table,
        column=field.field.column,
        table=model._meta.db_table,
        key=key,
        reached=reached,
    )


def _transferred(model: type[Model], declared: Scope, held: str, using: str) -> list[str]:
    """What a hospital reads of a patient who came from another site or went to one."""
    parts = []
    if declared.other_site:
        other = replace(declared, site=declared.other_site)
        parts.append(f"({_covers(model, other, held, using)})")
    if declared.site and scope.sites_of_patients():
        product = "''" if not declared.product else f"'{transfers.ANY_GIVEN}'"
        if declared.product and reverse(model, declared.product) is None:
            product = f"{forward(model, declared.product)}::text"
        if declared.patient and not declared.follows:
            parts.append(transfers.reads(forward(model, declared.patient), True, product, held))
        if declared.former:
            parts.append(transfers.reads(forward(model, declared.former), False, product, held))
    return parts


def _compiled(model: type[Model], condition: Q, using: str) -> str:
    """A condition of the scope table as text, with the columns of the row it is about."""
    query: Any = model._base_manager.using(using).filter(condition).query
    compiler = query.get_compiler(using)
    text, parameters = compiler.compile(query.where)
    operations: Any = connections[using].ops
    return str(operations.compose_sql(text, parameters))


def _reads(condition: str, model: type[Model]) -> bool:
    return f'"{model._meta.db_table}" U' in condition


def _is_a_basis(model: type[Model], declared: Scope, using: str) -> bool:
    """Whether what a patient agreed to is read from this table."""
    path = declared.patient
    if not path or "__" in path:
        return False
    return _reads(_compiled(model, scope.basis_condition(Basis.DUTY, OuterRef(path)), using), model)


def _of_patient(model: type[Model], path: str, condition: Callable[[str], Q], using: str) -> str:
    """A condition on the id of a row's patient, of the row itself or one foreign key away."""
    relation, _, name = path.rpartition("__")
    if not relation:
        return _compiled(model, condition(path), using)
    field: Any = model._meta.get_field(relation)
    other, table = field.related_model, field.related_model._meta.db_table
    text = _compiled(other, condition(name), using)
    return _ROW_AWAY.substitute(
        other=table,
        key=other._meta.pk.column,
        table=model._meta.db_table,
        own=field.column,
        condition=text,
    )


def _owed(model: type[Model], path: str, using: str) -> str:
    """A real patient's consent or event; the tables it reads of these cannot guard themselves."""
    text = _of_patient(
        model, path, lambda name: scope.basis_condition(Basis.DUTY, OuterRef(name)), using
    )
    real = _of_patient(model, path, scope.real_condition, using)
    return real if "__" not in path and _reads(text, model) else f"{real} AND {text}"


def readable(model: type[Model], using: str) -> str:
    """The condition on a row that is read."""
    declared, table = scope.of(model), model._meta.db_table
    modes = ["system", "acting"]
    if declared.own or table == ACCESS or declared.read is Perm.SYSTEM:
        modes.append("sign_in")
    parts = [mode(*modes)]
    if table in (TRAIL, SEAL):  # a view of the past reads both; its reader is narrowed there
        parts.append("(SELECT coalesce(current_setting('everwatch.asof_seq', true), '') <> '')")
    if table == ACCESS:
        parts.append(f'"{table}"."actor_id" = {setting("reader")}::uuid')
    if declared.own:
        own = forward(model, declared.own)
        parts.append(f"{own} = {setting('reader')}::uuid")
        if table == "core_session":  # of nobody yet, or no longer
            parts.append(f"{own} IS NULL")
        if declared.joined and (group := keys.group_of(declared.joined)):
            parts.append(f"{held_keys(group)} <> '{{}}'")
            parts.append(f"{held_keys(group + '_owed')} <> '{{}}'")
    elif declared.read and (group := keys.group_of(declared.read)):
        parts.append(f"({_covers(model, declared, held_keys(group), using)})")
        owed = _covers(model, declared, held_keys(group + "_owed"), using)
        condition = _owed(model, declared.patient, using) if declared.patient else ""
        parts.append(f"({owed}{f' AND ({condition})' if condition else ''})")
        if declared.assigned:  # no patient's yet: of its site alone
            nobody = forward(model, f"{declared.assigned}_id")
            site = forward(model, declared.site) if declared.site else ""
            held = (held_keys(group), held_keys(group + "_owed"))
            parts += [f"({nobody} IS NULL AND {covering(each, site, '')})" for each in held]
        parts += _transferred(model, declared, held_keys(group), using)  # last: it costs most
    return " OR ".join(parts)


def writable(model: type[Model]) -> str:
    """The condition on a row as it is after a write: at home, or by the system."""
    declared, table = scope.of(model), model._meta.db_table
    anyone = declared.own or table == ACCESS or declared.read is Perm.SYSTEM
    parts = [mode("system", "sign_in") if anyone else mode("system")]
    site = declared.site if "__" not in declared.site else ""
    product = declared.product if "__" not in declared.product else ""
    columns = [forward(model, path) for path in (site, product) if path]
    home = [mode("acting", "reading")]
    if columns:
        held = held_keys(keys.EVERYWHERE)
        empty = " AND ".join(f"{each} IS NULL" for each in columns)
        asked = [
            covering(held, *(forward(model, path) if path else "" for path in (site, product)))
        ]
        if site and product:  # a key the row does not carry is no bar
            asked.append(f"({columns[1]} IS NULL AND {covering(held, columns[0], '')})")
            asked.append(f"({columns[0]} IS NULL AND {covering(held, '', columns[1])})")
        home.append(f"({' OR '.join([f'({empty})', *asked])})")
    parts.append(f"({' AND '.join(home)})")
    return " OR ".join(parts)


def install(cursor: Any, models: Iterable[type[Model]], using: str) -> None:
    """Make the policies again, as the owner of the tables."""
    cursor.execute("SELECT current_user")
    owner = str(cursor.fetchone()[0])
    ours = list(models)
    identities = [m._meta.db_table for m in ours if holds_identity(m)]
    for model in ours:
        _ask_apart(cursor, model, owner, using)
    if known := scope.sites_of_patients():
        transfers.install(cursor, *known.names)
    for model in filter(protected, ours):
        table = sql.Identifier(model._meta.db_table)
        for name in (*NAMES, past.OF_OWNER, past.OF_HOLDER):
            cursor.execute(
                sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(sql.Identifier(name), table)
            )
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table))
        cursor.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(table))
        read, write = readable(model, using), writable(model)
        for name, clause in zip(
            NAMES,
            (
                f"FOR SELECT USING ({read})",
                f"FOR INSERT WITH CHECK ({write})",
                f"FOR UPDATE USING ({read}) WITH CHECK ({write})",
                f"FOR DELETE USING ({write})",
            ),
            strict=True,
        ):
            cursor.execute(
                sql.SQL("CREATE POLICY {} ON {} {}").format(
                    sql.Identifier(name), table, sql.SQL(clause)
                )
            )
        if model._meta.db_table == TRAIL:
            name = role_name(Login.HOLDER, settings.APPLICATION_ROLE)
            holder = name if role_exists(cursor, name) else ""
            past.guard(cursor, TRAIL, owner=owner, holder=holder, identities=identities)


def _ask_apart(cursor: Any, model: type[Model], owner: str, using: str) -> None:
    """The function of a table whose product another table says, where a policy would be a ring."""
    declared = scope.of(model)
    several = reverse(model, declared.product) if declared.product else None
    if several and _is_a_basis(model, declared, using):
        field, name, _key = several
        other = field.related_model
        reach.install(
            cursor,
            other._meta.db_table,
            key=field.field.column,
            product=column(other, name),
            owner=owner,
        )


def role_exists(cursor: Any, name: str) -> bool:
    """Whether the server knows a role."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
    return cursor.fetchone() is not None


def lacking(cursor: Any, models: Iterable[type[Model]]) -> list[str]:
    """Tables that must have policies and have not all of them, forced on their owner too."""
    cursor.execute(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, "
        "array(SELECT p.polname FROM pg_policy p WHERE p.polrelid = c.oid) "
        "FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    known = {name: (forced, set(policies)) for name, forced, policies in cursor.fetchall()}
    missing = []
    for model in filter(protected, models):
        forced, policies = known.get(model._meta.db_table, (False, set()))
        if not forced or not set(NAMES) <= policies:
            missing.append(model._meta.db_table)
    return missing
