"""AS2 messages: built for a partner, opened from one, with the digest both sides compare (MIC).

A file always travels as binary: under a text type some products change its line ends, and what is
compared later are bytes. Nothing is compressed on the way out; products disagree on its digest.

Source: RFC 4130 sections 5 to 7 (the algorithm of the digest: 7.3.1); RFC 6362 (file names).
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import format_datetime

from cryptography import x509

from followup.core import clock
from pv.adapters.as2 import mime, signatures
from pv.adapters.as2.signatures import NotSigned, OwnKey

DIGEST = "sha-256"
SIGNATURE_TYPES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
ENVELOPE_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_NAME = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Partners:
    """Both sides of a channel: names as in the headers, our keys, the partner's certificates.

    `signing` signs what leaves, `receiving` is what the file is encrypted for. `keys` and
    `certificates` are all that ever held: what was made before a change of keys still opens.
    """

    ours: str
    theirs: str
    signing: OwnKey | None
    receiving: x509.Certificate | None
    keys: Sequence[OwnKey] = ()
    certificates: Sequence[x509.Certificate] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """A message ready for HTTP, and the digest its receipt must repeat."""

    headers: Mapping[str, str]
    body: bytes
    mic: str


@dataclass(frozen=True, slots=True)
class Receipts:
    """How the receipt is asked for: in the same answer, or later at an address of ours."""

    later_at: str = ""

    def headers(self, ours: str) -> dict[str, str]:
        """The headers that ask for a signed receipt."""
        asked = {
            "Disposition-Notification-To": quoted(ours),
            "Disposition-Notification-Options": (
                "signed-receipt-protocol=required, pkcs7-signature; "
                f"signed-receipt-micalg=required, {DIGEST}"
            ),
        }
        return asked | ({"Receipt-Delivery-Option": self.later_at} if self.later_at else {})


def part(name: str, content: bytes) -> bytes:
    """The part that is signed: its bytes depend on nothing but name and content."""
    safe = _NAME.sub("_", name)
    headers = {
        "Content-Type": f'application/octet-stream; name="{safe}"',
        "Content-Disposition": f'attachment; filename="{safe}"',
        "Content-Transfer-Encoding": "binary",
    }
    return mime.entity(headers, content)


def mic(data: bytes, digest: str = DIGEST) -> str:
    """The digest of a part as a receipt writes it, base64."""
    return base64.b64encode(hashlib.new(signatures.digest_name(digest), data).digest()).decode()


def build(
    partners: Partners,
    *,
    name: str,
    content: bytes,
    message_id: str,
    receipts: Receipts,
    extra: Mapping[str, str],
) -> Built:
    """A file signed and encrypted under the identifier that all its tries share.

    `extra` are the outermost headers a gateway asks for. ValueError when a key or a certificate is
    missing or cannot encrypt.
    """
    if partners.signing is None or partners.receiving is None:
        raise ValueError("the channel has no valid key of ours, or no valid certificate of theirs")
    signed = part(name, content)
    body = signatures.encrypt(
        _signed_entity(signed, partners.signing, message_id), partners.receiving
    )
    headers = {
        "MIME-Version": "1.0",
        "AS2-Version": "1.1",
        "AS2-From": quoted(partners.ours),
        "AS2-To": quoted(partners.theirs),
        "Message-ID": f"<{message_id}>",
        "Date": format_datetime(clock.now()),
        "Subject": _NAME.sub("_", name),
        **receipts.headers(partners.ours),
        **extra,
        "Content-Type": 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
        "Content-Transfer-Encoding": "binary",
        "Content-Disposition": 'attachment; filename="smime.p7m"',
    }
    return Built(headers, body, mic(signed))


def _signed_entity(data: bytes, own: OwnKey, message_id: str) -> bytes:
    kind, body = signed_body(data, own, message_id)
    return mime.entity({"Content-Type": kind}, body)


def signed_body(data: bytes, own: OwnKey, salt: str) -> tuple[str, bytes]:
    """A part and the signature over it as multipart/signed: its type and its body.

    The boundary follows from what is in it, so that a second try makes the same frame.
    """
    signature = mime.entity(
        {
            "Content-Type": 'application/pkcs7-signature; name="smime.p7s"',
            "Content-Transfer-Encoding": "base64",
            "Content-Disposition": 'attachment; filename="smime.p7s"',
        },
        base64.encodebytes(signatures.sign(data, own)).replace(b"\n", b"\r\n").rstrip(b"\r\n"),
    )
    boundary = hashlib.sha256(salt.encode() + hashlib.sha256(data).digest()).hexdigest()[:40]
    kind = f'multipart/signed; protocol="application/pkcs7-signature"; micalg={DIGEST}'
    return mime.multipart(kind, boundary, (data, signature))


def quoted(name: str) -> str:
    """An AS2 name as a header carries it: in quotes when it has a space."""
    return f'"{name}"' if " " in name else name


def unquoted(text: str) -> str:
    """An AS2 name without its quotes; names are compared with their case.

    Some products quote a quoted name again (findings/pyas2lib_quoted_name.sh); no name of a channel
    has a quote of its own.
    """
    text = text.strip()
    while len(text) > 1 and text[0] == text[-1] == '"':
        text = re.sub(r'\\(["\\])', r"\1", text[1:-1]).strip()
    return text


@dataclass(frozen=True, slots=True)
class Opened:
    """What a message holds: the file, its name as sent, the digest, who signed, what to mind.

    The digest is by the algorithm of the sender's signature, in the sender's spelling (`digest`).
    """

    content: bytes
    file_name: str
    mic: str
    digest: str
    signer: x509.Certificate | None
    encrypted: bool


def open_message(
    headers: Mapping[str, str], body: bytes, partners: Partners, *, most: int
) -> Opened:
    """The file of a message; Malformed, NotDecrypted or NotSigned when it cannot be had.

    `most` bounds what compressed data may become. A signed receipt opens the same way.
    """
    entity = mime.Entity(mime.unfolded(headers), body)
    encrypted, signer, code, digest = False, None, "", DIGEST
    for _ in range(5):  # enveloped, compressed, signed, compressed, content
        if entity.kind in ENVELOPE_TYPES:
            kind = entity.parameter("smime-type").lower()
            if kind == "compressed-data":
                entity = mime.read(signatures.decompress(entity.content(), most))
            else:
                data = signatures.decrypt(entity.content(), partners.keys)
                entity, encrypted = mime.read(data), True
                code = code or mic(data)
        elif entity.kind == "multipart/signed" and signer is None:
            signed, signer, digest = _verified(entity, partners)
            entity, code = mime.read(signed), mic(signed, digest)
        else:
            break
    name = entity.headers.get_filename() or entity.parameter("name")
    content = entity.content()
    return Opened(content, name, code or mic(content), digest, signer, encrypted)


def _verified(entity: mime.Entity, partners: Partners) -> tuple[bytes, x509.Certificate, str]:
    pieces = mime.parts(entity)
    if len(pieces) != 2:
        raise NotSigned("a signed message has two parts")
    signature = mime.read(pieces[1])
    if signature.kind not in SIGNATURE_TYPES:
        raise NotSigned("the second part is no signature")
    signer, digest = signatures.verify(pieces[0], signature.content(), partners.certificates)
    return pieces[0], signer, _spelled(digest, entity.parameter("micalg"))


def _spelled(digest: str, said: str) -> str:
    """The name of a digest as the sender wrote it, where it wrote the one it signed with."""
    with suppress(ValueError):
        if signatures.digest_name(said) == digest:
            return said.strip('"')
    return f"sha-{digest.removeprefix('sha')}"
