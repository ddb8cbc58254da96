"""Grade or response of one assessment, whatever it is assessed by.

Source: domain 2.
"""

from dataclasses import replace

from followup.domain.assessments import AssessmentRules
from followup.domain.clinical_assessments.answers import Answers
from followup.domain.clinical_assessments.assessed import (
    Assessed,
    AssessedRule,
    of_grade,
    of_response,
)
from followup.domain.clinical_assessments.disease_responses import disease_response
from followup.domain.clinical_assessments.instruments import RESPONSES, Instrument
from followup.domain.clinical_assessments.toxicities import ice_points, toxicity
from followup.domain.grading import GradingRules


def assess(
    instrument: Instrument,
    seen: Answers,
    *,
    grading: GradingRules,
    criteria: AssessmentRules,
    ages: tuple[int, int] | None = None,
) -> Assessed:
    """Grade or response of the answers, with every rule asked.

    `ages` are the two ages in completed years the year of birth allows on the day of assessment.
    AnswersRefused for answers that cannot be. The ICE score stands first where it was taken.
    """
    if instrument in RESPONSES:
        return of_response(disease_response(instrument, criteria, seen), criteria.version)
    graded = of_grade(toxicity(instrument, grading, seen, ages))
    points = ice_points(grading, seen) if instrument is Instrument.ICANS else None
    if points is None:
        return graded
    return replace(graded, rules=(AssessedRule("ICANS.ICE_POINTS", str(points)), *graded.rules))
