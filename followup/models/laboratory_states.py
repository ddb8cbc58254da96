"""The columns of laboratory data that hold a state, with the words of their states and events."""

from django.utils.translation import pgettext_lazy

from followup.core.states import StateColumn
from followup.domain.laboratory import (
    FINDINGS,
    LINES,
    FindingEvent,
    FindingState,
    LineEvent,
    LineState,
)
from followup.domain.laboratory.message_states import (
    IDENTIFIERS,
    MESSAGES,
    IdentifierEvent,
    IdentifierState,
    MessageEvent,
    MessageState,
)

LABORATORY_FINDING = StateColumn(
    FINDINGS,
    "state",
    pgettext_lazy("state machine", "Finding of a laboratory value"),
    {
        FindingState.OPEN: pgettext_lazy("laboratory finding", "Open"),
        FindingState.REPORTED: pgettext_lazy("laboratory finding", "Reported as an event"),
        FindingState.ANSWERED: pgettext_lazy("laboratory finding", "Looked at"),
        FindingState.CORRECTED: pgettext_lazy("laboratory finding", "Value corrected"),
    },
    {
        FindingEvent.REPORT: pgettext_lazy("laboratory finding", "Report as an event"),
        FindingEvent.ANSWER: pgettext_lazy("laboratory finding", "Say what was decided"),
        FindingEvent.VALUE_CORRECTED: pgettext_lazy("laboratory finding", "Correct the value"),
        FindingEvent.VALUE_RESTORED: pgettext_lazy("laboratory finding", "The value stands again"),
    },
    frozenset({FindingEvent.VALUE_CORRECTED, FindingEvent.VALUE_RESTORED}),
)
LABORATORY_LINE = StateColumn(
    LINES,
    "state",
    pgettext_lazy("state machine", "Line of a laboratory's file"),
    {
        LineState.UNMAPPED: pgettext_lazy("laboratory line", "Code not known"),
        LineState.REVIEW: pgettext_lazy("laboratory line", "To be reviewed"),
        LineState.UNREADABLE: pgettext_lazy("laboratory line", "Not readable"),
        LineState.IGNORED: pgettext_lazy("laboratory line", "Not kept"),
        LineState.ACCEPTED: pgettext_lazy("laboratory line", "Accepted"),
        LineState.REFUSED: pgettext_lazy("laboratory line", "Refused"),
    },
    {
        LineEvent.MAP: pgettext_lazy("laboratory line", "Confirm what the code means"),
        LineEvent.IGNORE: pgettext_lazy("laboratory line", "Say that the item is not kept"),
        LineEvent.ACCEPT: pgettext_lazy("laboratory line", "Accept"),
        LineEvent.REFUSE: pgettext_lazy("laboratory line", "Refuse"),
    },
)
LABORATORY_MESSAGE = StateColumn(
    MESSAGES,
    "state",
    pgettext_lazy("state machine", "Message of a laboratory"),
    {
        MessageState.RECEIVED: pgettext_lazy("laboratory message", "Kept, not read yet"),
        MessageState.READ: pgettext_lazy("laboratory message", "Read"),
        MessageState.NOT_OURS: pgettext_lazy("laboratory message", "Of nobody here: not kept"),
        MessageState.UNREADABLE: pgettext_lazy("laboratory message", "Not readable"),
        MessageState.CONFLICT: pgettext_lazy("laboratory message", "Contradicts the record"),
        MessageState.SET_ASIDE: pgettext_lazy("laboratory message", "Set aside"),
    },
    {
        MessageEvent.KEEP: pgettext_lazy("laboratory message", "It names a patient of today"),
        MessageEvent.READ: pgettext_lazy("laboratory message", "Read it"),
        MessageEvent.FAIL: pgettext_lazy("laboratory message", "It cannot be read"),
        MessageEvent.SET_ASIDE: pgettext_lazy("laboratory message", "Set aside"),
    },
    frozenset({MessageEvent.KEEP, MessageEvent.FAIL}),
)
IDENTIFIER_FINDING = StateColumn(
    IDENTIFIERS,
    "state",
    pgettext_lazy("state machine", "Finding about a patient's number"),
    {
        IdentifierState.OPEN: pgettext_lazy("identifier finding", "To be answered"),
        IdentifierState.ANSWERED: pgettext_lazy("identifier finding", "Answered"),
    },
    {
        IdentifierEvent.ANSWER: pgettext_lazy("identifier finding", "Answer"),
        IdentifierEvent.REOPEN: pgettext_lazy("identifier finding", "Retract the answer"),
    },
)
