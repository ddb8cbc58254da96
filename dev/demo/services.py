"""The demo's engines and the environment its processes share."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg

from dev.demo.stack import inherited
from dev.engines.databases import (
    APPLICATION,
    OWNER,
    Addresses,
    create_roles,
    embedded,
    ensure_database,
)
from dev.engines.mail_sink import MailSink
from dev.engines.postgres import DURABLE, Postgres
from dev.engines.valkey import Valkey
from dev.environments import demo_secrets
from dev.paths import VAR

DATABASE = "everwatch"


@dataclass
class Ground:
    """PostgreSQL, Valkey and mail: embedded, or the servers that the environment names."""

    folder: Path = VAR
    postgres: Postgres | None = None
    valkey: Valkey | None = None
    mail: MailSink | None = None
    addresses: Addresses | None = None
    given: dict[str, str] = field(default_factory=inherited)

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        place = self.folder / "log"
        place.mkdir(parents=True, exist_ok=True)
        return place

    @property
    def mail_address(self) -> Path:
        """Where a running demo writes its mail server's address for `./run manage`."""
        return self.folder / "mail.url"

    def start_database(self) -> str:
        """Start or reach PostgreSQL, make roles and database; what it is, for the progress line."""
        url = self.given.get("DATABASE_URL")
        if url:
            self.addresses = self._external(url)
            return f"PostgreSQL at {unquote(urlsplit(url).hostname or url)} (DATABASE_URL)"
        self.postgres = Postgres(self.folder, DURABLE, self.logs / "postgres.log")
        self.postgres.start()
        self.addresses = embedded(self.postgres, DATABASE)
        create_roles(self.addresses)
        ensure_database(self.addresses)
        return f"PostgreSQL {self.postgres.version} in {self.postgres.data}"

    def attach(self) -> None:
        """Name the engines that the running demo has started."""
        url = self.given.get("DATABASE_URL")
        if url:
            self.addresses = self._external(url)
        else:
            server = Postgres(self.folder, DURABLE, self.logs / "postgres.log")
            self.addresses = embedded(server, DATABASE)
        self.given.setdefault("REDIS_URL", Valkey(self.folder, self.logs / "valkey.log").url)
        if self.mail_address.exists():
            self.given.setdefault("EMAIL_URL", self.mail_address.read_text())

    def start_broker(self) -> str:
        """Start or name the broker; what it is, for the progress line."""
        url = self.given.get("REDIS_URL")
        if url:
            return f"Broker at {urlsplit(url).hostname or urlsplit(url).path} (REDIS_URL)"
        self.valkey = Valkey(self.folder, self.logs / "valkey.log")
        self.valkey.start()
        return f"Valkey in {self.valkey.folder / 'valkey'}"

    def start_mail(self) -> str:
        """Start the mail sink unless a mail server is given."""
        url = self.given.get("EMAIL_URL")
        if url:
            return f"Mail through {urlsplit(url).hostname} (EMAIL_URL)"
        self.mail = MailSink(self.folder / "mail")
        self.mail.start()
        self.mail_address.write_text(self.mail.url)
        return f"Mail is kept in {self.mail.folder}, nothing leaves this machine"

    def environment(self) -> dict[str, str]:
        """What the settings read; the caller's own environment comes first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = {
            "EVERWATCH_ENV": "demo",
            "EVERWATCH_VAR": str(self.folder),
            "SEAL_ANCHOR_FILE": str(self.folder / "anchors.txt"),
            **demo_secrets(self.folder / "demo.env"),
        }
        if self.valkey:
            made["REDIS_URL"] = self.valkey.url
        if self.mail:
            made["EMAIL_URL"] = self.mail.url
        values = {**made, **self.given}
        if self.addresses:
            values["DATABASE_URL"] = self.addresses.application
            values["DATABASE_OWNER_URL"] = self.addresses.owner
        return values

    def stop_engines(self) -> Iterator[str]:
        """Stop mail, Valkey and PostgreSQL in this order; yields each name before it stops."""
        for name, engine in (
            ("mail", self.mail),
            ("Valkey", self.valkey),
            ("PostgreSQL", self.postgres),
        ):
            if engine is not None:
                yield name
                engine.stop()
        self.mail = self.valkey = self.postgres = None

    def _external(self, url: str) -> Addresses:
        owner = self.given.get("DATABASE_OWNER_URL")
        if owner:
            return Addresses(application=url, owner=owner, admin=owner)
        with contextlib.closing(psycopg.connect(_server(url), connect_timeout=5)) as connection:
            row = connection.execute(
                "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        if not row or not row[0]:
            raise SystemExit(
                "DATABASE_URL names a role that is not a superuser, and DATABASE_OWNER_URL is "
                "missing. Give the application role in DATABASE_URL and the role that owns the "
                "tables in DATABASE_OWNER_URL (docker/roles.sh makes both), or a superuser in "
                "DATABASE_URL: then the demo makes the two roles itself."
            )
        password = demo_secrets(self.folder / "demo.env")["SECRET_KEY"][:32]
        roles = Addresses(_as(url, APPLICATION, password), _as(url, OWNER, password), admin=url)
        create_roles(roles)
        ensure_database(roles)
        return roles


def _as(url: str, role: str, password: str) -> str:
    """The same address for another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role}:{quote(password, safe='')}@{place}").geturl()


def _server(url: str) -> str:
    """The same server on its maintenance database: the demo's own may not exist yet."""
    return urlsplit(url)._replace(path="/postgres").geturl()
