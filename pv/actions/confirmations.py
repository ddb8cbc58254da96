"""An entry taken from a document by one person counts once another has compared the two."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import clock
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.problems import Refused


class Entry(Protocol):
    """A locked row that somebody entered, with the columns of the second person's answer."""

    entered_by_id: UUID
    confirmed_by_id: UUID | None
    confirmed_at: datetime | None
    refused_because: str

    def save(self, *, update_fields: list[str]) -> None:
        """Write the named columns."""


def person(actor: Actor) -> UUID:
    """Who answers for an entry: the system does not."""
    if actor.id is None:
        raise Refused(_("A person enters this, not the system."))
    return actor.id


def require_undecided(actor: Actor, row: Entry) -> None:
    """Refused once it was decided on, and to the person who entered it."""
    if row.confirmed_at is not None or row.refused_because:
        raise Refused(gettext_lazy("This entry was decided on already."))
    if actor.id is None or row.entered_by_id == actor.id:
        raise Refused(gettext_lazy("Another person than the one who entered it decides."))


@part
def confirm(actor: Actor, row: Entry) -> None:
    """Put the confirmation of a second person on a locked entry."""
    require_undecided(actor, row)
    row.confirmed_by_id, row.confirmed_at = actor.id, clock.now()
    row.save(update_fields=["confirmed_by", "confirmed_at"])


@part
def refuse(actor: Actor, row: Entry, reason: str) -> None:
    """Put the refusal of a second person on a locked entry, with what is wrong with it."""
    require_undecided(actor, row)
    if not reason.strip():
        raise Refused({"reason": _("Say what is wrong with the entry.")})
    row.refused_because = reason
    row.save(update_fields=["refused_because"])
