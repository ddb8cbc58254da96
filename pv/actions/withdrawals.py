"""An entry made by mistake is withdrawn with the reason, and stays listed."""

from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.problems import Refused
from pv.actions import confirmations
from pv.models import CommitmentComment, DutyRecord, Interaction, Study


class Withdrawable(Protocol):
    """A locked row with the columns of a withdrawal."""

    withdrawn_at: datetime | None
    withdrawn_by_id: UUID | None
    withdrawn_because: str

    def save(self, *, update_fields: list[str]) -> None:
        """Write the named columns."""


Entry = TypeVar("Entry", CommitmentComment, DutyRecord, Interaction, Study)


def locked(row: Entry) -> Entry:
    """The entry under its lock; Refused once it was withdrawn."""
    held = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    require_standing(held)
    return held


def require_standing(row: Withdrawable) -> None:
    """Refused once the entry was withdrawn."""
    if row.withdrawn_at is not None:
        raise Refused(_("This entry was withdrawn."))


@part
def withdraw(actor: Actor, row: Withdrawable, reason: str, *also: str) -> None:
    """Put a withdrawal on a locked entry; `also` are columns the caller changed with it."""
    require_standing(row)
    if not reason.strip():
        raise Refused({"reason": _("Say why it is withdrawn.")})
    row.withdrawn_at, row.withdrawn_by_id = clock.now(), confirmations.person(actor)
    row.withdrawn_because = within(reason, 500)
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because", *also])
