"""CMS of AS2: signed, encrypted and read with the keys of both sides.

Expiry is said, never decided here: a receipt that proves arrival counts even when the certificate
ended meanwhile.

Source: RFC 5652 sections 5 and 6; RFC 5751 section 3.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
    PKCS7SignatureBuilder,
)

from followup.lazy_modules import lazy
from pv.adapters.as2 import envelopes

if TYPE_CHECKING:
    from asn1crypto import cms
else:
    cms = lazy("asn1crypto.cms")

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,  # old partners answer with it; we never sign with it
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


class NotSigned(ValueError):
    """A signature that none of the partner's certificates made over these bytes."""


class NotDecrypted(ValueError):
    """Bytes that none of our keys opens."""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A private key of ours with its certificate."""

    certificate: x509.Certificate
    key: PrivateKey


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of a certificate in hex, as both sides compare it by telephone."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def digest_name(text: str) -> str:
    """`SHA-256`, `sha256` and `Sha-256` are one; ValueError for a digest not known."""
    name = text.strip().strip('"').lower().replace("-", "").replace("_", "")
    if name not in _HASHES:
        raise ValueError(f"digest {text[:20]} is not known")
    return name


def sign(data: bytes, own: OwnKey) -> bytes:
    """A detached signature over exactly these bytes, DER, SHA-256."""
    builder = PKCS7SignatureBuilder().set_data(data)
    builder = builder.add_signer(own.certificate, own.key, hashes.SHA256())
    return builder.sign(Encoding.DER, [PKCS7Options.Binary, PKCS7Options.DetachedSignature])


def encrypt(data: bytes, receiver: x509.Certificate) -> bytes:
    """Enveloped data for one certificate, AES-256-CBC, DER; ValueError unless its key is RSA."""
    if not isinstance(receiver.public_key(), rsa.RSAPublicKey):
        raise ValueError("a certificate with an RSA key is needed to encrypt")
    builder = PKCS7EnvelopeBuilder().set_data(data).set_content_encryption_algorithm(AES256)
    return builder.add_recipient(receiver).encrypt(Encoding.DER, [PKCS7Options.Binary])


def decrypt(data: bytes, keys: Iterable[OwnKey]) -> bytes:
    """What one of our keys opens; NotDecrypted when none does."""
    for own in keys:
        if not isinstance(own.key, rsa.RSAPrivateKey):
            continue
        try:
            return envelopes.opened(data, own.certificate, own.key)
        except ValueError:
            continue
    raise NotDecrypted("none of our keys opens the message")


def verify(
    data: bytes, signature: bytes, certificates: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, str]:
    """The certificate whose key signed exactly these bytes, and its digest; else NotSigned."""
    try:
        signers = list(cms.ContentInfo.load(signature, strict=False)["content"]["signer_infos"])
        for signer in signers:
            for certificate in certificates:
                if digest := _signed_by(data, signer, certificate):
                    return certificate, digest
    except (ValueError, KeyError, TypeError) as error:
        raise NotSigned("the signature cannot be read") from error
    raise NotSigned("the signature is none of the partner's over these bytes")


def _signed_by(data: bytes, signer: cms.SignerInfo, certificate: x509.Certificate) -> str:
    """The name of the digest it signed with; empty when it did not."""
    digest = digest_name(signer["digest_algorithm"]["algorithm"].native)
    attributes = signer["signed_attrs"]
    if len(attributes):
        values = {one["type"].native: one["values"] for one in attributes}
        said = values["message_digest"][0].native
        if not hmac.compare_digest(said, hashlib.new(digest, data).digest()):
            return ""
        data = b"\x31" + attributes.dump()[1:]  # signed as SET OF, not under its context tag
    return digest if _fits(certificate, signer["signature"].native, data, digest, signer) else ""


def _fits(
    certificate: x509.Certificate,
    value: bytes,
    data: bytes,
    digest: str,
    signer: cms.SignerInfo,
) -> bool:
    key = certificate.public_key()
    algorithm = _HASHES[digest]()
    scheme = signer["signature_algorithm"].signature_algo
    try:
        if isinstance(key, rsa.RSAPublicKey):
            pad: padding.AsymmetricPadding = padding.PKCS1v15()
            if scheme == "rsassa_pss":
                pad = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
            key.verify(value, data, pad, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, data, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def decompress(data: bytes, most: int) -> bytes:
    """The content of compressed data (RFC 3274), at most `most` bytes; ValueError otherwise."""
    try:
        info = cms.ContentInfo.load(data, strict=False)
        if info["content_type"].native != "compressed_data":
            raise ValueError(info["content_type"].native)
        packed = info["content"]["encap_content_info"]["content"].native
        content = zlib.decompressobj().decompress(packed, most + 1)
    except (ValueError, TypeError, zlib.error) as error:
        raise ValueError("this is no compressed data") from error
    if len(content) > most:
        raise ValueError("too large when it is unpacked")
    return content
