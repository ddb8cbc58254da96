"""The way of a signal: detected, validated, assessed, decided; each step with its day.

Source: EU GVP module IX (signal detection, validation, confirmation, assessment, recommendation);
the days of each step are reference data (`signals.json`).
"""

from datetime import date, timedelta
from enum import StrEnum

from followup.state_machines import Machine, row


class SignalState(StrEnum):
    """How far a signal is."""

    DETECTED = "detected"
    VALIDATED = "validated"
    NOT_VALIDATED = "not_validated"
    ASSESSED = "assessed"
    DECIDED = "decided"
    SIGNED = "signed"


class SignalEvent(StrEnum):
    """What moves it on."""

    VALIDATE = "VALIDATE"
    REFUSE = "REFUSE"
    ASSESS = "ASSESS"
    DECIDE = "DECIDE"
    SIGN = "SIGN"
    REOPEN = "REOPEN"


class Decision(StrEnum):
    """What was decided of an assessed signal."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    MONITOR = "monitor"


_S, _E = SignalState, SignalEvent
SIGNAL: Machine[SignalState, SignalEvent] = Machine(
    SignalState,
    SignalEvent,
    initial=(_S.DETECTED,),
    rows=(
        row(_E.VALIDATE, _S.DETECTED, _S.VALIDATED, "reason"),
        row(_E.REFUSE, _S.DETECTED, _S.NOT_VALIDATED, "reason"),
        row(_E.ASSESS, _S.VALIDATED, _S.ASSESSED, "reason"),
        row(_E.DECIDE, _S.ASSESSED, _S.DECIDED, "decision"),
        row(_E.SIGN, _S.DECIDED, _S.SIGNED, "signature"),
        row(_E.REOPEN, (_S.NOT_VALIDATED, _S.DECIDED, _S.SIGNED), _S.DETECTED, "reason"),
    ),
)
WAITING = frozenset({_S.DETECTED, _S.VALIDATED, _S.ASSESSED, _S.DECIDED})


def due(state: SignalState, since: date, days: dict[str, int]) -> date | None:
    """The last day of the step a signal waits for; None when it waits for none."""
    if state not in WAITING:
        return None
    return since + timedelta(days=days[state.value])
