"""What is known of a submission, derived from the events of its transmission.

Events come late, twice and in any order; none is ever rewritten. What they say together does not
hang on their order: a sending noted after the answer gives the same as one noted before it. Only
contradicting decisions of a receiver cannot be reconciled: the first stands, disputed, until a
person settles it.

Source: ICH E2B(R3) Implementation Guide, chapter 4; RFC 4130, section 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pv.domain.e2b.deliveries import DECIDED
from pv.domain.e2b.submissions import Delivery


class EventKind(StrEnum):
    """What happened to a file on its way to its receiver and back."""

    SENT = "sent"  # a person notes the day it went out
    RETRACTED = "retracted"  # a noted sending was none, an ambiguous or unproven one did not arrive
    QUEUED = "queued"  # handed to a channel
    ATTEMPTED = "attempted"  # a channel began to send
    PLACED = "placed"  # lies in the folder of a gateway
    AMBIGUOUS = "ambiguous"  # the last byte went out and nothing came back
    FAILED = "failed"  # certainly did not arrive; tried again or given up
    RECEIPT = "receipt"  # MDN with the receiver's signature over the bytes sent
    RECEIPT_UNPROVEN = "receipt_unproven"  # an MDN that proves nothing of the bytes
    ACKNOWLEDGED = "acknowledged"  # the receiver's acknowledgement speaks of the message
    SETTLED = "settled"  # a person says which of two contradicting decisions holds


_ARRIVED = frozenset(
    {
        EventKind.SENT,
        EventKind.RECEIPT,
        EventKind.RECEIPT_UNPROVEN,
        EventKind.ACKNOWLEDGED,
        EventKind.SETTLED,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its day, and what it decides or retracts where it does.

    `on` is the day it happened, for an acknowledgement the receiver's day; None when not known.
    """

    id: str
    kind: EventKind
    on: date | None = None
    decision: Delivery | None = None
    retracts: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What all events of a submission say together.

    `sent_on` is the day that meets a clock: the noted one, else the day of the proven receipt, else
    the day of the acknowledgement; never the day of queueing. `waiting_since` is the day from
    which an answer is awaited, None when none is.
    """

    state: Delivery
    sent_on: date | None
    answered_on: date | None
    waiting_since: date | None
    disputed: bool
    ambiguous: bool


def summarize(events: Sequence[Event]) -> Summary:
    """What the events say; the order matters only between contradicting decisions."""
    retracted = {event.retracts for event in events if event.kind is EventKind.RETRACTED}
    holding = [event for event in events if event.id not in retracted]
    noted = _days(holding, EventKind.SENT)
    receipts = _days(holding, EventKind.RECEIPT)
    answers = [event for event in holding if event.kind is EventKind.ACKNOWLEDGED]
    decided = [event for event in answers if event.decision in DECIDED]
    settled = [event for event in holding if event.kind is EventKind.SETTLED]
    standing = (settled or decided)[-1 if settled else 0] if settled or decided else None
    state = _state(standing, bool(receipts or answers), bool(noted))
    days = noted or receipts or sorted(e.on for e in answers if e.on is not None)
    started = [*noted, *receipts, *_days(holding, EventKind.PLACED)]
    started += _days(holding, EventKind.RECEIPT_UNPROVEN)
    if not started and state is Delivery.RECEIVED:
        started = days
    return Summary(
        state=state,
        sent_on=days[0] if days and state is not Delivery.GENERATED else None,
        answered_on=_answered_on(decided, standing),
        waiting_since=min(started) if started and standing is None else None,
        disputed=not settled and len({event.decision for event in decided}) > 1,
        ambiguous=_ambiguous(holding),
    )


def meets_clock(state: Delivery) -> bool:
    """Whether a sent report met a clock: a message that was not loaded (ACK.B.r.6 CR) did not."""
    return state is not Delivery.REJECTED


def unretracted(events: Sequence[Event]) -> list[Event]:
    """The noted sendings that nobody has retracted."""
    retracted = {event.retracts for event in events if event.kind is EventKind.RETRACTED}
    return [e for e in events if e.kind is EventKind.SENT and e.id not in retracted]


def _days(events: Sequence[Event], kind: EventKind) -> list[date]:
    return sorted(event.on for event in events if event.kind is kind and event.on is not None)


def _state(standing: Event | None, received: bool, sent: bool) -> Delivery:
    if standing is not None and standing.decision is not None:
        return standing.decision
    if received:
        return Delivery.RECEIVED
    return Delivery.SENT if sent else Delivery.GENERATED


def _answered_on(decided: Sequence[Event], standing: Event | None) -> date | None:
    """The first day the decision that holds was given; the settling day where nobody gave it."""
    if standing is None:
        return None
    same = [e.on for e in decided if e.decision is standing.decision and e.on is not None]
    return min(same) if same else standing.on


def _ambiguous(events: Sequence[Event]) -> bool:
    """Whether a sending ended without an answer and nothing has told what became of it."""
    kinds = {event.kind for event in events}
    return EventKind.AMBIGUOUS in kinds and not kinds & _ARRIVED
