"""What a person does with one's own bell."""

from followup.core import clock, scope
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import Notice
from followup.core.permissions import Perm


@action("notice.read", needs=Perm.OWN_ACCOUNT)
def read(actor: Actor, *, id: object) -> Notice:
    """Mark what an own notice tells as read, whichever way it came; anybody may, for one's own.

    The link of a mail also clears the bell of the same obligation.
    """
    notice = scope.one(actor, Notice.objects.all(), id=id)
    same = Notice.objects.filter(
        obligation=notice.obligation, recipient_id=notice.recipient_id, channel="in_app"
    )
    same.filter(state="sent", read_at__isnull=True).update(read_at=clock.now())
    return notice


@action("notice.read_all", needs=Perm.OWN_ACCOUNT)
def read_all(actor: Actor) -> int:
    """Mark every own notice that is shown as read; how many there were."""
    unread = Notice.objects.filter(channel="in_app", state="sent", read_at__isnull=True)
    return scope.visible(actor, unread).update(read_at=clock.now())
