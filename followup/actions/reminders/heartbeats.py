"""Signs of life of the processes that nobody watches."""

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import Heartbeat
from followup.core.permissions import Perm


@action("heartbeat.note", needs=Perm.SYSTEM)
def beat(actor: Actor, *, name: str) -> None:
    """Note that a process (tick, sweep, send) is alive now."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=clock.now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )
