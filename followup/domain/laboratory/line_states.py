"""The states of a line of a laboratory's file: read, mapped, reviewed, taken or refused.

The product's own rule.
"""

from enum import StrEnum

from followup.state_machines import Machine, row


class LineState(StrEnum):
    """Where a line stands."""

    UNMAPPED = "UNMAPPED"
    REVIEW = "REVIEW"
    UNREADABLE = "UNREADABLE"
    IGNORED = "IGNORED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class LineEvent(StrEnum):
    """What may happen to a line."""

    MAP = "MAP"
    IGNORE = "IGNORE"
    ACCEPT = "ACCEPT"
    REFUSE = "REFUSE"


LINES = Machine(
    LineState,
    LineEvent,
    (LineState.UNMAPPED, LineState.REVIEW, LineState.UNREADABLE, LineState.IGNORED),
    (
        # A code that is mapped again is read once more with the new meaning.
        row(
            LineEvent.MAP,
            (
                LineState.UNMAPPED,
                LineState.REVIEW,
                LineState.UNREADABLE,
                LineState.IGNORED,
            ),
            (LineState.REVIEW, LineState.UNREADABLE),
        ),
        row(
            LineEvent.IGNORE,
            (LineState.UNMAPPED, LineState.REVIEW, LineState.UNREADABLE),
            LineState.IGNORED,
        ),
        row(LineEvent.ACCEPT, LineState.REVIEW, LineState.ACCEPTED),
        row(LineEvent.REFUSE, (LineState.REVIEW, LineState.UNREADABLE), LineState.REFUSED),
    ),
)
