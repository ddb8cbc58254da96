"""Integration sites of an infusion over time: each analysis with class and monitored sites."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import CustodyEvent, MolecularResult, Sample
from pv.domain.malignancies import (
    ClonalityAnswer,
    ClonalityRules,
    SiteSample,
    assess_clonality,
    read_clonality_rules,
)
from pv.domain.malignancies import Site as IntegrationSite
from pv.queries import rules
from pv.queries.workups import attribution_rules

ASSAY = "ISA"


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site of an analysis: what was reported, its share before, why it is monitored."""

    site: Mapping[str, Any]
    percent: Decimal | None
    before: Decimal | None
    seen_before: bool
    reasons: tuple[str, ...]

    @property
    def change(self) -> Decimal | None:
        """Percentage points since the analysis before; None where one of the two is not known."""
        if self.percent is None or self.before is None:
            return None
        return self.percent - self.before


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis as it stands; `before` is the one it is compared with."""

    result: MolecularResult
    collected_on: date | None
    answer: ClonalityAnswer
    lines: tuple[SiteLine, ...]
    before: MolecularResult | None

    @property
    def repeat_by(self) -> date | None:
        """Last day for the repeat; None when nothing is monitored."""
        return self.answer.items[0].repeat_by if self.answer.items else None


def clonality_rules() -> ClonalityRules:
    """Limits of the classes and of what is monitored, as loaded."""
    return read_clonality_rules(rules.data("attribution")["clonality"])


def of_sample(actor: Actor, sample: Sample) -> list[Analysis]:
    """The analyses after the infusion of a sample, the earliest collected first."""
    return of_infusion(actor, sample.infusion_id, Perm.SAMPLE_READ)


def of_infusion(actor: Actor, infusion_id: UUID, needs: Perm | None = None) -> list[Analysis]:
    """Every analysis of routine follow-up that stands, with what it is compared with.

    Material of a malignancy is left out: a tumour is not compared with blood. A sample is compared
    with the one of the same kind collected before it.
    """
    found = list(_standing(actor, infusion_id, needs).select_related("sample"))
    days = _collected([row.sample_id for row in found])
    found.sort(
        key=lambda row: (days.get(row.sample_id) or row.resulted_on, row.resulted_on, row.id)
    )
    known, near = clonality_rules(), attribution_rules().driver_distance_most
    return [
        _analysis(known, near, row, _before(found[:index], row), days.get(row.sample_id))
        for index, row in enumerate(found)
    ]


def count(actor: Actor, sample: Sample) -> int:
    """How many analyses `of_sample` has."""
    return _standing(actor, sample.infusion_id, Perm.SAMPLE_READ).count()


def _standing(
    actor: Actor, infusion_id: UUID, needs: Perm | None = None
) -> QuerySet[MolecularResult]:
    rows = MolecularResult.objects.filter(
        sample__infusion_id=infusion_id,
        sample__event__isnull=True,
        assay=ASSAY,
        replaced_by__isnull=True,
    )
    return scope.visible(actor, rows, needs)


def _before(earlier: Sequence[MolecularResult], row: MolecularResult) -> MolecularResult | None:
    fitting = (
        other
        for other in reversed(earlier)
        if other.sample_id != row.sample_id and other.sample.code == row.sample.code
    )
    return next((other for other in fitting if "sites" in other.details), None)


def _collected(samples: Sequence[UUID]) -> dict[UUID, date | None]:
    rows = CustodyEvent.objects.filter(
        sample_id__in=samples, step="COLLECT", taken_back=False, replaced_by__isnull=True
    )
    return dict(rows.order_by("number").values_list("sample_id", "happened_on"))


def _key(site: Mapping[str, Any]) -> str:
    return f"{site['chromosome']}:{site['position']}:{site['strand']}"


def _share(site: Mapping[str, Any]) -> Decimal | None:
    return Decimal(site["percent"]) if site["percent"] else None


def _gene(site: Mapping[str, Any], near: int) -> str | None:
    """The cancer gene of a site, unless it is known to lie further away than counts."""
    distance = site["distance_bp"]
    return (site["gene"] or None) if distance is None or abs(distance) <= near else None


def _read(result: MolecularResult, near: int) -> SiteSample:
    sites = (
        IntegrationSite(_key(site), _share(site), _gene(site, near))
        for site in result.details.get("sites", ())
    )
    return SiteSample(result.resulted_on, tuple(sites))


def _analysis(
    known: ClonalityRules,
    near: int,
    result: MolecularResult,
    before: MolecularResult | None,
    collected_on: date | None,
) -> Analysis:
    earlier = _read(before, near) if before else None
    answer = assess_clonality(known, _read(result, near), earlier)
    shares = {site.key: site.percent for site in earlier.sites} if earlier else {}
    why = {item.site.key: tuple(reason.value for reason in item.reasons) for item in answer.items}
    lines = [
        SiteLine(site, _share(site), shares.get(key), key in shares, why.get(key, ()))
        for site in result.details.get("sites", ())
        for key in (_key(site),)
    ]
    lines.sort(key=lambda line: (line.percent is None, -(line.percent or 0), _key(line.site)))
    return Analysis(result, collected_on, answer, tuple(lines), before)
