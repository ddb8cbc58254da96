"""Which conditional tests of a visit are really due, from earlier results (domain 1.2.7).

Source: domain 1.2; what authorities ask at least: domain 1.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from followup.domain.protocols.points import Assessment, Condition, Point


class LabResult(StrEnum):
    """One result of a vector or RCL test. Below quantification is detected, never negative."""

    DETECTED = "DETECTED"
    BELOW_QUANTIFICATION = "BELOW_QUANTIFICATION"
    NOT_DETECTED = "NOT_DETECTED"


class Decision(StrEnum):
    """What to do about one assessment at a visit."""

    DO = "DO"
    OFFER = "OFFER"
    ARCHIVE = "ARCHIVE"
    SKIP = "SKIP"
    UNDECIDED = "UNDECIDED"


class Ground(StrEnum):
    """Why."""

    PROTOCOL = "protocol"
    OPTIONAL = "optional"
    STILL_DETECTED = "still_detected"
    NEGATIVE = "negative"
    POSITIVE = "positive"
    YEAR_ONE_NEGATIVE = "year_one_negative"
    NOT_KNOWN = "not_known"
    VECTOR_HIGH = "vector_high"
    VECTOR_LOW = "vector_low"


@dataclass(frozen=True, slots=True)
class Results:
    """Recorded results, each list in order of time. A test not done is not in it.

    `rcr_year_one_due` is how many RCL/RCR tests the first year asks for; `vector_percent` the last
    measured share of vector-positive cells, None when not measured.
    """

    vector: tuple[LabResult, ...]
    rcr: tuple[LabResult, ...]
    rcr_year_one: tuple[LabResult, ...]
    rcr_year_one_due: int
    vector_percent: float | None


@dataclass(frozen=True, slots=True)
class AssessmentDue:
    """One assessment of a visit with the decision and its ground."""

    code: str
    decision: Decision
    ground: Ground


def due_assessments(
    point: Point, results: Results, parameters: Mapping[str, Any]
) -> tuple[AssessmentDue, ...]:
    """The decision on every assessment of a point; the visit itself is due whatever comes out.

    A result that is not recorded never lets a test be skipped. `parameters` are the protocol's
    own: `rcr_after_y1` (test, archive or stop), `vector_negatives_to_stop`,
    `vector_high_percent`.
    """
    return tuple(_decide(a, results, parameters) for a in point.assessments)


def _decide(item: Assessment, results: Results, parameters: Mapping[str, Any]) -> AssessmentDue:
    match item.condition:
        case Condition.ALWAYS:
            made = (Decision.DO, Ground.PROTOCOL)
        case Condition.OPTIONAL:
            made = (Decision.OFFER, Ground.OPTIONAL)
        case Condition.IF_DETECTABLE:
            made = _vector(results, parameters["vector_negatives_to_stop"])
        case Condition.IF_VECTOR_HIGH:
            made = _sites(results.vector_percent, parameters["vector_high_percent"])
        case Condition.RCR_AFTER_Y1:
            made = _rcr(results, Decision(_AFTER[parameters["rcr_after_y1"]]))
        case Condition.RCR_IF_POSITIVE:
            made = _rcr(results, Decision.SKIP)
    return AssessmentDue(item.code, *made)


_AFTER = {"test": Decision.DO, "archive": Decision.ARCHIVE, "stop": Decision.SKIP}
_Made = tuple[Decision, Ground]


def _vector(results: Results, negatives: int) -> _Made:
    last = results.vector[-negatives:]
    if len(last) < negatives:
        return Decision.DO, Ground.NOT_KNOWN
    if all(result is LabResult.NOT_DETECTED for result in last):
        return Decision.SKIP, Ground.NEGATIVE
    return Decision.DO, Ground.STILL_DETECTED


def _sites(percent: float | None, threshold: float) -> _Made:
    if percent is None:
        return Decision.UNDECIDED, Ground.NOT_KNOWN
    high = percent >= threshold
    return (Decision.DO, Ground.VECTOR_HIGH) if high else (Decision.SKIP, Ground.VECTOR_LOW)


def _rcr(results: Results, when_negative: Decision) -> _Made:
    """Any positive result ever keeps the test; so does a first year that is not complete."""
    if any(result is not LabResult.NOT_DETECTED for result in results.rcr):
        return Decision.DO, Ground.POSITIVE
    if len(results.rcr_year_one) < results.rcr_year_one_due:
        return Decision.DO, Ground.NOT_KNOWN
    if any(result is not LabResult.NOT_DETECTED for result in results.rcr_year_one):
        return Decision.DO, Ground.POSITIVE
    return when_negative, Ground.YEAR_ONE_NEGATIVE
