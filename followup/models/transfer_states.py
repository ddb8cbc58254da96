"""The column of transfers of patients that holds a state, with the words of it."""

from django.utils.translation import pgettext_lazy

from followup.core.states import StateColumn
from followup.domain.transfers import TRANSFERS, TransferEvent, TransferState

TRANSFER = StateColumn(
    TRANSFERS,
    "state",
    pgettext_lazy("state machine", "Transfer of a patient"),
    {
        TransferState.ASKED: pgettext_lazy("transfer state", "Waits for the other site"),
        TransferState.ACCEPTED: pgettext_lazy("transfer state", "Accepted, day to come"),
        TransferState.IN_FORCE: pgettext_lazy("transfer state", "In force"),
        TransferState.REFUSED: pgettext_lazy("transfer state", "Refused"),
        TransferState.WITHDRAWN: pgettext_lazy("transfer state", "Withdrawn"),
    },
    {
        TransferEvent.ACCEPT: pgettext_lazy("transfer event", "Accept the patient"),
        TransferEvent.REFUSE: pgettext_lazy("transfer event", "Refuse"),
        TransferEvent.WITHDRAW: pgettext_lazy("transfer event", "Withdraw the request"),
        TransferEvent.COME_INTO_FORCE: pgettext_lazy(
            "transfer event", "The effective day is there"
        ),
    },
    frozenset({TransferEvent.COME_INTO_FORCE}),
)
