"""The one thing to do next with a case: what is wrong comes before what goes on.

The product's own rule.
"""

from dataclasses import dataclass
from enum import StrEnum

from pv.domain.cases.stages import STAGES, CaseStage


class NextStep(StrEnum):
    """What a case waits for."""

    REVIEW_RECEIVED = "review_received"
    ACCEPT = "accept"
    CORRECT_REJECTED = "correct_rejected"
    DECIDE_WITHDRAWAL = "decide_withdrawal"
    OPEN_VERSION = "open_version"
    ADOPT = "adopt"
    ADVANCE = "advance"
    REVIEW = "review"
    EXPORT = "export"
    SEND = "send"
    AWAIT_ANSWER = "await_answer"
    MEET_DUTIES = "meet_duties"
    CLOSE = "close"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands. `locked`: its current version was exported."""

    stage: CaseStage
    locked: bool = False
    received: bool = False  # a report of it waits for review
    rejected: bool = False  # a receiver did not load its file
    withdrawn: bool = False  # the hospital withdrew the event
    offered: bool = False  # a source has values nobody took over
    unsent: bool = False  # a file of the current version is not sent
    unanswered: bool = False  # a sent file has no answer yet
    owed: bool = False  # a clock runs


def next_step(case: Standing) -> NextStep:
    """The next step of a case."""
    nullified = case.stage is CaseStage.NULLIFIED
    if case.received and not nullified:
        return NextStep.REVIEW_RECEIVED
    if case.stage is CaseStage.DRAFTED:
        return NextStep.DECIDE_WITHDRAWAL if case.withdrawn else NextStep.ACCEPT
    if case.rejected:
        return NextStep.CORRECT_REJECTED
    if nullified or case.stage is CaseStage.CLOSED:
        return NextStep.SEND if case.unsent else NextStep.NOTHING
    if case.withdrawn:
        return NextStep.DECIDE_WITHDRAWAL
    if case.offered:
        return NextStep.OPEN_VERSION if case.locked and not case.unsent else NextStep.ADOPT
    if case.stage is CaseStage.MEDICAL:
        return NextStep.REVIEW
    return _submission(case) if case.stage is CaseStage.SUBMISSION else NextStep.ADVANCE


def _submission(case: Standing) -> NextStep:
    if case.unsent:
        return NextStep.SEND
    if not case.locked:
        return NextStep.EXPORT
    if case.unanswered:
        return NextStep.AWAIT_ANSWER
    return NextStep.MEET_DUTIES if case.owed else NextStep.CLOSE


def following(stage: CaseStage) -> CaseStage | None:
    """The stage after this one; None for the last and for a nullified case."""
    if stage not in STAGES[:-1]:
        return None
    return STAGES[STAGES.index(stage) + 1]
