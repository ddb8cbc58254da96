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
    CarriedResponse,
    carried_response,
)
from followup.domain.clinical_assessments.evaluation import assess
from followup.domain.clinical_assessments.instruments import (
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
    "COMPLETE",
    "ICE",
    "ITEMS",
    "OPEN",
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
    "assess",
    "carried_response",
    "ice_points",
    "read_answers",
    "read_criteria",
]
