"""The column of erasures of identities that holds a state, with the words of it."""

from django.utils.translation import pgettext_lazy

from followup.core.states import StateColumn
from followup.domain.erasures import ERASURES, ErasureEvent, ErasureState

ERASURE = StateColumn(
    ERASURES,
    "state",
    pgettext_lazy("state machine", "Erasure of an identity"),
    {
        ErasureState.ASKED: pgettext_lazy("erasure state", "Waits for a second person"),
        ErasureState.ERASING: pgettext_lazy("erasure state", "Being erased"),
        ErasureState.DONE: pgettext_lazy("erasure state", "Erased"),
        ErasureState.REFUSED: pgettext_lazy("erasure state", "Refused"),
    },
    {
        ErasureEvent.CONFIRM: pgettext_lazy("erasure event", "Erase"),
        ErasureEvent.FINISH: pgettext_lazy("erasure event", "Everything is erased"),
        ErasureEvent.REFUSE: pgettext_lazy("erasure event", "Refuse"),
    },
    frozenset({ErasureEvent.FINISH}),
)
