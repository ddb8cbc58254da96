"""Flags of long-term monitoring: B-cell aplasia, low IgG, low CD4, CAR transgene persistence.

The product's own rule; its limits are reference data with their citation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.assessments.quantities import Quantity

_PICOGRAMS_PER_MICROGRAM = 1_000_000


class Answer(StrEnum):
    """Whether a flag is raised; UNKNOWN is neither."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class MarkerRules:
    """Limits, as loaded data: cells/uL, percent of lymphocytes, g/L, percent of cells."""

    version: str
    citation: str
    b_cells_below: Decimal
    b_cells_percent_certain: Decimal
    b_cells_percent_possible: Decimal
    igg_below: Decimal
    cd4_below: Decimal
    vector_positive_percent: Decimal
    vector_positive_citation: str
    picograms_per_genome: Decimal


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag with the rule, the inputs seen and what was missing."""

    rule: str
    answer: Answer
    inputs: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    citation: str


def read_marker_rules(data: Mapping[str, Any]) -> MarkerRules:
    """The rules from the `markers` part of the loaded grading data."""
    return MarkerRules(
        data["version"],
        data["citation"],
        Decimal(data["b_cell_aplasia_below_per_ul"]),
        Decimal(data["b_cell_aplasia_certain_below_percent"]),
        Decimal(data["b_cell_aplasia_possible_below_percent"]),
        Decimal(data["igg_below_g_l"]),
        Decimal(data["cd4_below_per_ul"]),
        Decimal(data["vector_positive_percent"]),
        data["vector_positive_citation"],
        Decimal(data["picograms_per_diploid_genome"]),
    )


def _flag(
    rule: str, answer: bool | None, citation: str, missing: tuple[str, ...], **inputs: object
) -> Flag:
    given = {None: Answer.UNKNOWN, True: Answer.YES, False: Answer.NO}[answer]
    shown = tuple((name, "missing" if v is None else str(v)) for name, v in inputs.items())
    return Flag(rule, given, shown, missing if answer is None else (), citation)


def _under(rule: str, name: str, value: Quantity | None, limit: Decimal, citation: str) -> Flag:
    answer = None if value is None else value.below(limit)
    return _flag(rule, answer, citation, (name,), **{name: value, "below": limit})


def b_cell_aplasia(
    rules: MarkerRules, count: Quantity | None, percent: Quantity | None = None
) -> Flag:
    """CD19 B cells under 10/uL (parameter). The count decides; the percentage only without it.

    Definitions by percentage vary from 1 to 3 % of lymphocytes: between them the answer is open.
    """
    rule, citation = "MARKER.B_CELL_APLASIA", rules.citation
    if count is not None:
        return _under(rule, "count", count, rules.b_cells_below, citation)
    answer: bool | None = None
    if percent is not None:
        if percent.below(rules.b_cells_percent_certain):
            answer = True
        elif percent.below(rules.b_cells_percent_possible) is False:
            answer = False
    return _flag(rule, answer, citation, ("count",), count=count, percent=percent)


def hypogammaglobulinaemia(
    rules: MarkerRules, igg: Quantity | None, on_replacement: bool | None
) -> Flag:
    """IgG under 4.0 g/L. A normal value under replacement says nothing about the patient's own.

    With replacement (or without knowing) a value at or over the limit is UNKNOWN, not NO.
    """
    low = None if igg is None else igg.below(rules.igg_below)
    answer = low if low or on_replacement is False else None
    gaps: tuple[str, ...] = () if igg is not None else ("igg",)
    gaps += () if on_replacement is False else ("igg without replacement",)
    rule = "MARKER.HYPOGAMMAGLOBULINAEMIA"
    return _flag(rule, answer, rules.citation, gaps, igg=igg, on_replacement=on_replacement)


def low_cd4(rules: MarkerRules, cd4: Quantity | None) -> Flag:
    """CD4 T cells under 200/uL."""
    return _under("MARKER.LOW_CD4", "cd4", cd4, rules.cd4_below, rules.citation)


def vector_positive(
    rules: MarkerRules,
    *,
    copies_per_ug: Quantity | None,
    vcn: Decimal | None,
    percent_positive: Quantity | None = None,
) -> Flag:
    """Whether at least 1 % of cells carry the vector, which calls for integration-site analysis.

    `percent_positive` (percent of cells) decides when given. Otherwise copies/ug genomic DNA with
    `vcn`, copies per positive cell: share = copies / (genomes per ug x vcn), 6.6 pg per diploid
    genome. Without `vcn` a share under 1 % at one copy per cell is still NO, since a positive cell
    carries at least one; anything else stays UNKNOWN. ValueError for a vcn under 1.
    """
    rule, citation = "MARKER.VECTOR_POSITIVE", rules.vector_positive_citation
    inputs = {"copies_per_ug": copies_per_ug, "vcn": vcn, "percent_positive": percent_positive}
    if vcn is not None and vcn < 1:
        raise ValueError("a positive cell carries at least one copy")
    if percent_positive is not None:
        answer = percent_positive.at_least(rules.vector_positive_percent)
        return _flag(rule, answer, citation, ("percent_positive",), **inputs)
    if copies_per_ug is None:
        return _flag(rule, None, citation, ("copies_per_ug",), **inputs)
    genomes = _PICOGRAMS_PER_MICROGRAM / rules.picograms_per_genome
    limit = genomes * rules.vector_positive_percent / 100 * (vcn or 1)
    reached = copies_per_ug.at_least(limit)
    if reached and vcn is None:
        return _flag(rule, None, citation, ("vcn",), **inputs)
    return _flag(rule, reached, citation, ("copies_per_ug: exact value",), **inputs)
