"""Follow-up handed from one site of the register to another: where a request stands.

What is still ahead of a patient goes to the site that follows from the effective day; what was
done stays with the site that did it, which alone corrects it. The site that follows reads
everything, those before read what they did and the frame of it, never what came later.

Source: project rule; GCP (2020) article 25 (records are attributable to who made them; the number
from memory), PIPL articles 6 and 19 (a site keeps no more of a person than it needs).
"""

from datetime import date
from enum import StrEnum

from followup.state_machines import Machine, row


class TransferState(StrEnum):
    """Where a transfer stands."""

    ASKED = "ASKED"
    ACCEPTED = "ACCEPTED"
    IN_FORCE = "IN_FORCE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class TransferEvent(StrEnum):
    """What moves it."""

    ACCEPT = "ACCEPT"
    REFUSE = "REFUSE"
    WITHDRAW = "WITHDRAW"
    COME_INTO_FORCE = "COME_INTO_FORCE"


_S, _E = TransferState, TransferEvent
OPEN = (_S.ASKED, _S.ACCEPTED)
TRANSFERS: Machine[TransferState, TransferEvent] = Machine(
    TransferState,
    TransferEvent,
    initial=(_S.ASKED,),
    rows=(
        row(_E.ACCEPT, _S.ASKED, _S.ACCEPTED),
        row(_E.REFUSE, _S.ASKED, _S.REFUSED),
        row(_E.WITHDRAW, OPEN, _S.WITHDRAWN),
        row(_E.COME_INTO_FORCE, _S.ACCEPTED, _S.IN_FORCE),
    ),
)


def due(effective_on: date, today: date) -> bool:
    """Whether an accepted transfer comes into force: its effective day has begun."""
    return effective_on <= today
