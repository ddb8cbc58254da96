"""Toxicity grades with their reasoning: CRS, ICANS, ICAHT, IEC-HS, CTCAE; scales never mix.

The product's own form of what the scales of domain 2 give.
"""

from followup.domain.grading.crs import CrsFindings, Oxygen, crs
from followup.domain.grading.ctcae import (
    CtcaeCrs,
    MalignancyCourse,
    ctcae_crs_grade,
    laboratory_grade,
    second_malignancy_grade,
)
from followup.domain.grading.cytopenias import (
    DaysBelow,
    days_below,
    duration_grade,
    grade_daily,
    late_neutropenia,
)
from followup.domain.grading.grades import Grade, GradingStep, RuleSource, Scale
from followup.domain.grading.icans import (
    Consciousness,
    IcansFindings,
    IceAnswers,
    Motor,
    Pressure,
    Seizure,
    icans,
    ice_score,
)
from followup.domain.grading.iec_hs import (
    IecHsDefinition,
    IecHsFindings,
    IecHsSeverity,
    iec_hs,
    iec_hs_definition,
)
from followup.domain.grading.rules import GradingRules, read_grading_rules

__all__ = [
    "Consciousness",
    "CrsFindings",
    "CtcaeCrs",
    "DaysBelow",
    "Grade",
    "GradingRules",
    "IcansFindings",
    "IceAnswers",
    "IecHsDefinition",
    "IecHsFindings",
    "IecHsSeverity",
    "MalignancyCourse",
    "Motor",
    "Oxygen",
    "Pressure",
    "Scale",
    "Seizure",
    "RuleSource",
    "GradingStep",
    "crs",
    "ctcae_crs_grade",
    "days_below",
    "duration_grade",
    "grade_daily",
    "icans",
    "ice_score",
    "iec_hs",
    "iec_hs_definition",
    "laboratory_grade",
    "late_neutropenia",
    "read_grading_rules",
    "second_malignancy_grade",
]
