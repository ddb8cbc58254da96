"""Requests for follow-up information on a case: states, when an answer is due, attempts.

Source: GVP Module VI.B.3 (follow-up of reports); GVP 2021 no. 65 art. 42. The days and numbers are
arguments from the reference document follow_up_requests.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from followup.state_machines import Machine, row


class Way(StrEnum):
    """Who is asked: the hospital in its own list, or a reporter who is no user by letter."""

    HOSPITAL = "hospital"
    LETTER = "letter"


class RequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class RequestEvent(StrEnum):
    """What moves a request."""

    ANSWER = "ANSWER"
    ASK_AGAIN = "ASK_AGAIN"
    CLOSE = "CLOSE"
    WITHDRAW = "WITHDRAW"


class Bearing(StrEnum):
    """What a person said of an answer: new information on the case, or nothing new."""

    NEW = "new"
    NOTHING_NEW = "nothing_new"


_S, _E = RequestState, RequestEvent
REQUEST: Machine[RequestState, RequestEvent] = Machine(
    RequestState,
    RequestEvent,
    initial=(_S.OPEN,),
    rows=(
        row(_E.ANSWER, _S.OPEN, _S.ANSWERED),
        # A request closed or withdrawn too early is taken up again on the same thread.
        row(_E.ASK_AGAIN, (_S.ANSWERED, _S.CLOSED, _S.WITHDRAWN), _S.OPEN, "reason"),
        row(_E.CLOSE, (_S.OPEN, _S.ANSWERED), _S.CLOSED, "reason"),
        row(_E.WITHDRAW, _S.OPEN, _S.WITHDRAWN, "reason"),
    ),
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Days an answer is awaited after asking and after each attempt; attempts before escalation."""

    answer_days: int
    attempts: int

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Rhythm":
        """As the reference document states it."""
        return cls(int(data["answer_days"]), int(data["attempts_before_escalation"]))


def answer_due(rhythm: Rhythm, asked_on: date, attempts: Iterable[date] = ()) -> date:
    """Last day an answer is awaited: calendar days after the last time one asked."""
    return max((asked_on, *attempts)) + timedelta(days=rhythm.answer_days)


def escalated_on(rhythm: Rhythm, attempts: Sequence[date]) -> date | None:
    """The day of the attempt that was one too many; None before."""
    ordered = sorted(attempts)
    return ordered[rhythm.attempts - 1] if len(ordered) >= rhythm.attempts else None


PLACES = ("case", "product", "event", "questions", "due")  # what a template may name
_PLACE = re.compile(r"\{([^{}]*)\}")


def filled(template: str, values: Mapping[str, str]) -> str:
    """A text of a template with its values; ValueError where it names something else."""
    if unknown := set(_PLACE.findall(template)) - set(PLACES):
        raise ValueError(f"{', '.join(sorted(unknown))} is nothing a letter may name")
    text = _PLACE.sub(lambda found: values.get(found[1], ""), template)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
