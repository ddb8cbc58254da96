"""Receipts of AS2 (MDN): asked for with every message, and the only proof that it arrived.

A receipt proves arrival when a certificate of the partner signed it, it names our message, repeats
its digest and says `processed` without an error. Everything else is kept and proves nothing.

Source: RFC 4130 section 7; RFC 8098 section 3.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.utils import format_datetime

from cryptography import x509

from followup.core import clock
from pv.adapters.as2 import messages, mime, signatures
from pv.adapters.as2.messages import Partners
from pv.domain.e2b.sendings import Ending, Result

NOTIFICATION = "message/disposition-notification"
REPORT = "multipart/report"
PROCESSED = "automatic-action/MDN-sent-automatically; processed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says; `signer` is None for one that nobody signed."""

    message_id: str
    disposition: str
    mic: str
    text: str
    signer: x509.Certificate | None


def read(headers: Mapping[str, str], body: bytes, partners: Partners) -> Receipt:
    """A receipt; Malformed when it is none. A signature that does not hold makes it unsigned."""
    entity, signer = mime.Entity(mime.unfolded(headers), body), None
    if entity.kind in messages.ENVELOPE_TYPES:
        entity = mime.read(signatures.decrypt(entity.content(), partners.keys))
    if entity.kind == "multipart/signed":
        pieces = mime.parts(entity)
        if len(pieces) != 2:
            raise mime.Malformed("a signed receipt has two parts")
        try:
            signature = mime.read(pieces[1]).content()
            signer, _digest = signatures.verify(pieces[0], signature, partners.certificates)
        except (signatures.NotSigned, mime.Malformed):
            signer = None
        entity = mime.read(pieces[0])
    return _of(entity, signer)


def _of(entity: mime.Entity, signer: x509.Certificate | None) -> Receipt:
    text, fields = "", None
    for piece in mime.parts(entity):
        part = mime.read(piece)
        if part.kind == NOTIFICATION:
            fields = BytesHeaderParser().parsebytes(part.content().strip() + b"\r\n\r\n")
        elif part.kind == "text/plain" and not text:
            text = part.content().decode("utf-8", "replace").strip()
    if fields is None:
        raise mime.Malformed("no disposition notification")

    def value(name: str) -> str:
        return " ".join(str(fields.get(name, "")).split())

    return Receipt(
        message_id=value("Original-Message-ID").strip("<>"),
        disposition=value("Disposition"),
        mic=value("Received-Content-MIC"),
        text=text[:1000],
        signer=signer,
    )


def ending(receipt: Receipt, *, message_id: str, content_mic: str) -> Ending:
    """What a receipt says of a message of ours; the digest is compared under either spelling."""
    said = receipt.disposition
    details = {"disposition": said[:200], "mic": receipt.mic[:200], "signed": bool(receipt.signer)}
    if receipt.signer is not None:
        details["signer"] = signatures.fingerprint(receipt.signer)
        ended = receipt.signer.not_valid_after_utc < clock.now()
        details["certificate_ended"] = ended  # said, and no reason to doubt the proof
    if receipt.message_id != message_id:
        return Ending(Result.UNPROVEN, "the receipt names another message", details)
    _, _, outcome = said.partition(";")
    word, _, modifier = outcome.strip().lower().partition("/")
    if word.strip() != "processed" or modifier.strip().startswith(("error", "failure")):
        return Ending(Result.REFUSED, f"{said} {receipt.text}".strip()[:500], details)
    if receipt.signer is None:
        return Ending(Result.UNPROVEN, "no certificate of the receiver signed it", details)
    if not _same(receipt.mic, content_mic):
        text = "the digest is missing" if not receipt.mic else "the digest is of other bytes"
        return Ending(Result.UNPROVEN, f"{text}: {said}"[:500], details)
    return Ending(Result.RECEIPT, modifier.strip()[:500], details)


def _same(said: str, ours: str) -> bool:
    """The partner answers with SHA-256 as asked; another digest proves nothing we can compare."""
    value, _, digest = said.partition(",")
    try:
        fits = signatures.digest_name(digest) == signatures.digest_name(messages.DIGEST)
        raw = base64.b64decode(value.strip(), validate=True)
    except (ValueError, binascii.Error):
        return False
    return fits and hmac.compare_digest(raw, base64.b64decode(ours))


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt of ours, ready to be an HTTP answer or a message of its own."""

    headers: Mapping[str, str]
    body: bytes


def answer(
    partners: Partners,
    *,
    message_id: str,
    own_id: str,
    disposition: str,
    mic: str,
    text: str,
    sign: bool,
    digest: str = messages.DIGEST,
) -> Answer:
    """Our receipt for a message of the partner; signed where it was asked for and we have a key.

    `digest` is the algorithm of `mic`, the one the sender signed with.
    """
    lines = [
        "Reporting-UA: Everwatch",
        f"Original-Recipient: rfc822; {messages.quoted(partners.ours)}",
        f"Final-Recipient: rfc822; {messages.quoted(partners.ours)}",
        f"Original-Message-ID: <{message_id}>",
        f"Disposition: {disposition}",
        *([f"Received-Content-MIC: {mic}, {digest}"] if mic else []),
    ]
    plain = mime.entity({"Content-Type": "text/plain; charset=us-ascii"}, text.encode("ascii"))
    fields = mime.entity({"Content-Type": NOTIFICATION}, "\r\n".join(lines).encode() + b"\r\n")
    boundary = f"report-{own_id.partition('@')[0]}"
    kind = f"{REPORT}; report-type=disposition-notification"
    kind, body = mime.multipart(kind, boundary, (plain, fields))
    if sign and partners.signing is not None:
        report = mime.entity({"Content-Type": kind}, body)
        kind, body = messages.signed_body(report, partners.signing, own_id)
    headers = {
        "MIME-Version": "1.0",
        "AS2-Version": "1.1",
        "AS2-From": messages.quoted(partners.ours),
        "AS2-To": messages.quoted(partners.theirs),
        "Message-ID": f"<{own_id}>",
        "Date": format_datetime(clock.now()),
        "Content-Type": kind,
    }
    return Answer(headers, body)
