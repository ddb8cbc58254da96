"""Restores and their drills as entries of the trail; `core.guards` notes upgrades at `migrate`."""

from dataclasses import asdict, dataclass

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import SystemEvent
from followup.core.permissions import Perm
from followup.queries import seals


@dataclass(frozen=True, slots=True)
class DrillResult:
    """What a drill measured on a backup restored beside the database that is in use.

    `lost` counts changes of the trail acknowledged before the restore began that it did not bring
    back; `seconds` go from its first step until people could have worked.
    """

    backup: str
    size: int
    changes: int
    lost: int
    restore_seconds: float
    seconds: float
    seal: str
    smoke: str
    passed: bool


@action("system.drilled", needs=Perm.SYSTEM)
def note_drill(actor: Actor, *, result: DrillResult) -> SystemEvent:
    """Record a restore that was tried on another server; this database did not change."""
    return SystemEvent.objects.create(
        kind=SystemEvent.Kind.DRILL, at=clock.now(), details=asdict(result)
    )


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
