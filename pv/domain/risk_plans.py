"""Risk management plans: what a version needs before it holds, and what differs between two.

Sources: CDE guideline on the clinical risk management plan of CAR-T products (2022 no. 15), whose
chapters are safety specification, pharmacovigilance activities and risk minimisation measures; GVP
(NMPA 2021 no. 65) articles 96 to 99; EMA GVP module XVI on the effectiveness of measures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class MeasureKind(StrEnum):
    """What is done about a risk."""

    ROUTINE_ACTIVITY = "ROUTINE_ACTIVITY"
    ADDITIONAL_ACTIVITY = "ADDITIONAL_ACTIVITY"
    ROUTINE_MINIMISATION = "ROUTINE_MINIMISATION"
    ADDITIONAL_MINIMISATION = "ADDITIONAL_MINIMISATION"


ACTIVITIES = frozenset({MeasureKind.ROUTINE_ACTIVITY, MeasureKind.ADDITIONAL_ACTIVITY})
MISSING_INFORMATION = "MISSING_INFORMATION"


@dataclass(frozen=True, slots=True)
class PlanMeasureFacts:
    """One measure of a version; `lineage` is the same in every version that keeps it."""

    lineage: str
    kind: MeasureKind
    description: str
    owner: str
    due: date | None


@dataclass(frozen=True, slots=True)
class PlanRiskFacts:
    """One risk of a version by its name, with its category and measures."""

    name: str
    category: str
    measures: tuple[PlanMeasureFacts, ...] = ()


class PlanGap(StrEnum):
    """What a version lacks."""

    NO_RISK = "NO_RISK"
    NO_ACTIVITY = "NO_ACTIVITY"
    NO_MINIMISATION = "NO_MINIMISATION"
    NO_OWNER = "NO_OWNER"


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap and the risk it stands at; empty where it is the plan's own."""

    code: PlanGap
    risk: str = ""


def gaps(risks: Sequence[PlanRiskFacts]) -> list[Gap]:
    """What stands against a version: every risk is watched, every risk but missing information
    has a measure against it, every measure that is owed by a day has an owner."""
    if not risks:
        return [Gap(PlanGap.NO_RISK)]
    rows = []
    for risk in risks:
        kinds = {measure.kind for measure in risk.measures}
        if not kinds & ACTIVITIES:
            rows.append(Gap(PlanGap.NO_ACTIVITY, risk.name))
        if risk.category != MISSING_INFORMATION and not kinds - ACTIVITIES:
            rows.append(Gap(PlanGap.NO_MINIMISATION, risk.name))
        if any(m.due is not None and not m.owner.strip() for m in risk.measures):
            rows.append(Gap(PlanGap.NO_OWNER, risk.name))
    return rows


class PlanChange(StrEnum):
    """How two versions differ."""

    RISK_ADDED = "RISK_ADDED"
    RISK_REMOVED = "RISK_REMOVED"
    CATEGORY_CHANGED = "CATEGORY_CHANGED"
    MEASURE_ADDED = "MEASURE_ADDED"
    MEASURE_REMOVED = "MEASURE_REMOVED"
    MEASURE_CHANGED = "MEASURE_CHANGED"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: at which risk, and of a measure what it says now (or said before)."""

    code: PlanChange
    risk: str
    text: str = ""


def differences(
    before: Sequence[PlanRiskFacts], after: Sequence[PlanRiskFacts]
) -> list[Difference]:
    """What changed from one version to the next, by risk; nothing between equal versions."""
    old, new = _by_name(before), _by_name(after)
    rows = [Difference(PlanChange.RISK_REMOVED, name) for name in old if name not in new]
    for name, risk in new.items():
        earlier = old.get(name)
        if earlier is None:
            rows.append(Difference(PlanChange.RISK_ADDED, name, risk.category))
            continue
        if earlier.category != risk.category:
            rows.append(Difference(PlanChange.CATEGORY_CHANGED, name, risk.category))
        rows += _measures(name, earlier.measures, risk.measures)
    return rows


def _by_name(risks: Iterable[PlanRiskFacts]) -> Mapping[str, PlanRiskFacts]:
    return {risk.name: risk for risk in risks}


def _measures(
    risk: str, before: Sequence[PlanMeasureFacts], after: Sequence[PlanMeasureFacts]
) -> list[Difference]:
    old = {measure.lineage: measure for measure in before}
    new = {measure.lineage: measure for measure in after}
    rows = [
        Difference(PlanChange.MEASURE_REMOVED, risk, measure.description)
        for lineage, measure in old.items()
        if lineage not in new
    ]
    for lineage, measure in new.items():
        if lineage not in old:
            rows.append(Difference(PlanChange.MEASURE_ADDED, risk, measure.description))
        elif old[lineage] != measure:
            rows.append(Difference(PlanChange.MEASURE_CHANGED, risk, measure.description))
    return rows
