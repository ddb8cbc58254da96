"""Appointments for visits on site: booked, kept or not, moved.

Source: project rule.
"""

from enum import StrEnum

from followup.state_machines import Machine, row


class AppointmentState(StrEnum):
    """What became of an appointment."""

    BOOKED = "BOOKED"
    CAME = "CAME"
    NOT_COME = "NOT_COME"
    MOVED = "MOVED"
    CANCELLED = "CANCELLED"


class AppointmentEvent(StrEnum):
    """What moves it."""

    COME = "COME"
    STAY_AWAY = "STAY_AWAY"
    MOVE = "MOVE"
    CANCEL = "CANCEL"
    CORRECT = "CORRECT"  # who was noted absent came after all, or the other way round


_S, _E = AppointmentState, AppointmentEvent
_KEPT = (_S.CAME, _S.NOT_COME)
APPOINTMENTS: Machine[AppointmentState, AppointmentEvent] = Machine(
    AppointmentState,
    AppointmentEvent,
    initial=(_S.BOOKED,),
    rows=(
        row(_E.COME, _S.BOOKED, _S.CAME),
        row(_E.STAY_AWAY, _S.BOOKED, _S.NOT_COME),
        row(_E.MOVE, (_S.BOOKED, _S.NOT_COME), _S.MOVED),
        row(_E.CANCEL, _S.BOOKED, _S.CANCELLED),
        row(_E.CORRECT, _KEPT, _S.BOOKED),
    ),
)
