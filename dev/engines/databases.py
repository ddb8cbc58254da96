"""Roles and databases: who owns, who merely uses, and quick copies of a migrated database."""

from contextlib import closing
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from dev.engines.postgres import SUPERUSER, EngineError, Postgres
from dev.paths import ROOT

OWNER = "everwatch_owner"
APPLICATION = "everwatch_app"
# One login for each class of people: what a page of one is tricked into asks with its rights only.
CLASSES = (
    "everwatch_hospital",
    "everwatch_holder",
    "everwatch_audit",
    "everwatch_administration",
    "everwatch_worker",
)
IN_DATABASE = ROOT / "docker" / "database.sql"


@dataclass(frozen=True)
class Addresses:
    """One database as its three users see it; `admin` may make and drop databases."""

    application: str
    owner: str
    admin: str

    @property
    def name(self) -> str:
        """The name of the database."""
        return urlsplit(self.application).path.lstrip("/")

    def renamed(self, name: str) -> "Addresses":
        """The same users on the database `name`."""
        parts = [urlsplit(url)._replace(path=f"/{name}") for url in self._urls]
        application, owner, admin = (urlunsplit(part) for part in parts)
        return Addresses(application, owner, admin)

    @property
    def _urls(self) -> tuple[str, str, str]:
        return self.application, self.owner, self.admin

    @property
    def maintenance(self) -> str:
        """Where `admin` connects to make and drop databases."""
        return urlunsplit(urlsplit(self.admin)._replace(path="/postgres"))


def embedded(server: Postgres, name: str) -> Addresses:
    """The URLs of database `name` on an embedded server."""
    return Addresses(
        server.url(APPLICATION, name), server.url(OWNER, name), server.url(SUPERUSER, name)
    )


def administer(url: str, *statements: sql.Composed | str) -> None:
    """Run statements outside a transaction, as CREATE DATABASE demands."""
    with closing(psycopg.connect(url, autocommit=True, connect_timeout=5)) as connection:
        for statement in statements:
            connection.execute(statement.encode() if isinstance(statement, str) else statement)


def exists(addresses: Addresses) -> bool:
    """Whether the database is there."""
    question = "SELECT 1 FROM pg_database WHERE datname = %s"
    with closing(psycopg.connect(addresses.maintenance, connect_timeout=5)) as connection:
        return connection.execute(question, [addresses.name]).fetchone() is not None


def create_roles(addresses: Addresses, *, assumed: bool = False) -> None:
    """Make the roles: no superusers, and they make neither roles nor databases.

    The logins of the classes have the password of the application's. `assumed` lets the
    application's login take their roles, so that a test sees them all in one transaction.
    """
    application = role_of(addresses.application)
    ours = {role_of(addresses.owner): addresses.owner, application: addresses.application}
    ours |= dict.fromkeys(CLASSES, addresses.application)
    with closing(psycopg.connect(addresses.maintenance, autocommit=True)) as connection:
        for role, url in ours.items():
            password = unquote(urlsplit(url).password or "")
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if known.fetchone() else "CREATE"
            connection.execute(
                sql.SQL(
                    "{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS "
                    "NOINHERIT PASSWORD {password}"
                ).format(
                    verb=sql.SQL(verb),
                    role=sql.Identifier(role),
                    password=sql.Literal(password) if password else sql.SQL("NULL"),
                )
            )
        for role in CLASSES:
            verb, towards = ("GRANT", "TO") if assumed else ("REVOKE", "FROM")
            connection.execute(
                sql.SQL(f"{verb} {{}} {towards} {{}}").format(
                    sql.Identifier(role), sql.Identifier(application)
                )
            )


def ensure_database(addresses: Addresses) -> None:
    """Make the database of the owner role, without free rights.

    Every step may be repeated, so that a start that was interrupted here heals itself.
    """
    if not exists(addresses):
        administer(
            addresses.maintenance,
            sql.SQL(
                "CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 "
                "ENCODING 'UTF8' LOCALE 'C.UTF-8'"
            ).format(
                name=sql.Identifier(addresses.name),
                owner=sql.Identifier(role_of(addresses.owner)),
            ),
        )
    _narrow(addresses)
    administer(addresses.admin, IN_DATABASE.read_text())


def clone(template: Addresses, name: str) -> Addresses:
    """Copy `template` file by file; nobody may be connected to it. Replaces a database `name`."""
    copy = template.renamed(name)
    drop(copy)
    administer(
        template.maintenance,
        sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}").format(
            name=sql.Identifier(name),
            owner=sql.Identifier(role_of(template.owner)),
            template=sql.Identifier(template.name),
        ),
    )
    _narrow(copy)
    return copy


def drop(addresses: Addresses) -> None:
    """Drop the database with the sessions that are still on it, if it exists."""
    administer(
        addresses.maintenance,
        sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(
            name=sql.Identifier(addresses.name)
        ),
    )


def role_of(url: str) -> str:
    """The role in a URL."""
    name = urlsplit(url).username
    if not name:
        raise EngineError(f"The database address names no user: {url}")
    return name


def _narrow(addresses: Addresses) -> None:
    """Rights on a database itself are not copied with it."""
    name = sql.Identifier(addresses.name)
    with closing(psycopg.connect(addresses.maintenance, connect_timeout=5)) as connection:
        rows = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [list(CLASSES)]
        ).fetchall()
    roles = [sql.Identifier(role_of(addresses.application)), *(sql.Identifier(r) for (r,) in rows)]
    administer(
        addresses.maintenance,
        sql.SQL("REVOKE ALL ON DATABASE {name} FROM PUBLIC").format(name=name),
        sql.SQL("GRANT CONNECT ON DATABASE {name} TO {roles}").format(
            name=name, roles=sql.SQL(", ").join(roles)
        ),
    )
