"""Whether the second wall is up in this database: policies, rights and the logins themselves."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection

from followup.core import guards, scope
from followup.core.row_security import policies
from followup.core.row_security.logins import Login, role_name


def _names() -> dict[Login, str]:
    logins = [Login.SIGN_IN] if settings.DATABASE_LOGINS == "one" else list(Login)
    return {login: role_name(login, settings.APPLICATION_ROLE) for login in logins}


def gaps() -> list[str]:
    """What is not as it must be, a sentence each; none when all is well."""
    with connection.cursor() as cursor:
        found = [f"{table} has not all its policies" for table in _lacking(cursor)]
        for login, role in _names().items():
            found += _gaps_of(cursor, login, role)
    return found


def _lacking(cursor: Any) -> list[str]:
    return policies.lacking(cursor, guards.own_models())


def _gaps_of(cursor: Any, login: Login, role: str) -> Iterator[str]:
    cursor.execute(
        "SELECT rolsuper OR rolbypassrls, EXISTS (SELECT 1 FROM pg_tables WHERE tableowner = "
        "rolname) FROM pg_roles WHERE rolname = %s",
        [role],
    )
    row = cursor.fetchone()
    if row is None:
        yield f"there is no login {role}: run docker/logins.sh as a superuser, then migrate"
        return
    if row[0]:
        yield f"{role} is a superuser or bypasses row security"
    if row[1]:
        yield f"{role} owns tables"
    if settings.DATABASE_LOGINS == "one":
        return
    for model in guards.own_models():
        table = model._meta.db_table
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [role, table, right])
            if cursor.fetchone()[0] and right not in policies.rights(login, model):
                yield f"{role} may {right} {table}"


def overview() -> Iterator[str]:
    """A line a table: what guards it, and what each login may do with it at all."""
    for model in sorted(guards.own_models(), key=lambda m: m._meta.db_table):
        declared = scope.of(model)
        keys = {"site": declared.site, "product": declared.product, "own": declared.own}
        guarded = [name for name, path in keys.items() if path]
        guarded += ["patient"] if declared.patient else []
        by = ",".join(guarded) or "permission"
        letters = {
            login: "".join(word[0] for word in policies.rights(login, model).split(", ") if word)
            for login in _names()
        }
        rights = " ".join(f"{login.value}={held or '-'}" for login, held in letters.items())
        rows = by if policies.protected(model) else "-"
        yield f"{model._meta.db_table:32} rows={rows:22} {rights}"
