"""Clonality of integration sites in routine follow-up: class, monitoring items, repeats.

Source: domain 3.7.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Clonality(StrEnum):
    """By the share of the largest site, or by evenness."""

    POLYCLONAL = "POLYCLONAL"
    OLIGOCLONAL = "OLIGOCLONAL"
    CLONAL = "CLONAL"


class MonitoringReason(StrEnum):
    """Why a site is monitored."""

    LARGE = "LARGE"
    RISING = "RISING"
    CANCER_GENE = "CANCER_GENE"


@dataclass(frozen=True, slots=True)
class ClonalityRules:
    """Limits, as loaded data: percent of all sites, percentage points, days."""

    citation: str
    oligoclonal_from: Decimal
    clonal_from: Decimal
    pielou_below: Decimal | None
    monitor_from: Decimal
    rise_more_than: Decimal
    new_site_from: Decimal
    repeat_within_days: int
    analysis_within_days: int


@dataclass(frozen=True, slots=True)
class Site:
    """One integration site: `key` chromosome:position:strand, share in percent of all sites.

    None where the laboratory reported no share: it is not 0 %.
    """

    key: str
    percent: Decimal | None
    cancer_gene: str | None


@dataclass(frozen=True, slots=True)
class SiteSample:
    """All sites of one sample and the day the result came."""

    resulted_on: date
    sites: tuple[Site, ...]


@dataclass(frozen=True, slots=True)
class MonitoringItem:
    """A site to be monitored, why, and the last day for the repeat."""

    site: Site
    reasons: tuple[MonitoringReason, ...]
    repeat_by: date


@dataclass(frozen=True, slots=True)
class ClonalityAnswer:
    """Class, largest share, Shannon index, evenness (None under two sites), what is monitored.

    `unreported` sites have no share: only a site from the limit of a clone on decides the class
    then, and no index is computed.
    """

    clonality: Clonality | None
    top_percent: Decimal | None
    shannon: float | None
    pielou: float | None
    unreported: int
    items: tuple[MonitoringItem, ...]
    citation: str


def read_clonality_rules(data: Mapping[str, Any]) -> ClonalityRules:
    """The rules from the `clonality` part of the loaded attribution data."""
    evenness = data["pielou_below"]
    return ClonalityRules(
        data["citation"],
        Decimal(data["oligoclonal_from_percent"]),
        Decimal(data["clonal_from_percent"]),
        None if evenness is None else Decimal(evenness),
        Decimal(data["watch_from_percent"]),
        Decimal(data["rise_more_than_points"]),
        Decimal(data["new_site_from_percent"]),
        int(data["repeat_within_days"]),
        int(data["analysis_within_days"]),
    )


def shannon_index(percents: Sequence[Decimal]) -> float | None:
    """Shannon index (natural log) of shares that need not add up to 100; None without sites."""
    total = sum(float(p) for p in percents)
    if total <= 0:
        return None
    shares = (float(p) / total for p in percents if p > 0)
    return max(0.0, -sum(share * math.log(share) for share in shares))


def pielou_evenness(percents: Sequence[Decimal]) -> float | None:
    """Shannon index over its maximum, 0 to 1; None with fewer than two sites."""
    present = [p for p in percents if p > 0]
    index = shannon_index(present)
    return None if index is None or len(present) < 2 else index / math.log(len(present))


def assess_clonality(
    rules: ClonalityRules, now: SiteSample, before: SiteSample | None
) -> ClonalityAnswer:
    """Class of the sample and the sites to monitor (domain 3.7, from 1.1.8 to 1.1.10).

    Polyclonal under 20 %, oligoclonal from 20 %, clonal from 50 % or under the preset evenness. A
    site is monitored from 20 %, when it rises between two samples, or in a cancer gene; the repeat
    is due within 90 days of the result. A sample without sites has no class, nor one whose sites
    without a share leave it open.
    """
    percents = [site.percent for site in now.sites if site.percent is not None]
    unreported = len(now.sites) - len(percents)
    repeat_by = now.resulted_on + timedelta(days=rules.repeat_within_days)
    items = tuple(
        MonitoringItem(site, reasons, repeat_by)
        for site in now.sites
        if (reasons := _reasons(rules, site, before))
    )
    whole = unreported == 0
    return ClonalityAnswer(
        clonality=_class(rules, percents, whole),
        top_percent=max(percents, default=None),
        shannon=shannon_index(percents) if whole else None,
        pielou=pielou_evenness(percents) if whole else None,
        unreported=unreported,
        items=items,
        citation=rules.citation,
    )


def _class(rules: ClonalityRules, percents: Sequence[Decimal], whole: bool) -> Clonality | None:
    top, evenness = max(percents, default=None), pielou_evenness(percents)
    if top is not None and top >= rules.clonal_from:
        return Clonality.CLONAL  # whatever the others are
    if top is None or not whole:
        return None
    if rules.pielou_below is not None and evenness is not None and evenness < rules.pielou_below:
        return Clonality.CLONAL
    return Clonality.OLIGOCLONAL if top >= rules.oligoclonal_from else Clonality.POLYCLONAL


def _reasons(
    rules: ClonalityRules, site: Site, before: SiteSample | None
) -> tuple[MonitoringReason, ...]:
    found: list[MonitoringReason] = []
    if site.percent is not None and site.percent >= rules.monitor_from:
        found.append(MonitoringReason.LARGE)
    if before is not None and _rising(rules, site, before):
        found.append(MonitoringReason.RISING)
    if site.cancer_gene is not None:
        found.append(MonitoringReason.CANCER_GENE)
    return tuple(found)


def _rising(rules: ClonalityRules, site: Site, before: SiteSample) -> bool:
    earlier = {other.key: other.percent for other in before.sites}
    if site.percent is None:
        return False
    if site.key in earlier:
        known = earlier[site.key]
        return known is not None and site.percent - known > rules.rise_more_than
    # Not seen before is not 0 %: small sites come and go by sampling, so only a large one rises.
    return site.percent >= rules.new_site_from


def analysis_due(rules: ClonalityRules, positive_result_on: date) -> date:
    """Last day for the first integration-site analysis after a result of 1 % or more.

    30 days after receipt (a parameter; FDA guidance recalled from memory).
    """
    return positive_result_on + timedelta(days=rules.analysis_within_days)
