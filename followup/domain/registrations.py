"""Registrations that are one person, or none: their states, and what is the same twice.

Source: project rule; the trial registers that show possible duplicates (FormsNet3) merge likewise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from followup.state_machines import Machine, row

K = TypeVar("K")


class RegistrationKind(StrEnum):
    """What is asked for: two registrations are one person, or one should never have been made."""

    MERGE = "MERGE"
    VOID = "VOID"


class RegistrationState(StrEnum):
    """Where a decision about a registration stands."""

    ASKED = "ASKED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"  # by whoever asked, before anybody decided
    UNDONE = "UNDONE"


class RegistrationEvent(StrEnum):
    """What moves it."""

    CONFIRM = "CONFIRM"
    REFUSE = "REFUSE"
    WITHDRAW = "WITHDRAW"
    UNDO = "UNDO"


_S, _E = RegistrationState, RegistrationEvent
REGISTRATIONS: Machine[RegistrationState, RegistrationEvent] = Machine(
    RegistrationState,
    RegistrationEvent,
    initial=(_S.ASKED,),
    rows=(
        row(_E.CONFIRM, _S.ASKED, _S.DONE),
        row(_E.REFUSE, _S.ASKED, _S.REFUSED),
        row(_E.WITHDRAW, _S.ASKED, _S.WITHDRAWN),
        row(_E.UNDO, _S.DONE, _S.UNDONE),
    ),
)


@dataclass(frozen=True, slots=True)
class Given(Generic[K]):
    """An infusion as far as it can be told from another one."""

    key: K
    product: K
    on: date


def same_infusions(leaving: Iterable[Given[K]], staying: Iterable[Given[K]]) -> dict[K, K]:
    """Infusions registered twice: of one product on one day nobody receives two.

    Each stands for at most one other; in order of their keys, so that a second look pairs alike.
    """
    left = sorted(staying, key=lambda each: str(each.key))
    pairs: dict[K, K] = {}
    for one in sorted(leaving, key=lambda each: str(each.key)):
        twin = next((o for o in left if (o.product, o.on) == (one.product, one.on)), None)
        if twin is not None:
            left.remove(twin)
            pairs[one.key] = twin.key
    return pairs


def last_of(key: K, replaced_by: Mapping[K, K | None]) -> K | None:
    """The registration that stands for this one today; None when it leads to a voided one."""
    seen = {key}
    while key in replaced_by:
        following = replaced_by[key]
        if following is None or following in seen:
            return None
        key = following
        seen.add(key)
    return key
