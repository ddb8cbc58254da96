"""What a partner sends by AS2: receipts for our files, and files, each answered by a receipt.

A file is kept before it is answered, and worked afterwards: what breaks later loses nothing, and a
partner that saw no answer sends it again and gets the same receipt.
"""

import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.http import transport
from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from pv.actions import acknowledgements, sendings
from pv.adapters.as2 import carrier, messages, mime, receipts, signatures
from pv.adapters.as2.messages import Opened, Partners
from pv.adapters.as2.receipts import Answer, Receipt
from pv.models import Channel, ChannelMessage, InboundFile, Transmission
from pv.queries import channel_certificates as queries
from pv.queries import channels

MOST_BYTES = acknowledgements.MOST_BYTES + 5_000_000  # signature, envelope and base64 beside it
MOST_TRIES = 5  # then a repetition of the message gets the receipt as its answer
_REFUSED = "automatic-action/MDN-sent-automatically; processed/error: "


def receive(actor: Actor, headers: Mapping[str, str], body: bytes) -> Answer | None:
    """Take what came for one of our AS2 names; the receipt to answer with, None for none.

    NotFound when no open channel has these two names: then nothing is kept.
    """
    read = mime.unfolded(headers)
    ours = messages.unquoted(str(read.get("AS2-To", "")))
    theirs = messages.unquoted(str(read.get("AS2-From", "")))
    channel = queries.of_names(ours, theirs)
    partners = queries.partners(channel) if channel else None
    if channel is None or partners is None:
        raise NotFound()
    try:
        receipt = receipts.read(headers, body, partners)
    except ValueError:
        return _take(actor, channel, partners, headers, body)
    _note_receipt(actor, channel, receipt, headers, body)
    return None


def _note_receipt(
    actor: Actor, channel: Channel, receipt: Receipt, headers: Mapping[str, str], body: bytes
) -> None:
    """A receipt that comes later belongs to the sending its identifier names, by this channel.

    No connection of ours vouches for it: unsigned, anybody could have sent it, and nothing moves.
    """
    if receipt.signer is None:
        raise Refused(_("No certificate of the receiver signed this receipt: it proves nothing."))
    try:
        sending_id = UUID(receipt.message_id.partition("@")[0])
    except ValueError:
        raise Refused(_("The receipt names no message of ours.")) from None
    rows = Transmission.objects.filter(id=sending_id, channel=channel)
    sending = rows.select_related("submission").first()
    if sending is None or sending.message_id != receipt.message_id:
        raise Refused(_("The receipt names no message of ours."))
    file = sending.submission
    mic = messages.mic(messages.part(file.file_name, bytes(file.content)))
    ending = carrier.ending(receipt, headers, body, message_id=sending.message_id, content_mic=mic)
    sendings.note_receipt(actor, sending=sending, ending=ending)


def _take(
    actor: Actor, channel: Channel, partners: Partners, headers: Mapping[str, str], body: bytes
) -> Answer | None:
    """Keep a message that was not here before; its receipt, None while that goes out later."""
    read = mime.unfolded(headers)
    message_id = str(read.get("Message-ID", "")).strip().strip("<>")[:255]
    sha256 = hashlib.sha256(body).hexdigest()
    row = queries.message(channel, message_id, sha256)
    if row is None:
        opened, problem = _opened(partners, headers, body)
        if not message_id:
            opened, problem = None, "unexpected-processing-error"
        row = keep(
            actor,
            channel=channel,
            partners=partners,
            message_id=message_id,
            sha256=sha256,
            opened=opened,
            problem=problem,
            signed="signed-receipt-protocol" in str(read.get("Disposition-Notification-Options")),
            later=str(read.get("Receipt-Delivery-Option", "")),
        )
    if row.receipt_to and row.receipt_tries < MOST_TRIES:
        return None
    return Answer(row.receipt_headers, bytes(row.receipt))


