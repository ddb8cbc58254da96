"""Grade, score or response of one assessment, whatever it is assessed by.

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
from followup.domain.clinical_assessments.delirium import capd_points
from followup.domain.clinical_assessments.disease_responses import disease_response
from followup.domain.clinical_assessments.instruments import RESPONSES, Instrument
from followup.domain.clinical_assessments.toxicities import ice_points, toxicity
from followup.domain.grading import GradingRules

_ECOG = "ECOG performance status"


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
    AnswersRefused for answers that cannot be. The ICE or CAPD score is first where it was taken.
    """
    if instrument is Instrument.ECOG:
        return _performance(seen, grading.version)
    if instrument in RESPONSES:
        return of_response(disease_response(instrument, criteria, seen), criteria.version)
    graded = of_grade(toxicity(instrument, grading, seen, ages))
    if instrument is not Instrument.ICANS:
        return graded
    taken = {"ICE": ice_points(grading, seen), "CAPD": capd_points(seen)}
    scores = [
        AssessedRule(f"ICANS.{test}_POINTS", str(points))
        for test, points in taken.items()
        if points is not None
    ]
    return replace(graded, rules=(*scores, *graded.rules))


def _performance(seen: Answers, version: str) -> Assessed:
    """The score as the physician gives it: nothing is derived, and it is no grade of toxicity."""
    score = seen.written.get("ecog", "")
    rules = (AssessedRule("ECOG_POINTS", score),) if score else ()
    return Assessed(score, None, "", rules, () if score else ("ecog",), _ECOG, version)
