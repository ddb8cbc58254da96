"""The states of a message another system sent: kept, read, or waiting for a person.

The product's own rule.
"""

from enum import StrEnum

from followup.state_machines import Machine, row


class MessageState(StrEnum):
    """Where a message stands."""

    RECEIVED = "RECEIVED"
    READ = "READ"
    NOT_OURS = "NOT_OURS"
    UNREADABLE = "UNREADABLE"
    CONFLICT = "CONFLICT"
    SET_ASIDE = "SET_ASIDE"


class MessageEvent(StrEnum):
    """What may happen to a message."""

    KEEP = "KEEP"
    READ = "READ"
    FAIL = "FAIL"
    SET_ASIDE = "SET_ASIDE"


_S = MessageState

MESSAGES = Machine(
    MessageState,
    MessageEvent,
    (_S.RECEIVED, _S.NOT_OURS, _S.UNREADABLE, _S.CONFLICT),
    (
        # It was sent again, and names somebody who was registered here since.
        row(MessageEvent.KEEP, _S.NOT_OURS, (_S.RECEIVED, _S.CONFLICT)),
        # One that contradicts an earlier one, or its patient, is read when a person says so.
        row(MessageEvent.READ, (_S.RECEIVED, _S.CONFLICT), _S.READ),
        # The charset of its laboratory was changed meanwhile.
        row(MessageEvent.FAIL, (_S.RECEIVED, _S.CONFLICT), _S.UNREADABLE),
        row(MessageEvent.SET_ASIDE, (_S.UNREADABLE, _S.CONFLICT), _S.SET_ASIDE, "reason"),
    ),
)


class IdentifierState(StrEnum):
    """Where a finding about the numbers of patients stands."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"


class IdentifierEvent(StrEnum):
    """What may happen to it: nothing is changed automatically, and an answer can be retracted."""

    ANSWER = "ANSWER"
    REOPEN = "REOPEN"


IDENTIFIERS = Machine(
    IdentifierState,
    IdentifierEvent,
    (IdentifierState.OPEN,),
    (
        row(IdentifierEvent.ANSWER, IdentifierState.OPEN, IdentifierState.ANSWERED, "reason"),
        row(IdentifierEvent.REOPEN, IdentifierState.ANSWERED, IdentifierState.OPEN),
    ),
)
