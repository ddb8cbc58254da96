"""Where a message sent to an authority stands: it never moves back, and a repeat moves nothing.

Source: domain 6 for the elements; that nothing moves back is the product's own rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from pv.domain.e2b.ack import (
    Acknowledgement,
    MessageAcknowledgement,
    MessageCode,
    TransmissionCode,
)
from pv.domain.e2b.submissions import ANSWERS, SUBMISSION, Delivery

DECIDED = frozenset({Delivery.ACCEPTED, Delivery.ACCEPTED_WITH_WARNINGS, Delivery.REJECTED})
# Which states an acknowledgement may lead to.
TRANSITIONS: Mapping[Delivery, frozenset[Delivery]] = MappingProxyType(
    {
        state: frozenset(to for to, event in ANSWERS.items() if SUBMISSION.allows(state, event))
        for state in Delivery
    }
)


class Effect(StrEnum):
    """What an acknowledgement did to a transmission."""

    MOVED = "moved"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    NOT_OURS = "not_ours"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Transmission:
    """One message sent: what identifies it (C.1.1, N.2.r.1, N.1.2) and where it stands."""

    safety_report: str
    message_number: str
    batch_number: str
    state: Delivery = Delivery.SENT
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TransmissionStep:
    """The transmission after an acknowledgement, what that did, and the entry it rests on."""

    transmission: Transmission
    effect: Effect
    entry: MessageAcknowledgement | None = None
    decision: Delivery | None = None


def decision(entry: MessageAcknowledgement) -> Delivery | None:
    """What ACK.B.r.6 decides; None when the entry carries no code we know."""
    if entry.code is MessageCode.NOT_LOADED:
        return Delivery.REJECTED
    if entry.code is MessageCode.LOADED:
        return Delivery.ACCEPTED_WITH_WARNINGS if entry.warnings else Delivery.ACCEPTED
    return None


def find(transmission: Transmission, ack: Acknowledgement) -> MessageAcknowledgement | None:
    """The entry on this message: ACK.B.r.1 is C.1.1 (FDA), N.2.r.1 (others) or both in a row.

    None when it says nothing of this message.
    """
    numbers = {transmission.safety_report, transmission.message_number}
    for entry in ack.messages:
        said = entry.message_number or ""
        if said in numbers or not numbers.isdisjoint(said.split()):
            return entry
    return None


def advance(transmission: Transmission, ack: Acknowledgement) -> TransmissionStep:
    """The transmission after an acknowledgement.

    An acknowledgement of another batch is not ours; one already seen is a repeat; a decision that
    contradicts an earlier one changes nothing and is reported as a conflict for a person.
    """
    if ack.batch_number not in (None, transmission.batch_number):
        return TransmissionStep(transmission, Effect.NOT_OURS)
    entry = find(transmission, ack)
    target = decision(entry) if entry is not None else _of_batch(ack)
    if target is None:
        return TransmissionStep(transmission, Effect.SILENT, entry)
    mark = "|".join(str(p or "") for p in (ack.number, ack.sent, target))
    if mark in transmission.seen or target is transmission.state:
        return TransmissionStep(transmission, Effect.REPEATED, entry, target)
    seen = transmission.seen | {mark}
    if target in TRANSITIONS[transmission.state]:
        return TransmissionStep(
            replace(transmission, state=target, seen=seen), Effect.MOVED, entry, target
        )
    backwards = target is Delivery.RECEIVED
    effect = Effect.REPEATED if backwards else Effect.CONFLICT
    return TransmissionStep(replace(transmission, seen=seen), effect, entry, target)


def _of_batch(ack: Acknowledgement) -> Delivery | None:
    """Without an entry on the message only the two plain batch codes speak for it.

    A batch that lists other messages says nothing of ours but that it arrived.
    """
    if ack.messages or ack.code is TransmissionCode.SOME:
        return Delivery.RECEIVED
    if ack.code is TransmissionCode.NONE:
        return Delivery.REJECTED
    return Delivery.ACCEPTED if ack.code is TransmissionCode.ALL else None
