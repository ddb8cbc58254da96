"""Keys of channels: what signs and encrypts today, what ever could, and what ends when."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key
from django.db.models import Q, Sum

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.security import access, secrets
from pv.adapters.as2.messages import Partners
from pv.adapters.as2.signatures import OwnKey, PrivateKey
from pv.domain.e2b.channels import REFUSED_KEPT_BYTES, ChannelKind
from pv.models import Channel, ChannelCertificate, ChannelMessage, ChannelMessageContent

Side = ChannelCertificate.Side
_PAGE = 20


def place(row: ChannelCertificate) -> bytes:
    """What the private key of a row is bound to."""
    return secrets.associated_data("pv_channelcertificate", "key", row.id, row.channel_id)


def listing(actor: Actor, channel: Channel) -> list[ChannelCertificate]:
    """The certificates of both sides, those in use first; never a key."""
    rows = scope.visible(actor, ChannelCertificate.objects.filter(channel=channel))
    return list(rows.defer("key_sealed").select_related("added_by").order_by("side", "-valid_to"))


def one(actor: Actor, certificate_id: UUID | str) -> ChannelCertificate:
    """One certificate; NotFound otherwise."""
    return scope.one(actor, ChannelCertificate.objects.select_related("channel"), id=certificate_id)


def in_use(row: ChannelCertificate, now: datetime) -> bool:
    """Whether it signs or encrypts at a moment."""
    return row.ended_at is None and row.valid_from <= now <= row.valid_to


def used(actor: Actor, channel: Channel) -> set[UUID]:
    """The certificates that sign and encrypt what goes out now: of each side, the last begun."""
    now, found = clock.now(), dict[str, UUID]()
    for row in sorted(listing(actor, channel), key=lambda row: (row.valid_from, str(row.id))):
        if in_use(row, now):
            found[row.side] = row.id
    return set(found.values())


def partners(channel: Channel) -> Partners | None:
    """Both sides of a channel as they are now; None for a kind that needs no keys.

    Of several that are valid the one that began last is used.
    """
    if channel.kind != ChannelKind.AS2:
        return None
    now = clock.now()
    rows = list(ChannelCertificate.objects.filter(channel=channel).order_by("-valid_from", "-id"))
    keys = {row.id: _own(row) for row in rows if row.side == Side.OURS}
    theirs = {row.id: _certificate(row) for row in rows if row.side == Side.THEIRS}
    signing = next((keys[row.id] for row in rows if row.id in keys and in_use(row, now)), None)
    receiving = next(
        (theirs[row.id] for row in rows if row.id in theirs and in_use(row, now)), None
    )
    return Partners(
        ours=channel.settings["as2_from"],
        theirs=channel.settings["as2_to"],
        signing=signing,
        receiving=receiving,
        keys=tuple(keys.values()),
        certificates=tuple(theirs.values()),
    )


def _certificate(row: ChannelCertificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(bytes(row.content))


def _own(row: ChannelCertificate) -> OwnKey:
    key = load_der_private_key(secrets.decrypt_bytes(row.key_sealed, place(row)), None)
    if not isinstance(key, PrivateKey):
        raise TypeError("a key of another kind was kept")
    return OwnKey(_certificate(row), key)


def validity(rows: Sequence[ChannelCertificate], now: datetime) -> tuple[int | None, bool]:
    """Days until a side has no valid certificate any more, None without any; whether one lacks.

    A side lasts as long as the certificate of it that ends last.
    """
    ends = []
    missing = False
    for side in Side:
        mine = [row for row in rows if row.side == side and row.ended_at is None]
        missing = missing or not any(in_use(row, now) for row in mine)
        ends += [max(row.valid_to for row in mine)] if mine else []
    return (min(ends) - now).days if ends else None, missing


def of_names(ours: str, theirs: str) -> Channel | None:
    """The open channel between two AS2 names, compared with their case."""
    rows = Channel.objects.filter(active=True, kind=ChannelKind.AS2.value)
    return rows.filter(settings__as2_from=ours, settings__as2_to=theirs).first()


def message(channel: Channel, message_id: str, sha256: str) -> ChannelMessage | None:
    """A message that came before, byte for byte the same."""
    return ChannelMessage.objects.filter(
        channel=channel, message_id=message_id, sha256=sha256
    ).first()


def messages(
    actor: Actor, channel: Channel, *, key: str = "", refused: bool = False
) -> Page[ChannelMessage]:
    """What a partner sent by a channel, the newest first, or what is still refused of it."""
    rows = scope.visible(actor, ChannelMessage.objects.filter(channel=channel))
    rows = rows.select_related("content").defer("receipt", "content__content_sealed")
    rows = rows.filter(file__isnull=True, content__isnull=False) if refused else rows
    rows = rows.annotate(bytes_kept=Q(content__isnull=False) & ~Q(content__content_sealed=""))
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__lt=key)
    found, following = keyset.page(
        rows.order_by("-id")[: _PAGE + 1], _PAGE, lambda row: str(row.id)
    )
    return Page(found, following)


def one_message(actor: Actor, message_id: UUID | str) -> ChannelMessage:
    """One message of a partner; NotFound otherwise."""
    rows = ChannelMessage.objects.select_related("channel").defer("receipt")
    return scope.one(actor, rows, id=message_id)


def content_place(row: ChannelMessageContent) -> bytes:
    """What the bytes of a message are bound to."""
    return secrets.associated_data("pv_channelmessagecontent", "content", row.id, row.message_id)


def open_content(actor: Actor, message: ChannelMessage) -> bytes:
    """A refused message as it came, headers first; each look is logged. NotFound without bytes."""
    actor.require(Perm.EXCHANGE_WRITE)
    row = ChannelMessageContent.objects.filter(message=message).first()
    if row is None or not row.content_sealed:
        raise NotFound()
    access.record(actor, "file.open", message.id)
    return secrets.decrypt_bytes(row.content_sealed, content_place(row))


def room_left(channel: Channel) -> int:
    """Bytes of refused messages a channel still keeps."""
    rows = ChannelMessageContent.objects.filter(message__channel=channel).exclude(content_sealed="")
    return REFUSED_KEPT_BYTES - (rows.aggregate(total=Sum("size"))["total"] or 0)


def contents_to_remove(before: datetime, limit: int = 100) -> list[ChannelMessageContent]:
    """The bytes of refused messages that are older than a moment, the oldest first."""
    rows = ChannelMessageContent.objects.exclude(content_sealed="").defer("content_sealed")
    return list(rows.filter(message__received_at__lt=before).order_by("id")[:limit])


def receipts_due(most_tries: int) -> list[ChannelMessage]:
    """The receipts partners want later and have not got, the oldest first."""
    rows = ChannelMessage.objects.exclude(receipt_to="").filter(receipt_sent_at__isnull=True)
    due = rows.filter(receipt_tries__lt=most_tries).select_related("channel")
    return list(due.order_by("id")[:50])
