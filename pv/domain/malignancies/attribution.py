"""Attribution of a malignancy to the CAR transgene: classes A to F and independent flags.

Source: domain 3.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any


class AttributionClass(StrEnum):
    """Classes of domain 3.6, a proposal of this project modelled on published cases."""

    A = "A"  # CAR positive, driver
    B = "B"  # CAR positive, contributory
    C = "C"  # CAR positive, passenger
    D = "D"  # CAR negative
    E = "E"  # indeterminate
    F = "F"  # not tested


@dataclass(frozen=True, slots=True)
class AttributionRules:
    """Thresholds, as loaded data: copies per cell, percent, base pairs."""

    version: str
    citation: str
    vcn_least: Decimal
    car_positive_least: Decimal
    driver_distance_most: int
    low_level_below: Decimal
    tumour_content_least: Decimal


@dataclass(frozen=True, slots=True)
class IntegrationSite:
    """One site of the malignant clone: distance to the nearest cancer gene in base pairs."""

    distance_bp: int | None
    gene: str | None
    expression_changed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionEvidence:
    """Molecular evidence; None = not known or not yet available.

    `sites` None = integration sites not analysed; empty = analysed, none found in the clone.
    `vcn` copies per malignant cell; percentages of malignant cells and of all cells.
    """

    tested: bool | None
    not_tested_reason: str | None
    lod_met: bool | None
    tumour_content: Decimal | None
    transgene_detected: bool | None
    vcn: Decimal | None
    car_positive_malignant: Decimal | None
    car_positive_all: Decimal | None
    same_tcr_clone: bool | None
    sites: tuple[IntegrationSite, ...] | None
    conflicting: bool  # the results contradict each other in the eyes of the laboratory


@dataclass(frozen=True, slots=True)
class AttributionStep:
    """One question with its answer and what leaves it open."""

    rule: str
    answer: bool | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribution:
    """The class, None while a deciding result is missing; `provisional` may still become A."""

    cls: AttributionClass | None
    provisional: bool
    steps: tuple[AttributionStep, ...]
    missing: tuple[str, ...]
    reason: str | None
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagEvidence:
    """Facts behind the flags, which stand beside any class; None = not known."""

    same_tcr_before: bool | None
    same_driver_before: bool | None
    chip_before: bool | None
    rcl_positive: bool | None
    ebv_driven: bool | None
    prior_genotoxic: bool | None


def read_attribution_rules(data: Mapping[str, Any]) -> AttributionRules:
    """The rules of a loaded `attribution.json`; KeyError for a broken file."""
    limits = data["thresholds"]
    return AttributionRules(
        str(data["version"]),
        data["citation"],
        Decimal(limits["vcn_malignant_least"]),
        Decimal(limits["car_positive_malignant_least_percent"]),
        int(limits["driver_distance_most_bp"]),
        Decimal(limits["low_level_below_percent"]),
        Decimal(limits["tumour_content_least_percent"]),
    )


def attribute(rules: AttributionRules, seen: AttributionEvidence) -> Attribution:
    """The attribution class with every question asked on the way (domain 3.6).

    F without a test, E for an inadequate or conflicting one, D for an adequate one without
    transgene, A to C by clonality, TCR and integration site. A missing result leaves the class
    None; only B without site analysis is given as provisional. The class is no causality.
    """
    trail = _Trail(rules, seen)
    tested = trail.ask("TESTED", seen.tested, "tested")
    if not tested:
        return trail.end(AttributionClass.F if tested is False else None)
    if seen.conflicting:
        trail.ask("CONFLICTING", True)
        return trail.end(AttributionClass.E)
    detected = trail.ask("TRANSGENE_DETECTED", seen.transgene_detected, "transgene_detected")
    if detected is None:
        return trail.end(None)
    if detected:
        return _positive(rules, seen, trail)
    adequate, missing = _adequate(rules, seen)
    trail.ask("ADEQUATE_SAMPLE", adequate, *missing)
    if adequate is None:
        return trail.end(None)
    return trail.end(AttributionClass.D if adequate else AttributionClass.E)


class _Trail:
    """Collects the questions of one attribution and closes it."""

    def __init__(self, rules: AttributionRules, seen: AttributionEvidence) -> None:
        self.rules = rules
        self.seen = seen
        self.steps: list[AttributionStep] = []

    def ask(self, rule: str, answer: bool | None, *missing: str) -> bool | None:
        self.steps.append(AttributionStep(rule, answer, missing if answer is None else ()))
        return answer

    def end(self, cls: AttributionClass | None, *, provisional: bool = False) -> Attribution:
        gaps = tuple(dict.fromkeys(name for step in self.steps for name in step.missing))
        missing = gaps if cls is None or provisional else ()
        reason = self.seen.not_tested_reason if cls is AttributionClass.F else None
        citation = self.rules.citation
        return Attribution(cls, provisional, tuple(self.steps), missing, reason, citation)


def _adequate(
    rules: AttributionRules, seen: AttributionEvidence
) -> tuple[bool | None, tuple[str, ...]]:
    """Whether a negative result counts: detection limit met, tumour content high enough."""
    enough = None
    if seen.tumour_content is not None:
        enough = seen.tumour_content >= rules.tumour_content_least
    answers = {"lod_met": seen.lod_met, "tumour_content": enough}
    if False in answers.values():
        return False, ()
    missing = tuple(name for name, answer in answers.items() if answer is None)
    return (None, missing) if missing else (True, ())


def _positive(rules: AttributionRules, seen: AttributionEvidence, trail: _Trail) -> Attribution:
    """Classes A to C, or E when the results do not fit any of them."""
    clonal = _clonal(rules, seen)
    trail.ask("TRANSGENE_IN_CLONE", clonal, "vcn", "car_positive_malignant")
    same = trail.ask("SAME_TCR_CLONE", seen.same_tcr_clone, "same_tcr_clone")
    if clonal is False:
        low = None
        if seen.car_positive_all is not None:
            low = seen.car_positive_all < rules.low_level_below
        trail.ask("LOW_LEVEL", low, "car_positive_all")
        if low is False or same:  # neither clonal nor a mere bystander
            return trail.end(AttributionClass.E)
        return trail.end(AttributionClass.C if low and same is False else None)
    if same is False and clonal:
        return trail.end(AttributionClass.E)
    driver = _driver(rules, seen)
    trail.ask("DRIVER_INTEGRATION", driver, "sites")
    if clonal is None or same is None:
        return trail.end(None)
    if driver is None:
        return trail.end(AttributionClass.B, provisional=True)
    return trail.end(AttributionClass.A if driver else AttributionClass.B)


def _clonal(rules: AttributionRules, seen: AttributionEvidence) -> bool | None:
    """Whether the transgene sits in the malignant clone: either measure is enough."""
    answers = {
        None if seen.vcn is None else seen.vcn >= rules.vcn_least,
        None
        if seen.car_positive_malignant is None
        else seen.car_positive_malignant >= rules.car_positive_least,
    }
    if True in answers:
        return True
    # One low measure decides when the other was not made; two unknown ones decide nothing.
    return False if False in answers else None


def _driver(rules: AttributionRules, seen: AttributionEvidence) -> bool | None:
    """A site in or near a cancer gene whose expression changed; None while that is open."""
    if seen.sites is None:
        return None
    answers: set[bool | None] = set()
    for site in seen.sites:
        if site.distance_bp is None:
            answers.add(None)
        elif abs(site.distance_bp) <= rules.driver_distance_most:
            answers.add(site.expression_changed)
        else:
            answers.add(False)
    if True in answers:
        return True
    return None if None in answers else False


def attribution_flags(seen: FlagEvidence) -> dict[str, bool | None]:
    """The independent flags by code; None = not known, never "no"."""
    before = (seen.same_tcr_before, seen.same_driver_before)
    return {
        "preexisting_clone": True if True in before else None if None in before else False,
        "chip_preexisting": seen.chip_before,
        "rcl_positive": seen.rcl_positive,
        "ebv_driven": seen.ebv_driven,
        "prior_genotoxic": seen.prior_genotoxic,
    }
