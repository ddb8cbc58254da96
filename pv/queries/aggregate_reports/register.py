"""Aggregate reports: the list, one with its texts, and what it still lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.models import Product
from followup.queries import reference
from pv.domain.aggregates import CoverageFault, coverage
from pv.domain.periodic.sections import (
    ReportKind,
    Section,
    Topic,
    read_report_kinds,
    read_topics,
)
from pv.models import AggregateReport, Commitment, PeriodicReport, ReportSection
from pv.queries import rules

PAGE = 50
LANGUAGES = (("zh-hans", "中文"), ("en", "English"))


def kinds() -> dict[str, ReportKind]:
    """The kinds of report as loaded, by code."""
    return rules.parsed("aggregate_reports", read_report_kinds)


def kind(row: AggregateReport) -> ReportKind:
    """The kind of a report."""
    return kinds()[row.kind]


def topics() -> tuple[Topic, ...]:
    """The special topics as loaded."""
    return read_topics(rules.data("aggregate_reports"))


def _rows(actor: Actor) -> QuerySet[AggregateReport]:
    rows = AggregateReport.objects.select_related("product", "lock", "created_by", "reviewed_by")
    return scope.visible(actor, rows).order_by("-created_at", "-id")


def every(actor: Actor) -> list[AggregateReport]:
    """All reports the actor reads, the newest first: for dossiers."""
    return list(_rows(actor))


def page(actor: Actor, *, product: str = "", key: str = "") -> Page[AggregateReport]:
    """One page of the reports the actor reads, of a product or of all, the newest first."""
    rows = _rows(actor)
    if product:
        rows = rows.filter(product_id=reference.product(actor, id=product).id)
    return Page(*keyset.newest_first(rows, "created_at", key=key, size=PAGE))


def one(actor: Actor, report_id: UUID | str) -> AggregateReport:
    """One report; NotFound otherwise."""
    rows = AggregateReport.objects.select_related(
        "product__holder",
        "lock",
        "created_by",
        "reviewed_by",
        "returned_by",
        "commitment__indication",
    )
    return scope.one(actor, rows, id=report_id)


def product_name(row: Product) -> str:
    """The name in the language of the reader, with the INN where that is another."""
    name = localized_name(row)
    return name if name == row.inn else f"{name} ({row.inn})"


def commitments(actor: Actor) -> list[Commitment]:
    """Commitments a report may be about."""
    rows = Commitment.objects.select_related("product")
    return list(scope.visible(actor, rows, needs=Perm.REPORT_WRITE).order_by("title"))


def _versions(actor: Actor, row: AggregateReport) -> QuerySet[ReportSection]:
    rows = ReportSection.objects.filter(report=row).select_related("written_by")
    return scope.visible(actor, rows)


def coverage_faults(actor: Actor, row: AggregateReport) -> tuple[CoverageFault, ...]:
    """Days up to this report that none of its kind covers, or that two cover (GVP art. 81).

    Only of the kinds that fall due by a periodic rule, and from the first report in this register
    on: what was reported before is not known here.
    """
    known = rules.data("duties")
    abroad = {row[code] for row in known["abroad"].values() for code in ("code", "set_code")}
    abroad |= {row["code"] for row in known["trials_abroad"].values()}
    if row.kind not in abroad and row.kind.lower() not in known["periodic"]:
        return ()
    rows = AggregateReport.objects.filter(product_id=row.product_id, kind=row.kind)
    rows = scope.visible(actor, rows.filter(period_end__lte=row.period_end))
    periods = list(rows.values_list("period_start", "period_end"))
    return coverage(periods, min(first for first, _last in periods), row.period_end)


def texts(actor: Actor, row: AggregateReport, language: str) -> dict[str, ReportSection]:
    """The present text of each section that has one, by number of the section."""
    rows = _versions(actor, row).filter(language=language).order_by("code", "-number")
    return {version.code: version for version in rows.distinct("code")}


def history(actor: Actor, row: AggregateReport, code: str, language: str) -> list[ReportSection]:
    """Every version of a section's text, the newest first."""
    return list(_versions(actor, row).filter(code=code, language=language).order_by("-number"))


def files(actor: Actor, row: AggregateReport) -> list[PeriodicReport]:
    """What was produced of a report, the newest first."""
    rows = PeriodicReport.objects.filter(written=row).select_related("job__user")
    return list(scope.visible(actor, rows).order_by("-produced_at", "-id"))


@dataclass(frozen=True, slots=True)
class Lacking:
    """Sections without a needed text, in one language."""

    language: str
    sections: Sequence[Section]

    @property
    def codes(self) -> list[str]:
        """Their numbers in the report."""
        return [section.code for section in self.sections]


def lacking(actor: Actor, row: AggregateReport) -> list[Lacking]:
    """What is missing before a review: a report begun in a language is whole in it."""
    of_kind = kind(row)
    found = []
    for language, _name in LANGUAGES:
        written = {code for code, version in texts(actor, row, language).items() if version.text}
        if written:
            found.append(Lacking(language, of_kind.lacking(written)))
    return found or [Lacking("", of_kind.lacking(()))]


def against_review(actor: Actor, row: AggregateReport) -> list[str]:
    """What a report needs before anybody reviews it, a sentence each."""
    found = []
    if row.lock_id is None:
        found.append(_("Choose a data lock first: an approved figure can be rebuilt."))
    for each in lacking(actor, row):
        if each.sections:
            numbers = ", ".join(section.code for section in each.sections)
            text = _("These sections have no text yet: %(numbers)s.")
            found.append(text % {"numbers": numbers})
    return found


def authors(actor: Actor, row: AggregateReport) -> set[UUID]:
    """Who wrote a text the report now has, in any language."""
    return {
        version.written_by_id
        for language, _name in LANGUAGES
        for version in texts(actor, row, language).values()
    }
