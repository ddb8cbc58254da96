"""What a person does with the own bell."""

from followup.core import clock, scope
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import Notice
from followup.core.permissions import Perm


@action("notice.read", needs=Perm.REFERENCE_READ)
def read(actor: Actor, *, id: object) -> Notice:
    """Mark one own notice as read; whoever holds any role may, and only reaches the own."""
    notice = scope.one(actor, Notice.objects.select_for_update(), id=id)
    if notice.read_at is None:
        notice.read_at = clock.now()
        notice.save(update_fields=["read_at"])
    return notice


@action("notice.read_all", needs=Perm.REFERENCE_READ)
def read_all(actor: Actor) -> int:
    """Mark every own notice that is shown as read; how many there were."""
    unread = Notice.objects.filter(channel="in_app", state="sent", read_at__isnull=True)
    return scope.visible(actor, unread).update(read_at=clock.now())
