"""Periodic reports: asked for as a job, made as PDF and spreadsheet, stored with a manifest."""

import hashlib
import json
import os
import shutil
import zipfile
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.core import clock, jobs
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.identifiers import uuid7
from followup.core.jobs import Progress, Result
from followup.core.models import DataLock, Job
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.stored_words import StoredValue, Words
from followup.domain.seals import Head
from followup.languages import is_chinese
from followup.models import Product
from followup.queries import data_locks, reference, seals
from followup.queries.versions import code_version, reference_versions
from pv.adapters import periodic
from pv.domain.periodic import Gathered, Tabulation
from pv.models import AggregateReport, PeriodicReport
from pv.queries import aggregates, produced_reports, product_names
from pv.queries.counted_cases import count_cases

KIND = "periodic-report"
LANGUAGES = ("zh-hans", "en")
FIRST_DAY = date(2000, 1, 1)
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the archive says nothing its manifest does not


def request(
    actor: Actor,
    *,
    product_id: UUID | str,
    start: date,
    end: date,
    language: str,
    lock: DataLock | None = None,
) -> Job:
    """A job for the report of one product. Refused names the field that cannot be right."""
    product = reference.product(actor, id=product_id)
    actor.require(Perm.REPORT_WRITE, product=product.id)
    problems: dict[str, Any] = {}
    if not aggregates.covers(actor, product):
        problems["product"] = aggregates.narrow()
    if start < FIRST_DAY:
        problems["start"] = _("The period cannot begin before %(day)s.") % {"day": FIRST_DAY}
    if end < start:
        problems["end"] = _("The period ends before it begins.")
    elif end > clock.today():
        problems["end"] = _("The period cannot end later than today.")
    elif lock is not None and end > lock.made_at.astimezone(clock.SHANGHAI).date():
        problems["end"] = _("The period cannot end after the day of the lock.")
    if language not in LANGUAGES:
        problems["language"] = _("Choose Chinese or English.")
    if problems:
        raise Refused(problems)
    parameters = {
        "product": str(product.id),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "language": language,
        # The same request after new information is another report.
        "state": f"lock:{lock.seq}" if lock else aggregates.state(actor, product, end),
    }
    if lock:
        parameters["lock"] = str(lock.id)
    values: dict[str, StoredValue] = {
        "product": {"en": product.inn, "zh": product.generic_zh},
        "start": start.isoformat(),
        "end": end.isoformat(),
    }
    title = Words(gettext_noop("Periodic report %(product)s, %(start)s to %(end)s"), values)
    return jobs.request(actor, KIND, title=title, parameters=parameters)


