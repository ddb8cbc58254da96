"""Cytokine release syndrome on the ASTCT 2019 scale.

Source: domain 2 (Lee et al. 2019).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.grading.grades import Grade, GradingStep, RuleSource, Scale, step, worst


class Oxygen(StrEnum):
    """Oxygen given for hypoxia; nasal cannula needs its flow to be placed."""

    NONE = "NONE"
    NASAL_CANNULA = "NASAL_CANNULA"
    BLOW_BY = "BLOW_BY"
    FACE_MASK = "FACE_MASK"
    NON_REBREATHER = "NON_REBREATHER"
    VENTURI = "VENTURI"
    CPAP = "CPAP"
    BIPAP = "BIPAP"
    VENTILATION = "VENTILATION"


@dataclass(frozen=True, slots=True)
class CrsRules:
    """Temperature and flow limits and the two tables, as loaded data."""

    source: RuleSource
    fever_celsius: Decimal
    low_flow_most: Decimal  # L/min
    hypotension: Mapping[str, int]
    oxygen: Mapping[str, int]
    low_flow_grade: int
    high_flow_grade: int
    fever_grade: int
    death_grade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrsFindings:
    """The findings of one assessment; None = not recorded, which is never read as absent.

    Temperature in °C. Vasopressors are counted without vasopressin. Hypotension and hypoxia are
    those not explained by another cause. `treated` = antipyretic, tocilizumab or steroid given.
    """

    temperature: Decimal | None
    fever_other_cause: bool | None
    treated: bool | None
    fever_earlier: bool | None  # fever of this episode before the treatment
    hypotension: bool | None
    vasopressors: int | None
    vasopressin: bool | None
    oxygen: Oxygen | None
    flow: Decimal | None  # L/min, nasal cannula only
    death_due_to_crs: bool | None


def read_crs_rules(data: Mapping[str, Any]) -> CrsRules:
    """The rules from the `crs` part of the loaded grading data."""
    return CrsRules(
        RuleSource(Scale.ASTCT_CRS, data["version"], data["citation"], data["confidence"]),
        Decimal(data["fever_celsius"]),
        Decimal(data["low_flow_most_l_min"]),
        data["hypotension"],
        data["oxygen"],
        data["low_flow_grade"],
        data["high_flow_grade"],
        data["fever_grade"],
        data["death_grade"],
    )


def crs(rules: CrsRules, seen: CrsFindings) -> Grade:
    """The CRS grade 0 to 5: the worse of hypotension and hypoxia, at least 1 with fever.

    Entry needs a temperature of 38.0 °C or more without another cause; after antipyretic or
    anticytokine treatment the earlier fever counts and hypotension or hypoxia decide. Organ
    toxicities do not count. Source: Lee et al., Biol Blood Marrow Transplant 2019.
    """
    if seen.death_due_to_crs:
        inputs = (("death_due_to_crs", True),)
        return worst(rules.source, (step(rules.source, "CRS.DEATH", inputs, {rules.death_grade}),))
    steps = [_entry(rules, seen)]
    if seen.death_due_to_crs is None:
        inputs_unknown = (("death_due_to_crs", None),)
        gap = ("death_due_to_crs",)
        steps.append(step(rules.source, "CRS.DEATH", inputs_unknown, {0, rules.death_grade}, gap))
    if _has_entry(rules, seen) is not False:
        circulation, breathing = _hypotension(rules, seen), _hypoxia(rules, seen)
        if _has_entry(rules, seen) is None:  # without entry nothing counts: 0 stays possible
            circulation, breathing = _opened(circulation), _opened(breathing)
        steps += [circulation, breathing]
    return worst(rules.source, steps)


def _fever(rules: CrsRules, seen: CrsFindings) -> bool | None:
    """Fever now, not explained otherwise."""
    if seen.temperature is not None and seen.temperature < rules.fever_celsius:
        return False
    if seen.fever_other_cause:
        return False
    if seen.temperature is None or seen.fever_other_cause is None:
        return None
    return True


def _has_entry(rules: CrsRules, seen: CrsFindings) -> bool | None:
    """Whether this is CRS at all: fever now, or earlier and then treated."""
    now = _fever(rules, seen)
    if now or (seen.treated and seen.fever_earlier):
        return True
    unsure = now is None or (
        seen.treated is not False
        and seen.fever_earlier is not False
        and None in {seen.treated, seen.fever_earlier}
    )
    return None if unsure else False


def _entry(rules: CrsRules, seen: CrsFindings) -> GradingStep:
    now = _fever(rules, seen)
    entry = _has_entry(rules, seen)
    names = ("temperature", "fever_other_cause", "treated", "fever_earlier")
    inputs = [(name, getattr(seen, name)) for name in names]
    missing: tuple[str, ...] = ()
    if now is None:
        missing = tuple(n for n in names[:2] if getattr(seen, n) is None)
    elif entry is None:
        missing = tuple(n for n in names[2:] if getattr(seen, n) is None)
    rule = {True: "CRS.ENTRY", False: "CRS.NO_ENTRY", None: "CRS.ENTRY_OPEN"}[entry]
    possible = {rules.fever_grade} if now else {0}
    if now is None:
        possible = {0, rules.fever_grade}
    return step(rules.source, rule, inputs, possible, missing)


def _opened(found: GradingStep) -> GradingStep:
    possible = tuple(sorted({0, *found.possible}))
    return GradingStep(found.rule, found.inputs, possible, found.citation, found.missing)


def _hypotension(rules: CrsRules, seen: CrsFindings) -> GradingStep:
    names = ("hypotension", "vasopressors", "vasopressin")
    inputs = [(name, getattr(seen, name)) for name in names]
    table = rules.hypotension
    if seen.hypotension is False:
        if seen.vasopressors or seen.vasopressin:  # one of the two answers is wrong
            gap = ("hypotension contradicts vasopressors",)
            return step(rules.source, "CRS.HYPOTENSION", inputs, table.values(), gap)
        return step(rules.source, "CRS.HYPOTENSION", inputs, {table["NONE"]})
    missing = [name for name in names if getattr(seen, name) is None]
    if seen.vasopressors is not None and seen.vasopressors >= 2:
        missing = [name for name in missing if name != "vasopressin"]
        known = {table["MULTIPLE"]}
    elif seen.vasopressors == 1:
        missing = [name for name in missing if name != "vasopressin"]
        known = {table["ONE"]}
    elif seen.vasopressors == 0:
        known = {table["ONE"]} if seen.vasopressin else {table["NO_VASOPRESSOR"]}
        known |= {table["ONE"]} if seen.vasopressin is None else set()
    else:
        known = {table[code] for code in ("NO_VASOPRESSOR", "ONE", "MULTIPLE")}
    if seen.hypotension is None:
        known |= {table["NONE"]}
    return step(rules.source, "CRS.HYPOTENSION", inputs, known, missing)


def _hypoxia(rules: CrsRules, seen: CrsFindings) -> GradingStep:
    inputs = [("oxygen", seen.oxygen), ("flow", seen.flow)]
    if seen.oxygen is None:
        possible = {*rules.oxygen.values(), rules.low_flow_grade, rules.high_flow_grade}
        return step(rules.source, "CRS.HYPOXIA", inputs, possible, ("oxygen",))
    if seen.oxygen is not Oxygen.NASAL_CANNULA:
        return step(rules.source, "CRS.HYPOXIA", inputs, {rules.oxygen[seen.oxygen]})
    if seen.flow is None:
        possible = {rules.low_flow_grade, rules.high_flow_grade}
        return step(rules.source, "CRS.HYPOXIA", inputs, possible, ("flow",))
    low = seen.flow <= rules.low_flow_most
    grade = rules.low_flow_grade if low else rules.high_flow_grade
    return step(rules.source, "CRS.HYPOXIA", inputs, {grade})
