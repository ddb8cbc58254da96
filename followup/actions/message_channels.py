"""Message channels: entered, changed and closed by an administrator, chosen by a person."""

from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.models import MessageChannel, MessageCredential, User
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from followup.core.security import rotations, secrets
from followup.core.templatetags.everwatch import listed
from followup.domain.message_channels import ROBOTS, MessageKind, secrets_named, split_address
from followup.queries import message_channels as queries

_MOST_SECRET = 200


@action("message_channel.add", needs=Perm.EXCHANGE_WRITE)
def add(
    actor: Actor, *, name: str, kind: str, address: str, token: str, secret: str, language: str
) -> MessageChannel:
    """Enter a channel; Refused with the problem at its field.

    A robot's address may bring its key with it; the row keeps the address without it.
    """
    if kind not in {each.value for each in MessageKind}:
        raise Refused({"kind": _("Choose the kind of channel.")})
    row = MessageChannel(kind=kind)
    token = _write(row, name=name, address=address, token=token, secret=secret, language=language)
    if not token and MessageKind(kind) in ROBOTS:
        raise Refused({"address": _("The key is missing: copy the whole address of the robot.")})
    if not token:
        raise Refused({"token": _("Enter the key of the interface.")})
    row.save(force_insert=True)
    _keep(actor, row, token, secret)
    return row


@action("message_channel.change", needs=Perm.EXCHANGE_WRITE)
def change(
    actor: Actor,
    channel: MessageChannel,
    *,
    name: str,
    address: str,
    token: str,
    secret: str,
    language: str,
    active: bool,
    version: int,
) -> MessageChannel:
    """Another name, address, language, key; open or closed. Without a key the present one stays.

    Another host needs its key entered: a kept one must not be handed to whom it was not made for.
    """
    row = MessageChannel.objects.select_for_update().get(id=channel.id)
    versions.must_be(row, version, mine={"name": name})
    before = row.address
    token = _write(row, name=name, address=address, token=token, secret=secret, language=language)
    if row.address != before and not token:
        raise Refused({"address": _("Another address needs its key: enter both.")})
    if token and token == _present_key(row):
        token = ""  # copied again with the whole address: its secret stays with it
    row.active = active
    row.version += 1
    row.save()
    if token or secret:
        _keep(actor, row, token, secret)
    return row


def _write(
    row: MessageChannel, *, name: str, address: str, token: str, secret: str, language: str
) -> str:
    """Check everything and put it on the row, not yet saved; the key, also when it was inside."""
    problems: dict[str, Any] = {}
    row.name, row.language = within(name, 80, "name"), language
    if not row.name:
        problems["name"] = _("Enter a name.")
    elif MessageChannel.objects.filter(name=row.name).exclude(id=row.id).exists():
        problems["name"] = _("Another channel has this name.")
    if language not in MessageChannel.Language.values:
        problems["language"] = _("Choose the language of the messages.")
    rules = queries.all_rules()[MessageKind(row.kind)]
    inside = ""
    try:
        row.address, inside = split_address(address, rules.token_parameter)
    except ValueError:
        problems["address"] = _(
            "Enter an address that begins with https:// and names a host, without a user name."
        )
    else:
        if named := secrets_named(row.address):
            text = _(
                "This address holds “%(names)s”, which looks like a key: addresses are shown. "
                "Enter the key in its own field, and the address without it."
            )
            problems["address"] = text % {"names": listed(named)}
    token = token.strip() or inside
    for field, value in (("token", token), ("secret", secret)):
        if len(value) > _MOST_SECRET or not value.isascii() or not (value or "x").isprintable():
            problems[field] = _("This cannot be a key: copy it again.")
    if secret and not rules.signed_hours:
        problems["secret"] = _("A channel of this kind signs nothing; leave it empty.")
    if problems:
        raise Refused(problems)
    return token


def _present_key(channel: MessageChannel) -> str:
    """The key as kept; empty when the identity keys do not open it."""
    try:
        return queries.opened(channel)[0]
    except secrets.Unreadable:
        return ""


@part
def _keep(actor: Actor, channel: MessageChannel, token: str, secret: str) -> None:
    """Seal what was entered; another key of a robot ends the secret of the old one."""
    if actor.id is None:
        raise Denied(Perm.EXCHANGE_WRITE)  # a process has nobody to name
    row = MessageCredential.objects.select_for_update().filter(channel=channel).first()
    row = row or MessageCredential(channel=channel)
    if token:
        row.token_sealed = secrets.encrypt(token, queries.token_place(channel))
    if secret or token:
        place = queries.secret_place(channel)
        row.secret_sealed = secrets.encrypt(secret, place) if secret else ""
    row.set_at, row.set_by_id = clock.now(), actor.id
    row.save()


@action("message_channel.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor) -> rotations.Rotated:
    """Seal keys and secrets again under the newest identity key; what cannot be read is named."""
    rows = MessageCredential.objects.select_for_update().order_by("channel_id")
    return rotations.each(rows, _renew)


def _renew(row: MessageCredential) -> bool:
    if secrets.is_newest(row.token_sealed) and secrets.is_newest(row.secret_sealed):
        return False
    channel = MessageChannel.objects.get(id=row.channel_id)
    token, secret = queries.opened(channel)
    row.token_sealed = secrets.encrypt(token, queries.token_place(channel))
    if secret:
        row.secret_sealed = secrets.encrypt(secret, queries.secret_place(channel))
    row.save(update_fields=["token_sealed", "secret_sealed"])
    return True


@action("account.choose_channel", needs=Perm.OWN_ACCOUNT)
def choose(actor: Actor, user: User, *, channel: str) -> None:
    """Have one's reminders sent to a group in digests; empty has them sent by e-mail.

    Refused for a channel that is closed or speaks to no group; one that was closed since may stay
    chosen. The bell tells all of them anyway.
    """
    if actor.id != user.id:
        raise Denied(Perm.OWN_ACCOUNT)
    offered = {str(row.id): row for row in queries.offered(actor, user)}
    if channel and channel not in offered:
        raise Refused({"channel": _("This channel is not open. Choose again.")})
    chosen = offered.get(channel)
    user.message_channel_id = chosen.id if chosen else None
    user.save(update_fields=["message_channel"])
