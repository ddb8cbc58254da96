"""IEC-HS: whether the definition is met, and its grade (ASTCT 2023).

Source: domain 2 (Hines et al. 2023).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.assessments.quantities import Quantity
from followup.domain.grading.grades import Grade, GradingStep, RuleSource, Scale, step, worst


class IecHsSeverity(StrEnum):
    """The clinical picture that the grade follows."""

    OBSERVATION_ONLY = "OBSERVATION_ONLY"
    INTERVENTION = "INTERVENTION"
    SEVERE = "SEVERE"
    LIFE_THREATENING = "LIFE_THREATENING"
    DEATH = "DEATH"


class Ferritin(StrEnum):
    """How the required ferritin criterion was met."""

    ABOVE_ULN = "ABOVE_ULN"
    ABOVE_BASELINE = "ABOVE_BASELINE"
    RAPIDLY_RISING = "RAPIDLY_RISING"


@dataclass(frozen=True, slots=True)
class IecHsRules:
    """Factors, limits and the table, as loaded data."""

    source: RuleSource
    ferritin_factor: Decimal
    transaminase_factor: Decimal
    fibrinogen_below: Decimal  # g/L
    triglycerides_above: Decimal  # mmol/L
    common_needed: int
    severity: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class IecHsFindings:
    """Findings; None = not known. Ferritin in ug/L, fibrinogen in g/L, triglycerides in mmol/L.

    `transaminases_times` is the multiple of the upper limit (of the baseline, if that was
    abnormal). `other` holds further manifestations present, as codes, for display.
    """

    ferritin: Quantity | None
    ferritin_uln: Decimal | None
    ferritin_baseline: Decimal | None
    ferritin_rapidly_rising: bool | None
    transaminases_times: Decimal | None
    fibrinogen: Quantity | None
    fibrinogen_lln: Decimal | None
    haemophagocytosis: bool | None
    cytopenia_grade_4: bool | None
    triglycerides: Quantity | None
    other: frozenset[str]
    explained_otherwise: bool | None  # by CRS, infection or disease alone


@dataclass(frozen=True, slots=True)
class IecHsDefinition:
    """`met` is None while an open finding could change the answer; the names say which."""

    met: bool | None
    ferritin: tuple[Ferritin, ...]
    common: tuple[str, ...]
    other: tuple[str, ...]
    missing: tuple[str, ...]
    citation: str


def read_iec_hs_rules(data: Mapping[str, Any]) -> IecHsRules:
    """The rules from the `iec_hs` part of the loaded grading data."""
    return IecHsRules(
        RuleSource(Scale.IEC_HS, data["version"], data["citation"], data["confidence"]),
        Decimal(data["ferritin_factor"]),
        Decimal(data["transaminase_factor"]),
        Decimal(data["fibrinogen_below_g_l"]),
        Decimal(data["triglycerides_above_mmol_l"]),
        data["common_needed"],
        data["severity"],
    )


def iec_hs_definition(rules: IecHsRules, seen: IecHsFindings) -> IecHsDefinition:
    """Whether the findings meet the definition: ferritin required, common findings, no other cause.

    Source: Hines et al., Transplant Cell Ther 2023. Supports a physician's diagnosis, never
    makes it.
    """
    ferritin = _ferritin(rules, seen)
    common = _common(rules, seen)
    found = tuple(name for name, answer in common.items() if answer)
    unknown = tuple(
        "fibrinogen_lln" if name == "fibrinogen" and seen.fibrinogen is not None else name
        for name, answer in common.items()
        if answer is None
    )
    other = set(seen.other)
    if seen.triglycerides is not None and seen.triglycerides.above(rules.triglycerides_above):
        other.add("triglycerides")
    required = True if True in ferritin.values() else None if None in ferritin.values() else False
    enough: bool | None = len(found) >= rules.common_needed
    if not enough and len(found) + len(unknown) >= rules.common_needed:
        enough = None
    own = None if seen.explained_otherwise is None else not seen.explained_otherwise
    parts = (required, enough, own)
    met = False if False in parts else None if None in parts else True
    missing: tuple[str, ...] = ()
    if met is None:
        missing = ("ferritin",) if required is None else ()
        missing += unknown if enough is None else ()
        missing += ("explained_otherwise",) if own is None else ()
    ways = tuple(way for way, answer in ferritin.items() if answer)
    return IecHsDefinition(met, ways, found, tuple(sorted(other)), missing, rules.source.citation)


def _ferritin(rules: IecHsRules, seen: IecHsFindings) -> dict[Ferritin, bool | None]:
    def times(reference: Decimal | None) -> bool | None:
        if seen.ferritin is None or reference is None:
            return None
        return seen.ferritin.above(reference * rules.ferritin_factor)

    return {
        Ferritin.ABOVE_ULN: times(seen.ferritin_uln),
        Ferritin.ABOVE_BASELINE: times(seen.ferritin_baseline),
        Ferritin.RAPIDLY_RISING: seen.ferritin_rapidly_rising,
    }


def _common(rules: IecHsRules, seen: IecHsFindings) -> dict[str, bool | None]:
    """The common manifestations by name; None = not known."""
    times = seen.transaminases_times
    return {
        "transaminases": None if times is None else times > rules.transaminase_factor,
        "fibrinogen": _low_fibrinogen(rules, seen),
        "haemophagocytosis": seen.haemophagocytosis,
        "cytopenia_grade_4": seen.cytopenia_grade_4,
    }


def _low_fibrinogen(rules: IecHsRules, seen: IecHsFindings) -> bool | None:
    """Under the limit of the definition or under the laboratory's own, which may be higher."""
    if seen.fibrinogen is None:
        return None
    low = seen.fibrinogen.below(rules.fibrinogen_below)
    own = None if seen.fibrinogen_lln is None else seen.fibrinogen.below(seen.fibrinogen_lln)
    return True if True in (low, own) else None if None in (low, own) else False


def iec_hs(rules: IecHsRules, definition: IecHsDefinition, severity: IecHsSeverity | None) -> Grade:
    """The IEC-HS grade 1 to 5 by severity, 0 when the definition is not met, None when open."""
    steps = [_definition_step(rules, definition)]
    if definition.met is not False:
        possible = rules.severity.values() if severity is None else {rules.severity[severity]}
        gap = ("severity",) if severity is None else ()
        graded = step(rules.source, "IEC_HS.SEVERITY", (("severity", severity),), possible, gap)
        if definition.met is None:
            opened = tuple(sorted({0, *graded.possible}))
            graded = GradingStep(
                graded.rule, graded.inputs, opened, graded.citation, graded.missing
            )
        steps.append(graded)
    return worst(rules.source, steps)


def _definition_step(rules: IecHsRules, definition: IecHsDefinition) -> GradingStep:
    inputs = (
        ("met", definition.met),
        ("ferritin", ", ".join(definition.ferritin) or "none"),
        ("common", ", ".join(definition.common) or "none"),
    )
    return step(rules.source, "IEC_HS.DEFINITION", inputs, {0}, definition.missing)
