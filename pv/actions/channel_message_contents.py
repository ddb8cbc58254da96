"""The bytes of messages that were refused: kept encrypted, and removed when their time is over."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from followup.core import clock as time
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.advisory_locks import wait_for
from followup.core.permissions import Perm
from followup.core.security import rotations, secrets
from pv.adapters.as2 import mime
from pv.domain.e2b.channels import REFUSED_KEPT_DAYS
from pv.models import Channel, ChannelMessage, ChannelMessageContent
from pv.queries import channel_certificates as queries

# What a message is read by; the rest of a request is of its way here.
_HEADERS = (
    "AS2-Version",
    "AS2-From",
    "AS2-To",
    "Message-ID",
    "Date",
    "Subject",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Disposition-Notification-To",
    "Disposition-Notification-Options",
    "Receipt-Delivery-Option",
)


def as_it_came(headers: Mapping[str, str], body: bytes) -> bytes:
    """A message in one piece: its headers, each in one line, an empty line and the body."""
    given = mime.unfolded(headers)
    lines = [f"{name}: {given[name]}\r\n" for name in _HEADERS if name in given]
    return "".join(lines).encode("utf-8", "replace") + b"\r\n" + body


@part
def keep(
    actor: Actor, row: ChannelMessage, headers: Mapping[str, str], body: bytes
) -> ChannelMessageContent:
    """Keep a refused message as it came, encrypted, as long as its channel has room."""
    return _kept(row, as_it_came(headers, body))


@action("channel_message.keep_answer", needs=Perm.SYSTEM)
def keep_answer(actor: Actor, *, channel: Channel, number: str, body: bytes) -> ChannelMessage:
    """Keep an answer of a gateway that is not what it describes; the same one is kept once."""
    sha256 = hashlib.sha256(body).hexdigest()
    wait_for("refused messages", str(channel.id))
    before = queries.message(channel, number, sha256)
    if before is not None:
        return before
    row = ChannelMessage(
        channel=channel,
        message_id=number,
        sha256=sha256,
        received_at=time.now(),
        disposition="/error: answer-unusable",
        receipt_headers={},
        receipt=b"",
    )
    row.save(force_insert=True)
    _kept(row, body)
    return row


def _kept(row: ChannelMessage, came: bytes) -> ChannelMessageContent:
    content = ChannelMessageContent(message=row, size=len(came))
    wait_for("refused messages", str(row.channel_id))
    if len(came) <= queries.room_left(row.channel):
        content.content_sealed = secrets.encrypt_bytes(came, queries.content_place(content))
    content.save(force_insert=True)
    return content


@action("channel_message.remove_contents", needs=Perm.SYSTEM)
def remove_old(actor: Actor) -> int:
    """Remove the bytes of messages refused long ago; hash, time, reason and answer stay."""
    rows = queries.contents_to_remove(time.now() - timedelta(days=REFUSED_KEPT_DAYS))
    for row in rows:
        row.content_sealed, row.removed_at = "", time.now()
        row.save(update_fields=["content_sealed", "removed_at"])
    return len(rows)


@action("channel_message.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor) -> rotations.Rotated:
    """Seal the bytes again under the newest identity key; what cannot be read is named."""
    done = rotations.Rotated()
    rows = ChannelMessageContent.objects.exclude(content_sealed="")
    for row_id in list(rows.order_by("id").values_list("id", flat=True)):
        one = rows.select_for_update().filter(id=row_id)
        done += rotations.column(one, "content_sealed", queries.content_place)
    return done
