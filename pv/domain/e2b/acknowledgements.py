"""States of an acknowledgement's file: worked at once, or waiting until a person decides.

The product's own rule.
"""

from enum import StrEnum

from followup.state_machines import Machine, row


class InboundState(StrEnum):
    """What became of a file of a receiver."""

    APPLIED = "applied"
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    UNCLEAR = "unclear"
    PARTLY = "partly"
    UNREADABLE = "unreadable"
    SET_ASIDE = "set_aside"
    FILED = "filed"  # what a portal showed: the proof of a filing by hand, no message


class InboundEvent(StrEnum):
    """What a person decides of a file that waits."""

    REWORK = "REWORK"
    SET_ASIDE = "SET_ASIDE"


_S, _E = InboundState, InboundEvent
WAITING = (_S.UNKNOWN, _S.CONFLICT, _S.UNCLEAR, _S.PARTLY, _S.UNREADABLE)
INBOUND: Machine[InboundState, InboundEvent] = Machine(
    InboundState,
    InboundEvent,
    initial=(_S.APPLIED, _S.REPEATED, _S.FILED, *WAITING),
    rows=(
        # Read again with the sender and the number trusted: what it says decides.
        row(_E.REWORK, WAITING, (_S.APPLIED, _S.REPEATED, *WAITING), "reason"),
        row(_E.SET_ASIDE, WAITING, _S.SET_ASIDE, "reason"),
    ),
)
