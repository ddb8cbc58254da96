"""Installation qualification: steps that ask an installation what the release asks of it.

Source: EU GMP Annex 15 section 3 (installation qualification: installed as specified), EU GMP
Annex 11 clause 4.
"""

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from packaging.requirements import Requirement

from followup.core import clock, guards
from followup.core.pdf.report import Report
from followup.domain.references import LoadChange
from followup.queries import row_security

LOCK = "requirements-production.lock"
APART = 2.0  # seconds between the clocks of server and database


class Unfit(Exception):
    """A step that was not as specified; the text says what was seen instead."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One step that was executed: what it asks, whether it was so, what was seen."""

    step: str
    asks: str
    passed: bool
    seen: str
    seconds: float


def packages() -> str:
    """Every package pinned for this system is here in its version; Unfit names the first others."""
    text = (Path(settings.BASE_DIR) / LOCK).read_text(encoding="utf-8")
    pinned = [Requirement(line) for line in re.findall(r"^([\w.-]+==[^\\\n]+)", text, re.M)]
    asked = [one for one in pinned if one.marker is None or one.marker.evaluate()]
    wrong = []
    for one in asked:
        found = _version(one.name)
        if found is None or not one.specifier.contains(found, prereleases=True):
            wrong.append(f"{one.name} {found or 'missing'} instead of {one.specifier}")
    if wrong or not asked:
        raise Unfit("; ".join(wrong[:20]) or f"{LOCK} names no package")
    return f"{len(asked)} of {len(pinned)} pinned packages are for this system, each in its version"


def _version(name: str) -> str | None:
    """The version installed; None where there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _command(name: str, *arguments: str, **options: object) -> str:
    out = io.StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=out, **options)
    except (CommandError, SystemExit) as error:
        raise Unfit(f"{out.getvalue()} {error}".strip()) from error
    return out.getvalue().strip()


def deployment() -> str:
    """The settings as Django and we ask of a production."""
    return _command("check", deploy=True, fail_level="WARNING") or "no issues"


def schema() -> str:
    """Every migration of the release is applied, and none of another release."""
    loader = MigrationLoader(connection)
    applied = {key for key in loader.applied_migrations if key[0] in loader.migrated_apps}
    lacking = [f"{app}.{name} not applied" for app, name in sorted({*loader.graph.nodes} - applied)]
    other = [f"{app}.{name} not known" for app, name in sorted(applied - {*loader.disk_migrations})]
    if wrong := lacking + other:
        raise Unfit("; ".join(wrong[:20]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        (version,) = cursor.fetchone()
    return f"{len(applied)} migrations on PostgreSQL {version}"


def walls() -> str:
    """Row security and the rights of each login."""
    gaps = row_security.gaps()
    if gaps:
        raise Unfit("; ".join(gaps[:20]))
    return "no gap"


def trail() -> str:
    """Each audited table writes the trail, and no trigger is switched off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname = 'audit_row' AND t.tgenabled IN ('O', 'A')"
        )
        known = {name for (name,) in cursor.fetchall()}
    asked = {model._meta.db_table for model in guards.audited_models()}
    if lacking := sorted(asked - known):
        raise Unfit(f"without an audit trigger: {', '.join(lacking)}")
    return f"{len(asked)} tables write the trail"


def reference() -> str:
    """The reference documents are those of the release."""
    counts = json.loads(_command("load_reference", dry_run=True, json=True))["counts"]
    same = counts.pop(LoadChange.UNCHANGED)
    counts.pop(LoadChange.SUPERSEDED)
    if other := {change: count for change, count in counts.items() if count}:
        raise Unfit(f"{same} documents unchanged, others: {other}")
    return f"{same} documents, unchanged"


def serves() -> str:
    """Identities open with the keys given; sign-in page and readiness answer."""
    return _command("smoke_test")


def prints() -> str:
    """A document in both languages."""
    report = Report(title="确认 Qualification", language="zh-hans", running="IQ", foot="IQ")
    content = report.pdf()
    if not content.startswith(b"%PDF") or report.replaced:
        raise Unfit(f"no document, or characters without a glyph: {report.replaced}")
    return f"a PDF of {len(content)} bytes, every character drawn"


def clocks() -> str:
    """The clocks of server and database agree; the database speaks UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), current_setting('timezone')")
        theirs, zone = cursor.fetchone()
    apart = abs((clock.now() - theirs).total_seconds())
    if apart > APART or zone != "UTC":
        raise Unfit(f"{apart:.1f} s apart, zone {zone}")
    return f"{apart:.1f} s apart, zone {zone}"


def sealed() -> str:
    """The chain of the trail is whole."""
    return _command("verify_audit", chain_only=True).splitlines()[-1]


STEPS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("IQ-1", "the packages are those of the release", packages),
    ("IQ-2", "the settings are sound for production", deployment),
    ("IQ-3", "the schema is that of the release", schema),
    ("IQ-4", "row security and rights of each login have no gap", walls),
    ("IQ-5", "each audited table writes the trail", trail),
    ("IQ-6", "the reference documents are those of the release", reference),
    ("IQ-7", "identities open, and pages answer", serves),
    ("IQ-8", "documents print in both languages", prints),
    ("IQ-9", "the clocks agree", clocks),
    ("IQ-10", "the sealed trail is whole", sealed),
)


def qualify() -> Iterator[Seen]:
    """Execute every step; one that fails stops none."""
    for step, asks, ask in STEPS:
        began = time.monotonic()
        try:
            passed, seen = True, ask()
        except Exception as error:  # whatever happens is what was seen
            passed, seen = False, str(error) or type(error).__name__
        yield Seen(step, asks, passed, seen, time.monotonic() - began)


def today() -> str:
    """The time of a record, to the second."""
    return clock.now().isoformat(timespec="seconds")
