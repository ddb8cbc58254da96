"""What PostgreSQL asks of each row, generated from the scope every table declares.

Four policies per table, made again after each migration; `lacking` names a table without them.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import Model, OuterRef, Q
from psycopg import sql

from followup.core import scope
from followup.core.permissions import ROLES, Basis, Perm, Role
from followup.core.row_security import keys, past, reach
from followup.core.row_security.logins import Login, role_name
from followup.core.scope import Scope

TRAIL = "core_change"
ACCESS = "core_access"
SEAL = "core_seal"
# Who a person is: read before anybody is signed in; names of people are on every page.
ACCOUNTS = frozenset({Perm.USER_READ})
NAMES = ("rows_read", "rows_insert", "rows_update", "rows_delete")
READ, WRITE = "SELECT", "SELECT, INSERT, UPDATE, DELETE"


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


def _setting(name: str) -> str:
    return f"(SELECT nullif(current_setting('everwatch.{name}', true), ''))"


def _keys(name: str) -> str:
    return f"(SELECT nullif(current_setting('everwatch.{name}', true), '')::text[])"


def _mode(*modes: str) -> str:
    listed = ", ".join(f"'{mode}'" for mode in modes)
    return f"(SELECT current_setting('everwatch.mode', true) IN ({listed}))"


def _forward(model: type[Model], path: str) -> str:
    """A column of the row, or of the row one foreign key away, as an expression."""
    table = model._meta.db_table
    if "__" not in path:
        return f'"{table}"."{_column(model, path)}"'
    relation, name = path.split("__")
    field: Any = model._meta.get_field(relation)
    other = field.related_model
    return (
        f'(SELECT far."{_column(other, name)}" FROM "{other._meta.db_table}" far '  # noqa: S608
        f'WHERE far."{other._meta.pk.column}" = "{table}"."{field.column}")'
    )


def _column(model: type[Model], name: str) -> str:
    known = {f.attname: f.column for f in model._meta.concrete_fields}
    return str(known.get(name) or model._meta.get_field(name).column)  # type: ignore[union-attr]


def _reverse(model: type[Model], path: str) -> tuple[Any, str, str] | None:
    """The relation of a path that leads to several rows, its column, and the row's own key."""
    parts = path.split("__")
    if len(parts) == 1:
        return None
    owner: Any = model._meta.get_field(parts[0]) if len(parts) == 3 else None
    field: Any = (owner.related_model if owner else model)._meta.get_field(parts[-2])
    key = str(owner.column if owner else model._meta.pk.column)
    return (field, parts[-1], key) if field.auto_created else None


def _reach(held: str, site: str, product: str) -> str:
    """Whether the keys `held` cover a site and a product; an empty one asks nothing."""
    if site and product:
        asked = f"{site}::text || '/' || {product}::text, {site}::text || '/*', "
        return f"{held} && ARRAY[{asked}'*/' || {product}::text, '*/*']"
    if site or product:
        letter, column = ("s", site) if site else ("p", product)
        return f"{held} && ARRAY['{letter}' || {column}::text, '{letter}*']"
    return f"{held} <> '{{}}'"


def _covers(model: type[Model], declared: Scope, held: str, using: str) -> str:
    site = _forward(model, declared.site) if declared.site else ""
    several = _reverse(model, declared.product) if declared.product else None
    if several is None:
        product = _forward(model, declared.product) if declared.product else ""
        return _reach(held, site, product)
    field, name, key = several
    other = field.related_model
    if _is_a_basis(model, declared, using):  # the infusions ask it in turn: a ring of policies
        whole = f"{site}::text || '/*', '*/*'" if site else "'p*'"
        asked = f'"{model._meta.db_table}"."{key}", {site or "NULL"}::text, {held}'
        named = reach.name_of(other._meta.db_table)
        return f"{_reach(held, site, '')} AND ({held} && ARRAY[{whole}] OR {named}({asked}))"
    reached = _reach(held, site, f'far."{_column(other, name)}"')
    return (
        f'EXISTS (SELECT 1 FROM "{other._meta.db_table}" far WHERE '  # noqa: S608
        f'far."{field.field.column}" = "{model._meta.db_table}"."{key}" '
        f"AND {reached})"
    )


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
    return (
        f'EXISTS (SELECT 1 FROM "{table}" WHERE "{table}"."{other._meta.pk.column}" = '  # noqa: S608
        f'"{model._meta.db_table}"."{field.column}" AND {text})'
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
    parts = [_mode(*modes)]
    if table in (TRAIL, SEAL):  # a view of the past reads both; its reader is narrowed there
        parts.append("(SELECT coalesce(current_setting('everwatch.asof_seq', true), '') <> '')")
    if table == ACCESS:
        parts.append(f'"{table}"."actor_id" = {_setting("reader")}::uuid')
    if declared.own:
        own = _forward(model, declared.own)
        parts.append(f"{own} = {_setting('reader')}::uuid")
        if table == "core_session":  # of nobody yet, or no longer
            parts.append(f"{own} IS NULL")
        if declared.joined and (group := keys.group_of(declared.joined)):
            parts.append(f"{_keys(group)} <> '{{}}'")
            parts.append(f"{_keys(group + '_owed')} <> '{{}}'")
    elif declared.read and (group := keys.group_of(declared.read)):
        parts.append(f"({_covers(model, declared, _keys(group), using)})")
        owed = _covers(model, declared, _keys(group + "_owed"), using)
        condition = _owed(model, declared.patient, using) if declared.patient else ""
        parts.append(f"({owed}{f' AND ({condition})' if condition else ''})")
        if declared.assigned:  # no patient's yet: of its site alone
            nobody, site = (_forward(model, n) for n in (f"{declared.assigned}_id", declared.site))
            held = (_keys(group), _keys(group + "_owed"))
            parts += [f"({nobody} IS NULL AND {_reach(each, site, '')})" for each in held]
    return " OR ".join(parts)


def writable(model: type[Model]) -> str:
    """The condition on a row as it is after a write: at home, or by the system."""
    declared, table = scope.of(model), model._meta.db_table
    anyone = declared.own or table == ACCESS or declared.read is Perm.SYSTEM
    parts = [_mode("system", "sign_in") if anyone else _mode("system")]
    site = declared.site if "__" not in declared.site else ""
    product = declared.product if "__" not in declared.product else ""
    columns = [_forward(model, path) for path in (site, product) if path]
    home = [_mode("acting", "reading")]
    if columns:
        held, empty = _keys("any"), " AND ".join(f"{column} IS NULL" for column in columns)
        asked = [_reach(held, *(_forward(model, path) if path else "" for path in (site, product)))]
        if site and product:  # a key the row does not carry is no bar
            asked.append(f"({columns[1]} IS NULL AND {_reach(held, columns[0], '')})")
            asked.append(f"({columns[0]} IS NULL AND {_reach(held, '', columns[1])})")
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
    several = _reverse(model, declared.product) if declared.product else None
    if several and _is_a_basis(model, declared, using):
        field, name, _key = several
        other = field.related_model
        reach.install(
            cursor,
            other._meta.db_table,
            key=field.field.column,
            product=_column(other, name),
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
