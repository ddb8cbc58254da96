"""What a partner sends by AS2: receipts for our files, and files, each answered by a receipt.

A file is kept before it is answered, and worked afterwards: what breaks later loses nothing, and a
partner that saw no answer sends it again and gets the same receipt. What is refused is kept as it
came, so that it can be read once a key or a certificate is mended.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.identifiers import uuid7
from followup.core.outgoing import transport
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.core.security import secrets
from pv.actions import acknowledgements, channel_message_contents, channel_receipts, sendings
from pv.adapters.as2 import carrier, messages, mime, receipts, signatures
from pv.adapters.as2.messages import Opened, Partners
from pv.adapters.as2.receipts import Answer, Receipt
from pv.models import (
    Channel,
    ChannelMessage,
    ChannelMessageContent,
    InboundFile,
    Transmission,
)
from pv.queries import channel_certificates as queries

MOST_BYTES = acknowledgements.MOST_BYTES + 5_000_000  # signature, envelope and base64 beside it
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
    try:
        _note_receipt(actor, channel, receipt, headers, body)
    except Refused as refused:
        if queries.message(channel, _number(headers), hashlib.sha256(body).hexdigest()) is None:
            problem = refused.code or "unexpected-processing-error"
            keep_receipt(actor, channel=channel, headers=headers, body=body, problem=problem)
        raise
    return None


def _number(headers: Mapping[str, str]) -> str:
    """The identifier a partner gave a message; empty without one."""
    return str(mime.unfolded(headers).get("Message-ID", "")).strip().strip("<>")[:255]


def _note_receipt(
    actor: Actor, channel: Channel, receipt: Receipt, headers: Mapping[str, str], body: bytes
) -> None:
    """A receipt that comes later belongs to the sending its identifier names, by this channel.

    No connection of ours vouches for it: unsigned, anybody could have sent it, and nothing moves.
    """
    if receipt.signer is None:
        text = _("No certificate of the receiver signed this receipt: it proves nothing.")
        raise Refused(text, code="receipt-not-signed")
    stranger = Refused(_("The receipt names no message of ours."), code="receipt-not-ours")
    try:
        sending_id = UUID(receipt.message_id.partition("@")[0])
    except ValueError:
        raise stranger from None
    rows = Transmission.objects.filter(id=sending_id, channel=channel)
    sending = rows.select_related("submission").first()
    if sending is None or sending.message_id != receipt.message_id:
        raise stranger
    file = sending.submission
    mic = messages.mic(messages.part(file.file_name, bytes(file.content)))
    ending = carrier.ending(receipt, headers, body, message_id=sending.message_id, content_mic=mic)
    sendings.note_receipt(actor, sending=sending, ending=ending)


def _take(
    actor: Actor, channel: Channel, partners: Partners, headers: Mapping[str, str], body: bytes
) -> Answer | None:
    """Keep a message that was not here before; its receipt, None while that goes out later.

    One that was refused and comes again is opened again: a certificate may have been mended.
    """
    sha256 = hashlib.sha256(body).hexdigest()
    row = queries.message(channel, _number(headers), sha256)
    if row is None or row.file_id is None:
        opened, problem = _opened(partners, headers, body)
        if row is None or opened is not None:
            row = keep(
                actor,
                row=row
                or ChannelMessage(
                    channel=channel,
                    message_id=_number(headers),
                    sha256=sha256,
                    received_at=time.now(),
                ),
                partners=partners,
                headers=headers,
                body=body,
                opened=opened,
                problem=problem,
            )
    if row.receipt_to and row.receipt_tries < channel_receipts.MOST_TRIES:
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
    fits = 0 < len(opened.content) <= acknowledgements.MOST_BYTES
    if not fits or not _number(headers):
        return None, "unexpected-processing-error"
    return opened, ""


@action("channel_message.keep", needs=Perm.SYSTEM)
def keep(
    actor: Actor,
    *,
    row: ChannelMessage,
    partners: Partners,
    headers: Mapping[str, str],
    body: bytes,
    opened: Opened | None,
    problem: str,
) -> ChannelMessage:
    """Keep the file of a message and its receipt, signed and sent later as the partner asked.

    What was refused is kept as it came; a row that was refused before gets its file.
    """
    if not row._state.adding:
        row = ChannelMessage.objects.select_for_update(of=("self",)).get(id=row.id)
        return row if row.file_id else _settle(actor, row, partners, headers, opened, problem)
    _settle(actor, row, partners, headers, opened, problem)
    if row.file is None:
        channel_message_contents.keep(actor, row, headers, body)
    return row


@part
def _settle(
    actor: Actor,
    row: ChannelMessage,
    partners: Partners,
    headers: Mapping[str, str],
    opened: Opened | None,
    problem: str,
) -> ChannelMessage:
    other = ChannelMessage.objects.filter(channel=row.channel, message_id=row.message_id)
    if opened is not None and other.filter(file__isnull=False).exists():
        opened, problem = None, "unexpected-processing-error"  # one identifier, two contents
    if opened is not None:
        name = opened.file_name or f"{row.message_id}.xml"
        row.file = acknowledgements.store(
            actor, data=opened.content, file_name=name, door=InboundFile.Door.AS2
        )
    read = mime.unfolded(headers)
    row.disposition = receipts.PROCESSED if opened is not None else f"{_REFUSED}{problem}"
    answer = receipts.answer(
        partners,
        message_id=row.message_id,
        own_id=f"{uuid7()}@everwatch",
        disposition=row.disposition,
        mic=opened.mic if opened else "",
        digest=opened.digest if opened else messages.DIGEST,
        text="The message was received." if opened else f"The message was refused: {problem}.",
        sign="signed-receipt-protocol" in str(read.get("Disposition-Notification-Options")),
    )
    row.receipt_headers, row.receipt = dict(answer.headers), answer.body
    row.receipt_to = _later(row.channel, str(read.get("Receipt-Delivery-Option", "")))
    row.receipt_tries, row.receipt_sent_at = 0, None
    row.save()
    return row


@action("channel_message.keep_receipt", needs=Perm.SYSTEM)
def keep_receipt(
    actor: Actor, *, channel: Channel, headers: Mapping[str, str], body: bytes, problem: str
) -> ChannelMessage:
    """Keep a receipt that proves nothing as it came, with the reason; it moves no sending."""
    row = ChannelMessage(
        channel=channel,
        message_id=_number(headers),
        sha256=hashlib.sha256(body).hexdigest(),
        received_at=time.now(),
        disposition=f"{_REFUSED}{problem}",
        receipt_headers={},
        receipt=b"",
    )
    row.save(force_insert=True)
    channel_message_contents.keep(actor, row, headers, body)
    return row


def read_again(actor: Actor, message: ChannelMessage) -> ChannelMessage:
    """Open a refused message with the keys and certificates of today; Refused while it stays shut.

    Its file is worked within a minute. The partner gets the new receipt where receipts go later,
    or when it sends the message again.
    """
    actor.require(Perm.EXCHANGE_WRITE)
    behalf = replace(actor, system=True)  # who mends certificates reads no file that came
    return _read_again(behalf, message)


@action("channel_message.read_again", needs=Perm.SYSTEM)
def _read_again(actor: Actor, message: ChannelMessage) -> ChannelMessage:
    """Open a refused message; what a person asked for, done where no person reads the file."""
    row = ChannelMessage.objects.select_for_update(of=("self",)).get(id=message.id)
    kept = ChannelMessageContent.objects.select_for_update().filter(message=row).first()
    partners = queries.partners(row.channel)
    if row.file_id is not None:
        raise Refused(_("This message was read already."))
    if kept is None or partners is None or not kept.content_sealed:
        raise Refused(_("The bytes of this message are not kept: the partner sends it again."))
    came = mime.read(secrets.decrypt_bytes(kept.content_sealed, queries.content_place(kept)))
    headers = {name: str(value) for name, value in came.headers.items()}
    opened, problem = _opened(partners, headers, came.body)
    if opened is not None:
        row = _settle(actor, row, partners, headers, opened, problem)
    if row.file_id is None:
        raise Refused(_("It still cannot be read."))
    kept.read_at, kept.read_by_id = time.now(), actor.id
    kept.save(update_fields=["read_at", "read_by"])
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
