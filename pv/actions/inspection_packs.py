"""The inspection pack of a product: a job that writes every annex as known at a lock."""

from datetime import date
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.core import clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import DataLock, Job
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import access
from followup.core.stored_words import StoredValue, Words, named
from followup.domain.seals import Head
from followup.models import Product
from followup.queries import accounts, data_locks, reference
from followup.queries.versions import code_version
from pv.actions import reports
from pv.adapters import inspection_packs as files
from pv.adapters.inspection_packs import Annex
from pv.queries import aggregates
from pv.queries.aggregate_reports.register import LANGUAGES
from pv.queries.cohorts import day_of
from pv.queries.inspection_packs import PackChoice, annexes

KIND = "inspection-pack"


def request(
    actor: Actor, product: Product, lock: DataLock, *, start: date, end: date, language: str
) -> Job:
    """Ask for the pack of a product at a lock; Refused names the field that cannot be right.

    `start` and `end` bound the days reports were due on, for the compliance of reporting.
    """
    actor.require(Perm.REPORT_WRITE, product=product.id)
    problems: dict[str, Any] = {}
    if not aggregates.covers(actor, product):
        problems["product"] = aggregates.narrow()
    if end < start:
        problems["end"] = _("The period ends before it begins.")
    if end > day_of(lock):
        problems["end"] = _("The lock knows nothing of days after it was made.")
    if language not in dict(LANGUAGES):
        problems["language"] = _("Choose Chinese or English.")
    if problems:
        raise Refused(problems)
    parameters = {
        "product": str(product.id),
        "lock": str(lock.id),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "language": language,
    }
    values: dict[str, StoredValue] = {"product": named(localized_name, product), "lock": lock.name}
    title = Words(gettext_noop("Inspection pack %(product)s, lock %(lock)s"), values)
    return jobs.request(actor, KIND, title=title, parameters=parameters)


@jobs.handler(KIND, needs=Perm.REPORT_WRITE)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Read every annex, write document and workbook, pack them with the manifest of hashes."""
    product = reference.product(actor, id=parameters["product"])
    if not aggregates.covers(actor, product):
        raise Refused(aggregates.NARROW)
    lock = data_locks.lock(actor, parameters["lock"])
    start, end = (date.fromisoformat(parameters[name]) for name in ("start", "end"))
    choice = PackChoice(product, start, end, lock)
    folder, language = Path(progress.folder), parameters["language"]
    with translation.override(language):
        found = annexes(actor, choice)
        progress.report(1, 3)
        about = _about(actor, choice, language)
        written = {"inspection-pack.pdf": folder / "pack.pdf"}
        files.pdf(written["inspection-pack.pdf"], about, found)
        progress.report(2, 3)
        written["inspection-pack.xlsx"] = folder / "pack.xlsx"
        files.workbook(written["inspection-pack.xlsx"], about, found)
    manifest = _manifest(choice, parameters, found, written)
    archive = reports.pack(folder / "inspection-pack.zip", written, manifest)
    name = f"{product.code}-inspection-{day_of(lock)}-{language[:2]}.zip"
    access.record(actor, "inspection_pack.export", KIND, reason=name, product=product.id)
    progress.report(3, 3)
    return Result(archive, name, manifest)


def _about(actor: Actor, choice: PackChoice, language: str) -> files.About:
    lock, product = choice.lock, choice.product
    head = Head(lock.seq, lock.chain)
    facts = [
        (_("Product"), localized_name(product)),
        (_("Marketing authorisation holder"), localized_name(product.holder)),
        (_("Data lock"), f"{lock.name} ({clock.printed(lock.made_at)})"),
        (_("Compliance, reports due"), f"{choice.start} – {choice.end}"),
        (_("Seal of the audit trail"), head.text),
        (_("Made by"), accounts.display_name(actor)),
        (_("Made at"), clock.printed(clock.now())),
    ]
    title = _("Inspection pack %(product)s") % {"product": localized_name(product)}
    return files.About(title, facts, language, lock.made_at, head.text)


def _manifest(
    choice: PackChoice, parameters: dict[str, Any], found: list[Annex], written: dict[str, Path]
) -> dict[str, Any]:
    return {
        "kind": KIND,
        "product": choice.product.code,
        "parameters": parameters,
        "lock": {"name": choice.lock.name, "seq": choice.lock.seq, "chain": choice.lock.chain},
        "annexes": [
            {"title": annex.title, "rows": len(annex.rows), "left_out": annex.left_out}
            for annex in found
        ],
        "code_sha256": code_version(),
        "reference": choice.lock.versions.get("reference", {}),
        "files": {
            name: {"sha256": reports.file_sha256(path), "size": path.stat().st_size}
            for name, path in written.items()
        },
    }
