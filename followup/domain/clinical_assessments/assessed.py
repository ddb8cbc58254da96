"""What an assessment comes to: grade or response, every rule with its answer, what is missing.

The product's own form of what scales and criteria give.
"""

from dataclasses import dataclass

from followup.domain.assessments import Response
from followup.domain.grading import Grade
from followup.domain.grading.grades import GradingStep, shown

OPEN = "OPEN"
_ANSWERS = {True: "YES", False: "NO", None: OPEN}


@dataclass(frozen=True, slots=True)
class AssessedRule:
    """One rule that was asked. `answer` is YES, NO, OPEN, or the grades still possible (2, 2/3)."""

    rule: str
    answer: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """`result` is a grade or a code of response, empty while an input could change it.

    `at_least` is the grade that is certain already, None for criteria of response: it is shown
    beside a missing grade and is none. `scale` names the scale a grade is on.
    """

    result: str
    at_least: int | None
    scale: str
    rules: tuple[AssessedRule, ...]
    missing: tuple[str, ...]
    citation: str
    version: str


def of_grade(grade: Grade) -> Assessed:
    """A toxicity grade as an assessment."""
    rules = tuple(AssessedRule(s.rule, _answer(s)) for s in grade.steps)
    return Assessed(
        "" if grade.grade is None else str(grade.grade),
        grade.at_least,
        grade.scale.value,
        rules,
        grade.missing,
        grade.steps[0].citation if grade.steps else "",
        grade.version,
    )


def _answer(step: GradingStep) -> str:
    """The grades still possible; a rule that asks whether something is met gives no grade."""
    met = dict(step.inputs).get("met")
    if met is not None:
        return {shown(yes): word for yes, word in _ANSWERS.items()}[met]
    return "/".join(map(str, step.possible))


def of_response(response: Response, version: str) -> Assessed:
    """A disease response as an assessment; `version` is that of the loaded criteria."""
    # Two codes may ask the same thing: it is answered once.
    rules = tuple(dict.fromkeys(AssessedRule(r.rule, _ANSWERS[r.met]) for r in response.reasons))
    return Assessed(
        response.code or "",
        None,
        "",
        rules,
        response.missing,
        response.reasons[0].citation if response.reasons else "",
        version,
    )
