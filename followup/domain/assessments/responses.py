"""A disease response with its criteria, its reasoning and what was missing.

The product's own form of what the criteria of domain 2 give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from followup.domain.dates import PartialDate

# A question, its answer, and the inputs that leave it open when the answer is None.
Question = tuple[str, bool | None, tuple[str, ...]]


class Criteria(StrEnum):
    """Published response criteria; codes of different criteria are never converted."""

    LUGANO_2014 = "LUGANO_2014"
    IMWG_2016 = "IMWG_2016"
    NCCN_B_ALL = "NCCN_B_ALL"
    RECIST_1_1 = "RECIST_1_1"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that was asked, and whether it was met (None = could not be answered)."""

    rule: str
    met: bool | None
    citation: str


@dataclass(frozen=True, slots=True)
class Response:
    """`code` is None unless the measurements decide; the clinician's own code is kept apart."""

    criteria: Criteria
    code: str | None
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatedResponse:
    """A response recorded on a day that may be partly known."""

    on: PartialDate
    code: str


@dataclass(frozen=True, slots=True)
class LandmarkResponse:
    """The response at a landmark: the assessment taken and its day, or why there is none."""

    code: str | None
    day: int | None
    missing: tuple[str, ...]


def first_met(
    criteria: Criteria, citation: str, questions: Sequence[tuple[str, Iterable[Question]]]
) -> Response:
    """The first code all of whose questions are met; None as soon as an earlier one stays open.

    `questions` go from the code that overrides all others down to the last resort.
    """
    reasons: list[Reason] = []
    for code, asked in questions:
        items = tuple(asked)
        reasons += [Reason(rule, met, citation) for rule, met, _ in items]
        answers = [met for _, met, _ in items]
        if False in answers:
            continue
        if None in answers:
            gaps = tuple(dict.fromkeys(n for _, met, names in items if met is None for n in names))
            return Response(criteria, None, tuple(reasons), gaps)
        return Response(criteria, code, tuple(reasons), ())
    return Response(criteria, None, tuple(reasons), ())


def either(*answers: bool | None) -> bool | None:
    """Whether one is true; None while an open answer could make it so."""
    if True in answers:
        return True
    return None if None in answers else False


def both(*answers: bool | None) -> bool | None:
    """Whether all are true; None while an open answer could spoil it."""
    if False in answers:
        return False
    return None if None in answers else True


def landmark_response(
    infused_on: date, responses: Sequence[DatedResponse], *, first_day: int
) -> LandmarkResponse:
    """The first response assessed on day `first_day` (84 for month 3) or later.

    Day 0 is the infusion. An assessment with a partial date that could be that first one leaves
    the answer open. Source: endpoint of at least 3 months in single-arm trials.
    """
    exact: list[tuple[int, str]] = []
    vague: list[tuple[int, int]] = []
    for response in responses:
        low = (response.on.earliest - infused_on).days
        high = (response.on.latest - infused_on).days
        if low == high:
            exact.append((low, response.code))
        elif high >= first_day:
            vague.append((low, high))
    late = sorted(item for item in exact if item[0] >= first_day)
    if any(not late or low <= late[0][0] for low, _ in vague):
        return LandmarkResponse(None, None, ("day of an assessment",))
    if not late:
        return LandmarkResponse(None, None, (f"assessment on day {first_day} or later",))
    if len({code for day, code in late if day == late[0][0]}) > 1:
        return LandmarkResponse(None, late[0][0], ("one response for the day",))
    return LandmarkResponse(late[0][1], late[0][0], ())
