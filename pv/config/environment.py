"""Typed reading of the environment; what is missing or weak stops the start with a hint."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from followup.core.database import bounded
else:
    bounded = lazy("followup.core.database.bounded")

WEAK = {"", "changeme", "secret", "insecure", "django-insecure", "password"}
env = Env()
# A new connection costs more than most pages. Each login has a pool of its own, empty at rest; a
# server that was away is asked again after a second, and a connection is tried before it is used.
POOL = {
    "min_size": 0,
    "max_size": 8,
    "max_idle": 300,
    "timeout": 5,
    "reconnect_timeout": 1,
    "num_workers": 1,
}


def secret(name: str, *, minimum: int = 32) -> str:
    """A secret of at least `minimum` characters; ImproperlyConfigured says how to make one."""
    value = env.str(name, "")
    if value.lower() in WEAK or len(value) < minimum:
        raise ImproperlyConfigured(
            f"{name} is missing or weak. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return value


def key_ring(name: str) -> dict[str, bytes]:
    """Keys written as `id:base64` parts joined by commas, newest first; each 32 bytes."""
    ring: dict[str, bytes] = {}
    for part in filter(None, env.str(name, "").split(",")):
        key_id, _, text = part.strip().partition(":")
        try:
            key = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise ImproperlyConfigured(f"{name}: key {key_id!r} is not base64") from error
        if not key_id or len(key) != 32:
            raise ImproperlyConfigured(f"{name}: key {key_id!r} must be 32 bytes in base64")
        ring[key_id] = key
    if not ring:
        raise ImproperlyConfigured(
            f"{name} is missing. Make one with: python -c "
            "\"import base64, secrets; print('k1:' + "
            'base64.b64encode(secrets.token_bytes(32)).decode())"'
        )
    return ring


def folder(name: str, default: Path) -> Path:
    """An absolute folder path from the environment."""
    return Path(env.str(name, str(default))).resolve()


def password_hashers(environment: str) -> list[str]:
    """Argon2id at Django's cost; the tests, which sign in hundreds of times, take the cheapest."""
    quick = "dev.testing.password_hashers.QuickArgon2"
    return [quick if environment == "test" else "django.contrib.auth.hashers.Argon2PasswordHasher"]


def standby(url: str, primary: Mapping[str, Any]) -> dict[str, Any] | None:
    """The settings of a standby: those of the primary at another address, which only reads.

    The URL names the host, the port and what TLS asks; roles and database are copies of the
    primary's. None without a URL.
    """
    if not url:
        return None
    given: dict[str, Any] = {**dj_database_url.parse(url)}
    if not given["HOST"] or given["NAME"] != primary["NAME"]:
        raise ImproperlyConfigured(
            "STANDBY_DATABASE_URL must name the host of a standby of the database of DATABASE_URL "
            f"({primary['NAME']})"
        )
    options = {**primary["OPTIONS"], "connect_timeout": 2, **given.get("OPTIONS", {})}
    options["options"] = f"{primary['OPTIONS']['options']} -c default_transaction_read_only=on"
    options["pool"] = {**POOL, "timeout": 1, "connection_class": bounded.Bounded}
    changed = {"HOST": given["HOST"], "PORT": given["PORT"], "CONN_HEALTH_CHECKS": True}
    return {**primary, **changed, "OPTIONS": options}


def without_services() -> dict[str, str]:
    """An environment for commands that touch neither database nor broker: keys made on the spot."""
    return {
        "EVERWATCH_ENV": "demo",
        "EVERWATCH_FILES_ONLY": "1",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "BLIND_INDEX_KEY": secrets.token_urlsafe(48),
        "IDENTITY_KEYS": "none:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": "postgres://nobody@localhost:9/none",
        "LOG_LEVEL": "ERROR",
    }
