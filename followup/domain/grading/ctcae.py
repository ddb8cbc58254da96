"""CTCAE version 5 grades: laboratory values, CRS, treatment-related second malignancy.

Source: domain 2 (CTCAE 5.0).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.assessments.quantities import Quantity
from followup.domain.grading.grades import Grade, GradingStep, RuleSource, Scale, step, worst

LLN = "lln"


class MalignancyCourse(StrEnum):
    """Course of a treatment-related second malignancy; grades 1 and 2 do not exist."""

    NOT_LIFE_THREATENING = "NOT_LIFE_THREATENING"
    LIFE_THREATENING = "LIFE_THREATENING"
    DEATH = "DEATH"


class CtcaeCrs(StrEnum):
    """Findings of the CTCAE item CRS, which differs from the ASTCT scale."""

    FEVER_ONLY = "FEVER_ONLY"
    FLUIDS_OR_OXYGEN_BELOW_40 = "FLUIDS_OR_OXYGEN_BELOW_40"
    ONE_PRESSOR_OR_OXYGEN_40 = "ONE_PRESSOR_OR_OXYGEN_40"
    LIFE_THREATENING = "LIFE_THREATENING"
    DEATH = "DEATH"


@dataclass(frozen=True, slots=True)
class LaboratoryRule:
    """One row: under `limits[g]` is grade g; the limit of grade 1 is the laboratory's own LLN.

    `clinical_grade` is a grade decided at the bedside (haemoglobin 4), not by the number.
    """

    source: RuleSource
    item: str
    unit: str
    limits: Mapping[int, Decimal | None]
    clinical_grade: int | None


@dataclass(frozen=True, slots=True)
class CtcaeRules:
    """The laboratory rows by code, and the two tables of codes."""

    source: RuleSource
    laboratory: Mapping[str, LaboratoryRule]
    malignancy: Mapping[str, int]
    crs: Mapping[str, int]


def read_ctcae_rules(data: Mapping[str, Any]) -> CtcaeRules:
    """The rules from the `ctcae` part of the loaded grading data."""
    source = RuleSource(Scale.CTCAE_5, data["version"], data["citation"], data["confidence"])
    rows = {}
    for row in data["laboratory"]:
        limits = {
            int(grade): None if limit == LLN else Decimal(limit)
            for grade, limit in row["limits"].items()
        }
        rows[row["item"]] = LaboratoryRule(
            source, row["item"], row["unit"], limits, row["clinical_grade"]
        )
    return CtcaeRules(source, rows, data["second_malignancy"], data["crs"])


def laboratory_grade(
    rule: LaboratoryRule,
    value: Quantity | None,
    *,
    lower_limit: Decimal | None,
    life_threatening: bool | None = None,
) -> Grade:
    """The CTCAE grade 0 to 4 of one value in the rule's unit.

    The lower number belongs to the milder grade: neutrophils 1.0 are grade 2 and 0.99 grade 3.
    `lower_limit` is the laboratory's LLN, needed only where the value leaves grade 0 or 1 open;
    `life_threatening` only where the rule has a clinical grade and the next lower one is reached.
    """
    if value is None:
        possible = (0, *rule.limits, *([rule.clinical_grade] if rule.clinical_grade else []))
        empty = _lab_step(rule, None, lower_limit, None, possible, (rule.item,))
        return worst(rule.source, (empty,))
    possible, missing = _possible(rule, value, lower_limit)
    if rule.clinical_grade is not None:
        possible, missing = _clinical(rule, possible, missing, life_threatening)
    found = _lab_step(rule, value, lower_limit, life_threatening, possible, missing)
    return worst(rule.source, (found,))


def _lab_step(
    rule: LaboratoryRule,
    value: Quantity | None,
    lower_limit: Decimal | None,
    life_threatening: bool | None,
    possible: Sequence[int],
    missing: Sequence[str],
) -> GradingStep:
    inputs: list[tuple[str, object]] = [(rule.item, value), ("unit", rule.unit)]
    inputs.append(("lower_limit", lower_limit))
    if rule.clinical_grade is not None:
        inputs.append(("life_threatening", life_threatening))
    return step(rule.source, f"CTCAE.{rule.item.upper()}", inputs, possible, missing)


def _possible(
    rule: LaboratoryRule, value: Quantity, lower_limit: Decimal | None
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The grades the value allows, from the worst down, and the inputs that leave it open."""
    possible: list[int] = []
    missing: list[str] = []
    for grade in sorted(rule.limits, reverse=True):
        fixed = rule.limits[grade]
        limit = lower_limit if fixed is None else fixed
        under = None if limit is None else value.below(limit)
        if under is False:
            continue
        possible.append(grade)
        if under:
            return tuple(possible), tuple(missing)
        # The number is known but not its reference, or the report is only a bound.
        missing.append("lower_limit" if limit is None else f"{rule.item}: exact value")
    return (*possible, 0), tuple(dict.fromkeys(missing))


def _clinical(
    rule: LaboratoryRule,
    possible: tuple[int, ...],
    missing: tuple[str, ...],
    life_threatening: bool | None,
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Add the grade that is decided clinically: certain with yes, open when nobody said."""
    grade = rule.clinical_grade
    assert grade is not None
    if life_threatening and max(possible) > 0:
        return ((grade, 0), missing) if 0 in possible else ((grade,), ())
    if life_threatening is None and grade - 1 in possible:
        return (*possible, grade), (*missing, "life_threatening")
    return possible, missing


def second_malignancy_grade(rules: CtcaeRules, course: MalignancyCourse | None) -> Grade:
    """Grade 3, 4 or 5 of the CTCAE item; None without the course."""
    possible = rules.malignancy.values() if course is None else {rules.malignancy[course]}
    gap = ("course",) if course is None else ()
    inputs = (("course", course),)
    return worst(
        rules.source, (step(rules.source, "CTCAE.SECOND_MALIGNANCY", inputs, possible, gap),)
    )


def ctcae_crs_grade(rules: CtcaeRules, findings: CtcaeCrs | None) -> Grade:
    """Grade of the CTCAE item CRS. Never to be mixed with the ASTCT grade of the same patient."""
    possible = rules.crs.values() if findings is None else {rules.crs[findings]}
    gap = ("findings",) if findings is None else ()
    return worst(
        rules.source,
        (step(rules.source, "CTCAE.CRS", (("findings", findings),), possible, gap),),
    )
