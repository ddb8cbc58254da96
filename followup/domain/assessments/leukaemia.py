"""B-ALL response and residual disease by the NCCN definitions.

Source: domain 2 (response of ALL after NCCN).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.assessments.quantities import Quantity
from followup.domain.assessments.responses import Criteria, Question, Response, either, first_met


class Residual(StrEnum):
    """Measurable residual disease against the limit."""

    NEGATIVE = "NEGATIVE"
    POSITIVE = "POSITIVE"
    INDETERMINATE = "INDETERMINATE"  # the assay could not see down to the limit
    NOT_DONE = "NOT_DONE"


@dataclass(frozen=True, slots=True)
class LeukaemiaRules:
    """Limits, as loaded data; percentages, counts in 10^9/L."""

    citation: str
    blasts_below: Decimal
    cr_anc_above: Decimal
    cr_platelets_above: Decimal
    crh_anc_above: Decimal
    crh_platelets_above: Decimal
    mrd_below: Decimal


def read_leukaemia_rules(data: Mapping[str, Any]) -> LeukaemiaRules:
    """The rules from `response.nccn_b_all` of the loaded grading data."""
    return LeukaemiaRules(
        data["citation"],
        Decimal(data["blasts_below_percent"]),
        Decimal(data["cr_anc_above"]),
        Decimal(data["cr_platelets_above"]),
        Decimal(data["crh_anc_above"]),
        Decimal(data["crh_platelets_above"]),
        Decimal(data["mrd_below_percent"]),
    )


def leukaemia_response(
    rules: LeukaemiaRules,
    *,
    marrow_blasts: Quantity | None,
    extramedullary: bool | None,
    anc: Quantity | None,
    platelets: Quantity | None,
    earlier_remission: bool | None,
) -> Response:
    """CR, CRh, CRi, RELAPSE or REFRACTORY; marrow blasts in %, counts in 10^9/L.

    CR needs neutrophils above 1.0 and platelets above 100, CRh above 0.5 and 50; remission with
    lower counts is CRi. MLFS and PD rest on findings outside these inputs and are recorded by the
    clinician. Source: NCCN, acute lymphoblastic leukaemia.
    """
    few = None if marrow_blasts is None else marrow_blasts.below(rules.blasts_below)
    free = None if extramedullary is None else not extramedullary
    remission: list[Question] = [
        ("B_ALL.BLASTS", few, ("marrow_blasts",)),
        ("B_ALL.NO_EXTRAMEDULLARY", free, ("extramedullary",)),
    ]
    active = either(None if few is None else not few, extramedullary)
    disease: Question = ("B_ALL.ACTIVE_DISEASE", active, ("marrow_blasts", "extramedullary"))
    earlier = earlier_remission
    questions: list[tuple[str, list[Question]]] = [
        ("RELAPSE", [disease, ("B_ALL.EARLIER_REMISSION", earlier, ("earlier_remission",))]),
        ("REFRACTORY", [disease]),
        ("CR", remission + _counts("CR", anc, platelets, rules)),
        ("CRh", remission + _counts("CRH", anc, platelets, rules)),
        ("CRi", remission),
    ]
    return first_met(Criteria.NCCN_B_ALL, rules.citation, questions)


def _counts(
    name: str, anc: Quantity | None, platelets: Quantity | None, rules: LeukaemiaRules
) -> list[Question]:
    full = name == "CR"
    anc_limit = rules.cr_anc_above if full else rules.crh_anc_above
    platelet_limit = rules.cr_platelets_above if full else rules.crh_platelets_above
    neutrophils = None if anc is None else anc.above(anc_limit)
    thrombocytes = None if platelets is None else platelets.above(platelet_limit)
    return [
        (f"B_ALL.{name}_NEUTROPHILS", neutrophils, ("anc",)),
        (f"B_ALL.{name}_PLATELETS", thrombocytes, ("platelets",)),
    ]


def residual_disease(limit_percent: Decimal, found: Quantity | None) -> Residual:
    """Residual disease against a limit (0.01 % in B-ALL, 0.001 % in myeloma).

    A result such as `<0.1` against 0.01 is indeterminate: the assay did not look deep enough.
    """
    if found is None:
        return Residual.NOT_DONE
    negative = found.below(limit_percent)
    if negative is None:
        return Residual.INDETERMINATE
    return Residual.NEGATIVE if negative else Residual.POSITIVE
