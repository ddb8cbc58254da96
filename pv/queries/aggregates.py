"""Cases of a product as they stood at a data lock, and the periodic reports made of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, QuerySet

from followup.core import access, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Missing
from followup.models import Infusion, Product, ReferenceItem
from followup.queries import reference
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.domain.periodic import CaseRecord
from pv.models import Case, CaseVersion, PeriodicReport

CHUNK = 200


@dataclass(frozen=True, slots=True)
class Exposure:
    """Infusions given: in the period and from the beginning to its end."""

    interval: int
    cumulative: int


def products(actor: Actor) -> list[Product]:
    """Products the actor may report on as a whole: a right at one site alone is not enough."""
    rows = reference.products_for(actor, Perm.REPORT_WRITE)
    return [product for product in rows if covers(actor, product)]


def covers(actor: Actor, product: Product) -> bool:
    """Whether the actor holds the right to report for all sites of a product."""
    grants = actor.granting(Perm.REPORT_WRITE)
    return actor.system or any(
        grant.all_sites and grant.covers(None, product.id) for grant in grants
    )


def _versions(actor: Actor, product: Product, end: date) -> QuerySet[CaseVersion]:
    rows = scope.visible(actor, CaseVersion.objects.all(), needs=Perm.REPORT_WRITE)
    return (
        rows.filter(case__product=product, case__received_on__lte=end, information_on__lte=end)
        .exclude(case__stage=Case.Stage.NULLIFIED)
        .exclude(kind=CaseVersion.Kind.NULLIFICATION)
    )


def count(actor: Actor, product: Product, end: date) -> int:
    """How many cases `records` yields."""
    return _versions(actor, product, end).values("case_id").distinct().count()


def records(actor: Actor, product: Product, end: date) -> Iterator[CaseRecord]:
    """Each case once, in its last version with information up to `end`, streamed.

    Cases nullified since are left out; `nullified` says how many.
    """
    rows = _versions(actor, product, end).select_related("case").order_by("case_id", "-number")
    for row in rows.distinct("case_id").iterator(chunk_size=CHUNK):
        case = row.case
        yield CaseRecord(
            number=case.number,
            version=row.number,
            received_on=case.received_on,
            serious=case.serious,
            fatal=case.fatal,
            message=Message(storage.from_data(row.message)),
        )


def nullified(actor: Actor, product: Product, end: date) -> int:
    """Cases received up to `end` that were nullified."""
    rows = scope.visible(actor, Case.objects.all(), needs=Perm.REPORT_WRITE)
    found = rows.filter(product=product, received_on__lte=end, stage=Case.Stage.NULLIFIED)
    return found.count()


def exposure(product: Product, start: date, end: date) -> Exposure:
    """Infusions of a product known to the register, for a reader whose right was checked."""
    given = Infusion.objects.filter(product=product, infused_on__lte=end)
    return Exposure(given.filter(infused_on__gte=start).count(), given.count())


def state(actor: Actor, product: Product, end: date) -> str:
    """A text that changes when the cases a report would show change."""
    rows = scope.visible(actor, Case.objects.all(), needs=Perm.REPORT_WRITE)
    found = rows.filter(product=product, received_on__lte=end).aggregate(
        cases=Count("id"), last=Max("versions__created_at"), locks=Max("lock_version")
    )
    changes = rows.filter(product=product, received_on__lte=end).values_list("id", "lock_version")
    digest = hashlib.sha256(repr(sorted(changes)).encode()).hexdigest()[:16]
    return f"{found['cases']}:{found['last']}:{digest}"


def reference_versions() -> dict[str, str]:
    """The loaded reference documents by name, with version and hash, for a manifest."""
    rows = ReferenceItem.objects.filter(kind="document").order_by("code", "loaded_at")
    found = rows.values_list("code", "version", "sha256")
    return {code: f"{version} {sha256[:12]}" for code, version, sha256 in found}


@cache
def code_version() -> str:
    """A hash over the source of the running program, which no one can forget to raise."""
    digest = hashlib.sha256()
    for package in ("followup", "pv"):
        for path in sorted((Path(settings.BASE_DIR) / package).rglob("*.py")):
            digest.update(path.relative_to(settings.BASE_DIR).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def reports(actor: Actor) -> QuerySet[PeriodicReport]:
    """Produced reports, the newest first."""
    rows = PeriodicReport.objects.select_related("product", "job__user")
    return scope.visible(actor, rows).order_by("-produced_at", "-id")


def of_job(actor: Actor, job_id: UUID) -> tuple[PeriodicReport, Path] | None:
    """The report a job has stored, with its file, if it came so far."""
    row = scope.visible(actor, PeriodicReport.objects.filter(job_id=job_id)).first()
    path = Path(settings.MEDIA_ROOT) / row.file_path if row else None
    return (row, path) if row and path and path.is_file() else None


def file_of(actor: Actor, report_id: UUID | str) -> tuple[PeriodicReport, Path]:
    """A produced report and its file, logged as a read; Missing when there is none."""
    row = scope.one(actor, PeriodicReport.objects.all(), id=report_id)
    path = Path(settings.MEDIA_ROOT) / row.file_path
    if not path.is_file():
        raise Missing()
    access.record(actor, "report.download", row.id, reason=row.file_name, product=row.product_id)
    return row, path
