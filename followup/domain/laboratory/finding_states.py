"""The states of a finding: raised by a value, ended by a person or by the value's correction.

The product's own rule.
"""

from enum import StrEnum

from followup.state_machines import Machine, row


class FindingState(StrEnum):
    """Where a finding stands."""

    OPEN = "OPEN"
    REPORTED = "REPORTED"
    ANSWERED = "ANSWERED"
    CORRECTED = "CORRECTED"


class FindingEvent(StrEnum):
    """What may happen to a finding."""

    REPORT = "REPORT"
    ANSWER = "ANSWER"
    VALUE_CORRECTED = "VALUE_CORRECTED"
    VALUE_RESTORED = "VALUE_RESTORED"


FINDINGS = Machine(
    FindingState,
    FindingEvent,
    (FindingState.OPEN,),
    (
        row(FindingEvent.REPORT, FindingState.OPEN, FindingState.REPORTED),
        row(FindingEvent.ANSWER, FindingState.OPEN, FindingState.ANSWERED),
        # A reported finding keeps its event: safety learns of the correction from the event.
        row(
            FindingEvent.VALUE_CORRECTED,
            (FindingState.OPEN, FindingState.ANSWERED),
            FindingState.CORRECTED,
        ),
        row(FindingEvent.VALUE_RESTORED, FindingState.CORRECTED, FindingState.OPEN),
    ),
)
