"""The Cornell Assessment of Pediatric Delirium (CAPD): eight observations, 0 to 32 points.

Source: Traube et al., Crit Care Med 2014;42:656; for ICANS below 12 years: domain 2 (ASTCT).
"""

from enum import StrEnum

from followup.domain.clinical_assessments.answers import AnswerProblem, Answers, AnswersRefused
from followup.domain.clinical_assessments.instruments import (
    CAPD,
    CAPD_ABILITIES,
    ICE,
    Frequency,
)

MOST_POINTS = 4


def _points(code: str, seen: Frequency) -> int:
    """0 to 4: an ability scores most when it is never seen, a disturbance when it always is."""
    often = list(Frequency).index(seen)
    return MOST_POINTS - often if code in CAPD_ABILITIES else often


def capd_points(seen: Answers) -> int | None:
    """The CAPD score, 0 to 32; None when an observation is missing and no total was given.

    A total that was given alone is taken as it is. AnswersRefused when it cannot be the sum of
    the observations that were given beside it.
    """
    given = {code: seen.one_of(code, Frequency) for code in CAPD}
    known = [_points(code, answer) for code, answer in given.items() if answer is not None]
    total = seen.whole("capd")
    open_points = MOST_POINTS * (len(CAPD) - len(known))
    if total is not None and not sum(known) <= total <= sum(known) + open_points:
        raise AnswersRefused({"capd": AnswerProblem.TOTAL_DIFFERS})
    return total if open_points else sum(known)


def check_score_for_age(seen: Answers, age: int | None, child_below: int) -> None:
    """AnswersRefused for the test of the other age: its answers would not count.

    `age` in completed years; None (not known) leaves both tests open.
    """
    if age is None:
        return
    other = ICE if age < child_below else ("capd", *CAPD)
    if wrong := [code for code in other if code in seen.written]:
        raise AnswersRefused(dict.fromkeys(wrong, AnswerProblem.NOT_AT_THIS_AGE))


class ScoreTest(StrEnum):
    """Which test of cognition an age in completed years is graded by."""

    ICE = "ICE"
    CAPD = "CAPD"


def score_tests(ages: tuple[int, int] | None, child_below: int) -> tuple[ScoreTest, ...]:
    """The tests that can apply between two ages in completed years; both for no known age."""
    if ages is None:
        return tuple(ScoreTest)
    youngest, oldest = ages
    tests = (ScoreTest.ICE,) if oldest >= child_below else ()
    return (*tests, ScoreTest.CAPD) if youngest < child_below else tests