def _opened(
    partners: Partners, headers: Mapping[str, str], body: bytes
) -> tuple[Opened | None, str]:
    """The file of a message, or what is said of it (RFC 4130, section 7.5.2)."""
    try:
        opened = messages.open_message(headers, body, partners, most=acknowledgements.MOST_BYTES)
    except signatures.NotDecrypted:
        return None, "decryption-failed"
    except signatures.NotSigned:
        return None, "authentication-failed"
    except ValueError:
        return None, "unexpected-processing-error"
    if opened.signer is None:
        return None, "insufficient-message-security"
    if not opened.content or len(opened.content) > acknowledgements.MOST_BYTES:
        return None, "unexpected-processing-error"
    return opened, ""


@action("channel_message.keep", needs=Perm.SYSTEM)
def keep(
    actor: Actor,
    *,
    channel: Channel,
    partners: Partners,
    message_id: str,
    sha256: str,
    opened: Opened | None,
    problem: str,
    signed: bool,
    later: str,
) -> ChannelMessage:
    """Keep the file of a message and its receipt, signed and sent `later` as the partner asked."""
    row = ChannelMessage(
        channel=channel, message_id=message_id, sha256=sha256, received_at=time.now()
    )
    other = ChannelMessage.objects.filter(channel=channel, message_id=message_id)
    if opened is not None and other.filter(file__isnull=False).exists():
        opened, problem = None, "unexpected-processing-error"  # one identifier, two contents
    if opened is not None:
        name = opened.file_name or f"{message_id}.xml"
        row.file = acknowledgements.store(
            actor, data=opened.content, file_name=name, door=InboundFile.Door.AS2
        )
    row.disposition = receipts.PROCESSED if opened is not None else f"{_REFUSED}{problem}"
    answer = receipts.answer(
        partners,
        message_id=message_id,
        own_id=f"{uuid7()}@everwatch",
        disposition=row.disposition,
        mic=opened.mic if opened else "",
        digest=opened.digest if opened else messages.DIGEST,
        text="The message was received." if opened else f"The message was refused: {problem}.",
        sign=signed,
    )
    row.receipt_headers, row.receipt = dict(answer.headers), answer.body
    row.receipt_to = _later(channel, later)
    row.save(force_insert=True)
    return row


def _later(channel: Channel, text: str) -> str:
    """Where a receipt goes later: only to the machine the channel leads to, else at once."""
    wanted = text.strip().strip("<>")
    try:
        scheme, host, _port, _path = transport.address(wanted)
    except ValueError:
        return ""
    known = urlsplit(channel.settings["url"])
    return wanted[:500] if (scheme, host) == (known.scheme, known.hostname) else ""


def send_receipts(actor: Actor) -> dict[str, int]:
    """Send the receipts partners want later; how many went out and how many did not."""
    counts: dict[str, int] = {}
    for row in queries.receipts_due(MOST_TRIES):
        seconds = channels.route(row.channel).answer_seconds
        try:
            answer = transport.post(
                row.receipt_to,
                row.receipt_headers,
                bytes(row.receipt),
                lambda: True,  # a receipt twice does no harm
                seconds=seconds,
            )
        except (transport.NothingSent, transport.NoAnswer, ValueError):
            answer = None
        sent = answer is not None and 200 <= answer.status < 300
        name = "receipt sent" if sent else "receipt stays"
        note_sent(actor, row=row, sent=sent)
        counts[name] = counts.get(name, 0) + 1
    return counts


@action("channel_message.note_sent", needs=Perm.SYSTEM)
def note_sent(actor: Actor, *, row: ChannelMessage, sent: bool) -> None:
    """Put on record that a receipt was sent, or that an attempt failed."""
    row = ChannelMessage.objects.select_for_update().get(id=row.id)
    row.receipt_tries += 1
    row.receipt_sent_at = time.now() if sent else None
    row.save(update_fields=["receipt_tries", "receipt_sent_at"])
