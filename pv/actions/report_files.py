"""The files of an aggregate report as a job: PDF, Word, workbook and the data, with a manifest."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.core import clock, jobs, naming
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.stored_words import StoredValue, Words, named
from followup.languages import is_chinese
from followup.queries import signatures
from followup.queries.versions import code_version, reference_versions
from pv.actions import reports
from pv.adapters import report_files
from pv.adapters.report_files import Cover
from pv.domain.periodic.stages import ReportState
from pv.models import AggregateReport
from pv.queries import aggregates, product_names
from pv.queries.aggregate_reports import basis as bases
from pv.queries.aggregate_reports import composing, register
from pv.queries.aggregate_reports.basis import Basis, CaseCount

KIND = "aggregate-report"


def request(actor: Actor, row: AggregateReport, *, language: str) -> Job:
    """Ask for the files of a report in one language, as it stands now."""
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    if language not in dict(register.LANGUAGES):
        raise Refused({"language": _("Choose Chinese or English.")})
    if not aggregates.covers(actor, row.product):
        raise Refused({"product": aggregates.narrow()})
    present = register.texts(actor, row, language).values()
    state = (
        f"lock:{row.lock.seq}" if row.lock else aggregates.state(actor, row.product, row.period_end)
    )
    parameters = {
        "report": str(row.id),
        "language": language,
        "state": f"{row.version}:{state}:{sorted((v.code, v.number) for v in present)}",
    }
    values: dict[str, StoredValue] = {
        "kind": register.kind(row).short,
        "product": named(localized_name, row.product),
        "start": str(row.period_start),
        "end": str(row.period_end),
    }
    title = Words(gettext_noop("%(kind)s %(product)s, %(start)s to %(end)s"), values)
    return jobs.request(actor, KIND, title=title, parameters=parameters)


def counted(actor: Actor, row: AggregateReport, language: str, progress: Progress) -> CaseCount:
    """One pass over the cases, with progress."""
    with bases.reading(row.lock):
        total = aggregates.count(actor, row.product, row.period_end) + 4
    count = bases.empty_count(row, language)
    for done in bases.count_cases(actor, row, count):
        progress.report(min(done, total - 4), total)
    count.finish()
    return count


def _cover(actor: Actor, row: AggregateReport, language: str, data_sha256: str) -> Cover:
    """The first page, in the active language."""
    of_kind, made_at = register.kind(row), row.lock.made_at if row.lock else clock.now()
    name = of_kind.names["zh" if is_chinese(language) else "en"]
    approved = row.state == ReportState.APPROVED.value
    signed = signatures.signers("aggregate_report", [row]).get(str(row.pk), [])
    facts = [
        (_("Product"), register.product_name(row.product)),
        (_("Marketing authorisation holder"), localized_name(row.product.holder)),
        (_("Period (both days included)"), f"{row.period_start} – {row.period_end}"),
        (_("Data lock"), row.lock.name if row.lock else _("None")),
        (_("Edition"), str(row.edition)),
        (_("Section list"), naming.citation(of_kind.citation)),
    ]
    if row.reviewed_by:
        day = row.reviewed_at.astimezone(clock.SHANGHAI).date() if row.reviewed_at else ""
        facts.append((_("Reviewed by"), f"{row.reviewed_by.display_name} {day}"))
    return Cover(
        title=name,
        product=localized_name(row.product),
        period=f"{row.period_start} – {row.period_end}",
        facts=facts,
        signed=[f"{one.printed_name} {clock.printed(one.signed_at)}" for one in signed]
        if approved
        else [],
        watermark="" if approved else _("DRAFT"),
        language=language,
        made_at=made_at,
        data_sha256=data_sha256,
    )


@jobs.handler(KIND, needs=Perm.REPORT_WRITE)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Count once, compose once, write three files of it, pack and keep."""
    row, language = register.one(actor, parameters["report"]), parameters["language"]
    row.product = product_names.product_at(actor, row.product, row.lock)
    of_kind = register.kind(row)
    needed = of_kind.tables & composing.COUNTING_CASES
    count = counted(actor, row, language, progress) if needed else None
    total = (count.gathered.counts.get("cases", [0, 0])[1] if count else 0) + 4
    texts = register.texts(actor, row, language)
    with translation.override(language), bases.reading(row.lock):
        basis = Basis(actor, row.product, row.period_start, row.period_end, of_kind, row, count)
        blocks = composing.blocks(basis, texts)
    data = count.gathered.text if count else b""
    with translation.override(language):
        cover = _cover(actor, row, language, hashlib.sha256(data).hexdigest())
        files = _files(Path(progress.folder), cover, blocks, data)
    progress.report(total - 1, total)
    manifest = _manifest(row, parameters, count, files)
    short = f"{of_kind.short}-{row.product.code}-{row.period_start}-{row.period_end}"
    name = f"{short}-v{row.edition}-{language[:2]}.zip"
    archive = reports.pack(Path(progress.folder) / "report.zip", files, manifest)
    reports.store(
        actor,
        progress.job_id,
        product=row.product,
        archive=archive,
        name=name,
        manifest=manifest,
        written=row,
    )
    progress.report(total, total)
    return Result(archive, name, manifest)


def _files(folder: Path, cover: Cover, blocks: list[Any], data: bytes) -> dict[str, Path]:
    names = ("cases.jsonl", "report.pdf", "report.docx", "report.xlsx")
    files = {name: folder / name for name in names}
    files["cases.jsonl"].write_bytes(data)
    files["report.pdf"].write_bytes(report_files.pdf(cover, blocks))
    files["report.docx"].write_bytes(report_files.docx(cover, blocks))
    report_files.xlsx(cover, blocks, files["report.xlsx"])
    return files


def _manifest(
    row: AggregateReport,
    parameters: dict[str, Any],
    count: CaseCount | None,
    files: dict[str, Path],
) -> dict[str, Any]:
    counts = count.gathered.counts if count else {}
    kept = ("name", "seq", "chain", "versions")
    return {
        "kind": row.kind,
        "product": row.product.code,
        "edition": row.edition,
        "state": row.state,
        "parameters": {
            **parameters,
            "start": row.period_start.isoformat(),
            "end": row.period_end.isoformat(),
        },
        "produced_at": (row.lock.made_at if row.lock else clock.now()).isoformat(),
        "cases": {name: {"period": n[0], "cumulative": n[1]} for name, n in counts.items()},
        "code_sha256": code_version(),
        "reference": reference_versions(),
        "lock": json.loads(json.dumps({n: getattr(row.lock, n) for n in kept}))
        if row.lock
        else None,
        "files": {
            name: {"sha256": reports.file_sha256(path), "size": path.stat().st_size}
            for name, path in files.items()
        },
    }
