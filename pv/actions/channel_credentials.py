"""How we sign in at the other side of a channel: a key made or brought, or a password, sealed."""

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import rotations, secrets
from pv.adapters import ssh_keys
from pv.domain.e2b.channels import ChannelKind
from pv.models import Channel, ChannelCredential
from pv.queries import channel_credentials as queries

MOST_BYTES = 20_000
_MOST_PASSWORD = 200
Kind = ChannelCredential.Kind


@action("channel_credential.make", needs=Perm.EXCHANGE_WRITE)
def make(actor: Actor, channel: Channel) -> ChannelCredential:
    """Make a key; its public line goes to the other side. Whatever was there is replaced."""
    _signs_in_with_keys(channel)
    private, public = ssh_keys.make_key("everwatch")
    return _keep(actor, channel, Kind.KEY, secret=private, shown=public)


@action("channel_credential.bring", needs=Perm.EXCHANGE_WRITE)
def bring(
    actor: Actor, channel: Channel, *, private_key: str, passphrase: str
) -> ChannelCredential:
    """Take a private key that was made elsewhere; Refused at its field."""
    _signs_in_with_keys(channel)
    try:
        private, public = ssh_keys.read_key(private_key[:MOST_BYTES], passphrase)
    except ValueError:
        message = _("This is no private key of SSH, or its passphrase is another one.")
        raise Refused({"private_key": message}) from None
    return _keep(actor, channel, Kind.KEY, secret=private, shown=public)


@action("channel_credential.set_password", needs=Perm.EXCHANGE_WRITE)
def set_password(actor: Actor, channel: Channel, *, password: str) -> ChannelCredential:
    """Sign in with a password from now on; Refused at its field."""
    _signs_in_with_keys(channel)
    if not password or len(password) > _MOST_PASSWORD or not password.isprintable():
        raise Refused({"password": _("Enter the password the receiver gave.")})
    return _keep(actor, channel, Kind.PASSWORD, secret=password, shown="")


@action("channel_credential.set_client", needs=Perm.EXCHANGE_WRITE)
def set_client(
    actor: Actor, channel: Channel, *, client_id: str, client_secret: str
) -> ChannelCredential:
    """Sign in as a client of an interface from now on; Refused at its field."""
    if channel.kind != ChannelKind.FDA:
        raise Refused(_("A channel of this kind needs no client."))
    number, secret = client_id.strip(), client_secret.strip()
    if not number or len(number) > _MOST_PASSWORD or not number.isprintable():
        raise Refused({"client_id": _("Enter the client ID the portal of the gateway shows.")})
    if not secret or len(secret) > _MOST_PASSWORD or not secret.isprintable():
        raise Refused({"client_secret": _("Enter the secret key the portal of the gateway shows.")})
    return _keep(actor, channel, Kind.CLIENT, secret=secret, shown=number)


def _signs_in_with_keys(channel: Channel) -> None:
    if channel.kind != ChannelKind.SFTP:
        raise Refused(_("A channel of this kind needs no key or password."))


@part
def _keep(
    actor: Actor, channel: Channel, kind: str, *, secret: str, shown: str
) -> ChannelCredential:
    row = ChannelCredential.objects.select_for_update().filter(channel=channel).first()
    row = row or ChannelCredential(channel=channel)
    row.kind, row.shown = kind, shown
    row.secret_sealed = secrets.encrypt(secret, queries.place(row))
    row.set_at, row.set_by_id = time.now(), actor.id
    row.save()
    return row


@action("channel_credential.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor) -> rotations.Rotated:
    """Seal the secrets again under the newest identity key; what cannot be read is named."""
    rows = ChannelCredential.objects.select_for_update().order_by("id")
    return rotations.column(rows, "secret_sealed", queries.place)
