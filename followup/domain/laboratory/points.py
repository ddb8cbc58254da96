"""What the rules see of a laboratory value, and what they may find.

The product's own rule.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from followup.domain.assessments.markers import MarkerRules
from followup.domain.assessments.quantities import Quantity
from followup.domain.grading import Grade, GradingRules, laboratory_grade
from followup.domain.laboratory.measures import LaboratoryRules


class FindingRule(StrEnum):
    """Which rule a value met."""

    CYTOPENIA = "CYTOPENIA"
    EARLY_NEUTROPENIA = "EARLY_NEUTROPENIA"
    LATE_NEUTROPENIA = "LATE_NEUTROPENIA"
    EARLY_THROMBOCYTOPENIA = "EARLY_THROMBOCYTOPENIA"
    LATE_THROMBOCYTOPENIA = "LATE_THROMBOCYTOPENIA"
    B_CELL_APLASIA = "B_CELL_APLASIA"
    LOW_IGG = "LOW_IGG"
    LOW_CD4 = "LOW_CD4"
    VECTOR_POSITIVE = "VECTOR_POSITIVE"
    RCL_POSITIVE = "RCL_POSITIVE"


# What may be an adverse event a person reports; the others are looked after until answered.
EVENTS = frozenset(
    {
        FindingRule.CYTOPENIA,
        FindingRule.EARLY_NEUTROPENIA,
        FindingRule.LATE_NEUTROPENIA,
        FindingRule.EARLY_THROMBOCYTOPENIA,
        FindingRule.LATE_THROMBOCYTOPENIA,
        FindingRule.RCL_POSITIVE,
    }
)


COUNTED = frozenset(
    {
        FindingRule.EARLY_NEUTROPENIA,
        FindingRule.LATE_NEUTROPENIA,
        FindingRule.EARLY_THROMBOCYTOPENIA,
        FindingRule.LATE_THROMBOCYTOPENIA,
    }
)


@dataclass(frozen=True, slots=True)
class Point:
    """One value as it stands; `day` counts from the infusion, `quantity` None is no number."""

    key: str
    measure: str
    on: date
    day: int
    quantity: Quantity | None
    finding: str = ""
    range_low: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a value met. `level` orders findings of one rule; a grade keeps its scale.

    `grade` is None while an input is missing: `level` is then what is certain already.
    """

    rule: FindingRule
    measure: str
    level: int
    scale: str
    grade: int | None
    reasoning: tuple[str, ...]
    citation: str
    due_days: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All a value is held against."""

    laboratory: LaboratoryRules
    grading: GradingRules
    markers: MarkerRules


def grade_of(rules: Rules, point: Point) -> Grade | None:
    """The CTCAE grade of one value; None for a measure without a row, or without a number."""
    item = rules.laboratory.measures[point.measure].ctcae
    if not item or point.quantity is None:
        return None
    rule = rules.grading.ctcae.laboratory[item]
    return laboratory_grade(rule, point.quantity, lower_limit=point.range_low)


def lines(grade: Grade) -> tuple[str, ...]:
    """The reasoning of a grade, a line a step."""
    return tuple(
        f"{step.rule}: {', '.join(f'{name} = {value}' for name, value in step.inputs)}"
        f" → {'/'.join(map(str, step.possible))}"
        for step in grade.steps
    )


def graded(rule: FindingRule, measure: str, grade: Grade) -> Finding:
    """The finding of a grade, with the lines of its reasoning and the source of its scale."""
    return Finding(
        rule,
        measure,
        grade.at_least,
        grade.scale.value,
        grade.grade,
        lines(grade),
        grade.steps[0].citation if grade.steps else "",
    )
