"""Toxicity and response assessed by a person from items, with the reasoning of the result.

Source: domain 2.
"""

from followup.domain.clinical_assessments.answers import (
    AnswerProblem,
    Answers,
    AnswersRefused,
    read_answers,
)
from followup.domain.clinical_assessments.assessed import (
    OPEN,
    Assessed,
    AssessedRule,
)
from followup.domain.clinical_assessments.course import (
    COMPLETE,
    PROGRESSED,
    CarriedResponse,
    carried_response,
)
from followup.domain.clinical_assessments.delirium import ScoreTest, capd_points, score_tests
from followup.domain.clinical_assessments.evaluation import assess
from followup.domain.clinical_assessments.instruments import (
    CAPD,
    ECOG_DEAD,
    ICE,
    ITEMS,
    RESPONSES,
    Instrument,
    Item,
    ItemKind,
    read_criteria,
)
from followup.domain.clinical_assessments.toxicities import ice_points

__all__ = [
    "CAPD",
    "COMPLETE",
    "ECOG_DEAD",
    "ICE",
    "ITEMS",
    "OPEN",
    "PROGRESSED",
    "RESPONSES",
    "AnswerProblem",
    "Answers",
    "AnswersRefused",
    "Assessed",
    "AssessedRule",
    "CarriedResponse",
    "Instrument",
    "Item",
    "ItemKind",
    "ScoreTest",
    "assess",
    "capd_points",
    "carried_response",
    "ice_points",
    "read_answers",
    "read_criteria",
    "score_tests",
]
