"""All response and marker rules of one version of the reference data, in one value.

The product's own form of what the criteria of domain 2 give.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from followup.domain.assessments.leukaemia import LeukaemiaRules, read_leukaemia_rules
from followup.domain.assessments.lymphoma import LuganoRules, read_lugano_rules
from followup.domain.assessments.markers import MarkerRules, read_marker_rules
from followup.domain.assessments.myeloma import ImwgRules, read_imwg_rules
from followup.domain.assessments.solid_tumours import RecistRules, read_recist_rules


@dataclass(frozen=True, slots=True)
class AssessmentRules:
    """The rules of every response criterion and marker; `month_3_first_day` counts from day 0."""

    version: str
    month_3_first_day: int
    lugano: LuganoRules
    imwg: ImwgRules
    leukaemia: LeukaemiaRules
    recist: RecistRules
    markers: MarkerRules


def read_assessment_rules(data: Mapping[str, Any]) -> AssessmentRules:
    """The rules of a loaded `grading.json`; KeyError or ValueError for a broken file."""
    response = data["response"]
    return AssessmentRules(
        version=str(response["version"]),
        month_3_first_day=int(response["month_3_first_day"]),
        lugano=read_lugano_rules(response["lugano_2014"]),
        imwg=read_imwg_rules(response["imwg_2016"]),
        leukaemia=read_leukaemia_rules(response["nccn_b_all"]),
        recist=read_recist_rules(response["recist_1_1"]),
        markers=read_marker_rules(data["markers"]),
    )
