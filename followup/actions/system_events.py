"""Restores as entries of the trail; upgrades are noted by `migrate` (`core.guards`)."""

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import SystemEvent
from followup.core.permissions import Perm
from followup.queries import seals


@action("system.restored", needs=Perm.SYSTEM)
def note_restore(actor: Actor, *, source: str, reason: str) -> SystemEvent:
    """Say that the database was restored, from what and why; sealed like any change.

    The number and chain it came back with are kept, so that anchors beyond them are explained.
    """
    head = seals.head()
    details = {"source": source, "reason": reason, "seq": head.seq, "chain": head.chain}
    return SystemEvent.objects.create(
        kind=SystemEvent.Kind.RESTORE, at=clock.now(), details=details
    )
