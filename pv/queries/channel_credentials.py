"""How we sign in at the other side of a channel."""

from followup.core import scope
from followup.core.actor import Actor
from followup.core.security import secrets
from pv.adapters.carriers import Credential
from pv.models import Channel, ChannelCredential


def place(row: ChannelCredential) -> bytes:
    """What the secret of a row is bound to."""
    return secrets.associated_data("pv_channelcredential", "secret", row.id, row.channel_id)


def of_channel(actor: Actor, channel: Channel) -> ChannelCredential | None:
    """The credential as its page shows it; never the secret."""
    rows = scope.visible(actor, ChannelCredential.objects.filter(channel=channel))
    return rows.defer("secret_sealed").select_related("set_by").first()


def opened(channel: Channel) -> Credential | None:
    """The secret, for the moment of signing in; None while none was set."""
    row = ChannelCredential.objects.filter(channel=channel).first()
    if row is None:
        return None
    return Credential(row.kind, secrets.decrypt(row.secret_sealed, place(row)), row.shown)
