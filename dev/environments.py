"""What the settings read from the environment, for the demo, the tests and the checks."""

import base64
import os
import secrets
from pathlib import Path

# Fixed, so that a test that prints a token or a blind index prints the same one tomorrow.
TEST_KEYS = {
    "SECRET_KEY": "test-only-signing-key-of-more-than-fifty-characters-0123456789",
    "IDENTITY_KEYS": "t1:" + base64.b64encode(bytes(range(32))).decode(),
    "BLIND_INDEX_KEY": "test-only-blind-index-key-of-more-than-thirty-two-characters",
}


def test_environment(var: Path) -> dict[str, str]:
    """Settings of a test process, without its database and broker."""
    return {
        **TEST_KEYS,
        "EVERWATCH_ENV": "test",
        "EVERWATCH_VAR": str(var),
        "MEDIA_ROOT": str(var / "media"),
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "LOG_LEVEL": "WARNING",
    }


def without_server(var: Path) -> dict[str, str]:
    """Settings of a test process whose servers refuse at once."""
    return {
        **test_environment(var),
        "DATABASE_URL": "postgres://everwatch_app@127.0.0.1:9/everwatch",
        "DATABASE_OWNER_URL": "postgres://everwatch_owner@127.0.0.1:9/everwatch",
        "REDIS_URL": "redis://127.0.0.1:9/0",
    }


def production_sample() -> dict[str, str]:
    """A complete and sound production environment for `check --deploy`; it reaches no server."""
    return {
        "EVERWATCH_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "IDENTITY_KEYS": identity_key("k1"),
        "BLIND_INDEX_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": "postgres://everwatch_app:sample@127.0.0.1:9/everwatch",
        "DATABASE_OWNER_URL": "postgres://everwatch_owner:sample@127.0.0.1:9/everwatch",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "ALLOWED_HOSTS": "everwatch.example",
        "CSRF_TRUSTED_ORIGINS": "https://everwatch.example",
        "PUBLIC_URL": "https://everwatch.example",
        "DEFAULT_FROM_EMAIL": "everwatch@everwatch.example",
    }


def identity_key(key_id: str) -> str:
    """A new key of 32 bytes in the form IDENTITY_KEYS has."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def demo_secrets(file: Path) -> dict[str, str]:
    """The demo's secrets, made once and kept in `file` (0600): the data is unreadable without."""
    if not file.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "IDENTITY_KEYS": identity_key("demo1"),
            "BLIND_INDEX_KEY": secrets.token_urlsafe(48),
        }
        text = "".join(f"{name}={value}\n" for name, value in made.items())
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text)
        part.rename(file)
    pairs = (line.partition("=") for line in file.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}


def with_ambient(values: dict[str, str]) -> dict[str, str]:
    """`values` under what the caller's own environment already says."""
    return {**values, **os.environ}
