"""How a released file is sent through a channel: one series of attempts, one message identifier.

An attempt that ended after the last byte may have arrived: it is in doubt, and sending again could
make a second report at the authority. Such a file waits for a person, unless its protocol tells a
repetition by the same identifier apart (AS2) and the wait rules of the channel allow it.

Source: RFC 4130, sections 5.2.1 and 7.6; the product's own rule for folders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from followup.state_machines import Machine, row
from pv.domain.e2b.transmissions import EventKind


class SendingState(StrEnum):
    """Where the sending of one file stands."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    UNPROVEN = "unproven"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"


class SendingEvent(StrEnum):
    """What moves it; a proof or an answer counts whenever it comes."""

    CLAIM = "CLAIM"
    RETRY = "RETRY"
    DELIVER = "DELIVER"
    RECEIVE_UNPROVEN = "RECEIVE_UNPROVEN"
    DOUBT = "DOUBT"
    GIVE_UP = "GIVE_UP"
    SEND_AGAIN = "SEND_AGAIN"


_S, _E = SendingState, SendingEvent

SENDING: Machine[SendingState, SendingEvent] = Machine(
    SendingState,
    SendingEvent,
    initial=(_S.QUEUED,),
    rows=(
        row(_E.CLAIM, _S.QUEUED, _S.SENDING),
        row(_E.RETRY, _S.SENDING, _S.QUEUED),
        row(
            _E.DELIVER,
            (_S.QUEUED, _S.SENDING, _S.UNPROVEN, _S.AMBIGUOUS, _S.FAILED),
            _S.DELIVERED,
        ),
        row(_E.RECEIVE_UNPROVEN, (_S.QUEUED, _S.SENDING, _S.AMBIGUOUS, _S.FAILED), _S.UNPROVEN),
        row(_E.DOUBT, _S.SENDING, _S.AMBIGUOUS),
        row(
            _E.GIVE_UP,
            (_S.QUEUED, _S.SENDING, _S.UNPROVEN, _S.AMBIGUOUS),
            _S.FAILED,
            "reason",
        ),
        row(_E.SEND_AGAIN, _S.FAILED, _S.QUEUED),
    ),
)
OPEN = (_S.QUEUED, _S.SENDING)
WAITING = (_S.AMBIGUOUS, _S.FAILED)  # for a person


class Result(StrEnum):
    """How one try ended, as the protocol can tell."""

    PLACED = "placed"  # lies where the gateway takes it
    RECEIPT = "receipt"  # the receiver's signature over the bytes
    UNPROVEN = "unproven"  # a receipt that proves nothing of the bytes
    NOTHING_SENT = "nothing_sent"  # certainly did not arrive, may be tried again
    REFUSED = "refused"  # certainly did not arrive, and would not another time
    DOUBT = "doubt"  # the last byte may have gone out and nothing came back


@dataclass(frozen=True, slots=True)
class Ending:
    """A result, what the other side said, what is kept of it, and the answer's bytes."""

    result: Result
    text: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    answer: bytes = b""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a kind of channel retries: waits between attempts, and whether doubt is repeated.

    `lease` is how long an attempt may take before another worker may look what became of it.
    """

    waits: tuple[timedelta, ...]
    lease: timedelta
    repeat_in_doubt: bool

    def wait(self, attempt: int) -> timedelta | None:
        """The wait after an attempt (the first is 1); None when none is left."""
        return self.waits[attempt - 1] if attempt <= len(self.waits) else None


def patience(data: Mapping[str, Any]) -> Patience:
    """The rules of a kind of channel from its reference data; ValueError when malformed."""
    waits, lease = data["waits_minutes"], data["lease_minutes"]
    numbers: Sequence[Any] = [*waits, lease]
    if any(not isinstance(n, int) or isinstance(n, bool) or n < 1 for n in numbers):
        raise ValueError("waits and lease are positive whole minutes")
    if not data.get("citation") or not data.get("confidence"):
        raise ValueError("the waits of a channel need their citation and confidence")
    return Patience(
        tuple(timedelta(minutes=n) for n in waits),
        timedelta(minutes=lease),
        bool(data["repeat_in_doubt"]),
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from an attempt: the events of the submission and the sending, a wait."""

    happened: EventKind | None
    event: SendingEvent
    wait: timedelta | None = None


def assess(result: Result, attempt: int, rules: Patience) -> Verdict:
    """What follows from the end of an attempt."""
    wait = rules.wait(attempt)
    if result is Result.NOTHING_SENT:
        event = SendingEvent.GIVE_UP if wait is None else SendingEvent.RETRY
        return Verdict(EventKind.FAILED, event, wait)
    if result is Result.DOUBT and rules.repeat_in_doubt and wait is not None:
        return Verdict(EventKind.AMBIGUOUS, SendingEvent.RETRY, wait)
    return {
        Result.PLACED: Verdict(EventKind.PLACED, SendingEvent.DELIVER),
        Result.RECEIPT: Verdict(EventKind.RECEIPT, SendingEvent.DELIVER),
        Result.UNPROVEN: Verdict(EventKind.RECEIPT_UNPROVEN, SendingEvent.RECEIVE_UNPROVEN),
        Result.REFUSED: Verdict(EventKind.FAILED, SendingEvent.GIVE_UP),
        Result.DOUBT: Verdict(EventKind.AMBIGUOUS, SendingEvent.DOUBT),
    }[result]


# What an event of the submission says about its sending.
FOLLOWS: Mapping[EventKind, SendingEvent] = {
    EventKind.SENT: SendingEvent.DELIVER,
    EventKind.PLACED: SendingEvent.DELIVER,
    EventKind.RECEIPT: SendingEvent.DELIVER,
    EventKind.ACKNOWLEDGED: SendingEvent.DELIVER,
    EventKind.SETTLED: SendingEvent.DELIVER,
    EventKind.RECEIPT_UNPROVEN: SendingEvent.RECEIVE_UNPROVEN,
}