@jobs.handler(KIND, needs=Perm.REPORT_WRITE)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Gather, print, pack and store. Progress counts the cases, then two files and the archive."""
    product = reference.product(actor, id=parameters["product"])
    if not aggregates.covers(actor, product):
        raise Refused(aggregates.NARROW)
    made = produced_reports.of_job(actor, progress.job_id)
    if made is not None:  # a worker was lost between storing and saying so
        row, path = made
        return Result(Path(shutil.copy(path, progress.folder)), row.file_name, row.manifest)
    start, end = (date.fromisoformat(parameters[name]) for name in ("start", "end"))
    lock = data_locks.chosen(actor, parameters.get("lock"))
    with _at(lock):
        total = aggregates.count(actor, product, end) + 3
    product = product_names.product_at(actor, product, lock)
    names = product_names.drug_names(product, parameters["language"])
    gathered = Gathered(Tabulation(start, end), parameters["language"], names=names)
    for done in count_cases(actor, product, end, gathered, lock=lock):
        progress.report(min(done, total - 3), total)
    gathered.lines.sort(key=lambda entry: (entry.received_on, entry.number))
    with _at(lock):
        content = _content(actor, parameters, gathered, lock)
    files = {"cases.jsonl": progress.folder / "cases.jsonl"}
    files["cases.jsonl"].write_bytes(gathered.text)
    files["report.pdf"] = progress.folder / "report.pdf"
    files["report.pdf"].write_bytes(periodic.pdf(content))
    progress.report(total - 2, total)
    files["report.xlsx"] = progress.folder / "report.xlsx"
    periodic.xlsx(content, files["report.xlsx"])
    progress.report(total - 1, total)
    manifest = _manifest(product, gathered, content, parameters, files)
    if lock is not None:
        kept = ("name", "seq", "chain", "versions")
        manifest["lock"] = {name: getattr(lock, name) for name in kept}
    name = f"{product.code}-{start}-{end}-{parameters['language'][:2]}.zip"
    archive = pack(progress.folder / "report.zip", files, manifest)
    progress.report(total, total)
    store(actor, progress.job_id, product=product, archive=archive, name=name, manifest=manifest)
    return Result(archive, name, manifest)


def _at(lock: DataLock | None) -> AbstractContextManager[None]:
    """Read what a lock knew, or what is known now."""
    return data_locks.known_at(lock) if lock else nullcontext()


def _content(
    actor: Actor, parameters: dict[str, Any], gathered: Gathered, lock: DataLock | None
) -> periodic.Content:
    """What the report says; with a lock of the moment it was made, so that it is made once."""
    product = reference.product(actor, id=parameters["product"])
    table, language = gathered.tabulation, gathered.language
    produced_at = lock.made_at if lock else clock.now()
    head = Head(lock.seq, lock.chain) if lock else seals.head()
    chinese = is_chinese(language)
    nullified = aggregates.nullified(actor, product, table.end)
    exposure, holder = aggregates.exposure(product, table.start, table.end), product.holder
    said = {
        "product": f"{product.generic_zh} ({product.inn})" if chinese else product.inn,
        "holder": (holder.name_zh or holder.name_en) if chinese else holder.name_en,
        "period": f"{table.start} – {table.end}",
        **{name: gathered.pair(name) for name in ("cases", "serious", "unjudged", "fatal")},
        "late": gathered.pair("late"),
        "nullified": str(nullified.by_the_lock),
        "nullified_since": str(nullified.since),
        "exposure": f"{exposure.interval} / {exposure.cumulative}",
        "terms": periodic.terms_note(language, dictionary=""),
        "state": clock.printed(produced_at),
        **({"lock": lock.name} if lock else {}),
        "seal": head.text,
    }
    return periodic.Content(
        language=language,
        product=product.generic_zh if chinese else product.inn,
        start=table.start,
        end=table.end,
        produced_at=produced_at,
        data_sha256=hashlib.sha256(gathered.text).hexdigest(),
        facts=periodic.facts(said, language),
        rows=table.rows(),
        total=table.total(),
        lines=gathered.lines,
    )


def _manifest(
    product: Product,
    gathered: Gathered,
    content: periodic.Content,
    parameters: dict[str, Any],
    files: dict[str, Path],
) -> dict[str, Any]:
    """What was asked, of which data, by which program, and what came out."""
    counts = {name: {"period": n[0], "cumulative": n[1]} for name, n in gathered.counts.items()}
    return {
        "kind": KIND,
        "product": product.code,
        "parameters": parameters,
        "produced_at": content.produced_at.isoformat(),
        "cases": counts,
        "rows": {"tabulation": len(content.rows), "serious_lines": len(content.lines)},
        "data_sha256": content.data_sha256,
        "code_sha256": code_version(),
        "reference": reference_versions(),
        "files": {
            name: {"sha256": file_sha256(path), "size": path.stat().st_size}
            for name, path in files.items()
        },
    }


def file_sha256(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(target: Path, files: dict[str, Path], manifest: dict[str, Any]) -> Path:
    """Files and their manifest in one archive, the same bytes for the same content."""
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("manifest.json", ZIP_DATE), text)
        for name, path in files.items():
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink)
    return target


@action("report.store", needs=Perm.REPORT_WRITE)
def store(
    actor: Actor,
    job_id: UUID,
    *,
    product: Product,
    archive: Path,
    name: str,
    manifest: dict[str, Any],
    written: AggregateReport | None = None,
) -> PeriodicReport:
    """Keep a produced report for good: its file never changes and outlives the job's copy."""
    number = uuid7()
    folder = Path(settings.MEDIA_ROOT) / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    target, part = folder / f"{number}.zip", folder / f"{number}.part"
    try:
        shutil.copyfile(archive, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    parameters = manifest["parameters"]
    return PeriodicReport.objects.create(
        id=number,
        product=product,
        job_id=job_id,
        written=written,
        period_start=parameters["start"],
        period_end=parameters["end"],
        language=parameters["language"],
        case_count=manifest["cases"].get("cases", {"period": 0})["period"],
        manifest=manifest,
        sha256=file_sha256(target),
        file_name=name,
        file_path=str(target.relative_to(settings.MEDIA_ROOT)),
        produced_at=datetime.fromisoformat(manifest["produced_at"]).astimezone(UTC),
    )
