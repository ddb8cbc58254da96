"""States of a file released for a receiver: made, sent, answered; then it never moves back.

Source: ICH E2B(R3) Implementation Guide, chapter 4 (ICSR acknowledgement).
"""

from enum import StrEnum

from followup.state_machines import Machine, row


class Delivery(StrEnum):
    """What is known of one file and its transmission."""

    GENERATED = "generated"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNINGS = "accepted_with_warnings"
    REJECTED = "rejected"


class DeliveryEvent(StrEnum):
    """What moves it: a person notes the sending or retracts that; an acknowledgement comes."""

    SEND = "SEND"
    RETRACT_SENDING = "RETRACT_SENDING"
    ACKNOWLEDGE_RECEIPT = "ACKNOWLEDGE_RECEIPT"
    ACCEPT = "ACCEPT"
    ACCEPT_WITH_WARNINGS = "ACCEPT_WITH_WARNINGS"
    REJECT = "REJECT"


_D, _E = Delivery, DeliveryEvent
_WAITING = (_D.SENT, _D.RECEIVED)

SUBMISSION: Machine[Delivery, DeliveryEvent] = Machine(
    Delivery,
    DeliveryEvent,
    initial=(_D.GENERATED,),
    rows=(
        row(_E.SEND, _D.GENERATED, _D.SENT),
        # What the receiver has answered was sent: nothing of it is retracted.
        row(_E.RETRACT_SENDING, _D.SENT, _D.GENERATED, "reason"),
        row(_E.ACKNOWLEDGE_RECEIPT, _D.SENT, _D.RECEIVED),
        row(_E.ACCEPT, _WAITING, _D.ACCEPTED),
        row(_E.ACCEPT_WITH_WARNINGS, _WAITING, _D.ACCEPTED_WITH_WARNINGS),
        row(_E.REJECT, _WAITING, _D.REJECTED),
    ),
)
# The events an acknowledgement is, by what it says.
ANSWERS: dict[Delivery, DeliveryEvent] = {
    _D.RECEIVED: _E.ACKNOWLEDGE_RECEIPT,
    _D.ACCEPTED: _E.ACCEPT,
    _D.ACCEPTED_WITH_WARNINGS: _E.ACCEPT_WITH_WARNINGS,
    _D.REJECTED: _E.REJECT,
}
