"""Enveloped data opened with a key of ours, under the algorithms partners send.

AES with 128 and 256 bits is cryptography's own; Triple DES, which RFC 4130 made the common ground
and old products still choose, AES with 192 bits and RSA-OAEP are opened here. We send none of them.

Source: RFC 5652 section 6; RFC 3370 sections 4.2.1 and 5.1; RFC 3560; RFC 8017 section 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der

from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from asn1crypto import cms
else:
    cms = lazy("asn1crypto.cms")

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,  # the default of OAEP
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_CIPHERS = {"tripledes": TripleDES, "aes": algorithms.AES}


def opened(data: bytes, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> bytes:
    """What the key opens; ValueError when it opens nothing, or in a way that is not known."""
    try:
        return pkcs7_decrypt_der(data, certificate, key, [])
    except UnsupportedAlgorithm:
        return _otherwise(data, certificate, key)


def _otherwise(data: bytes, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> bytes:
    try:
        envelope = cms.ContentInfo.load(data, strict=False)["content"]
        content = envelope["encrypted_content_info"]
        secret = _secret(envelope["recipient_infos"], certificate, key)
        cipher = content["content_encryption_algorithm"]
        if cipher.encryption_mode != "cbc" or cipher.encryption_cipher not in _CIPHERS:
            raise ValueError("the cipher is not known")
        algorithm = _CIPHERS[cipher.encryption_cipher](secret)
        decryptor = Cipher(algorithm, modes.CBC(cipher.encryption_iv)).decryptor()
        padded = decryptor.update(content["encrypted_content"].native) + decryptor.finalize()
        unpadder = PKCS7(algorithm.block_size).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("nothing this key opens") from error


def _secret(
    recipients: cms.RecipientInfos, certificate: x509.Certificate, key: rsa.RSAPrivateKey
) -> bytes:
    """The key of the content, from the entry made for our certificate."""
    for recipient in recipients:
        if recipient.name != "ktri":
            continue
        entry = recipient.chosen
        who = entry["rid"].chosen
        if entry["rid"].name != "issuer_and_serial_number":
            continue
        if who["serial_number"].native != certificate.serial_number:
            continue
        return key.decrypt(
            entry["encrypted_key"].native, _padding(entry["key_encryption_algorithm"])
        )
    raise ValueError("it is not for this certificate")


def _padding(algorithm: cms.KeyEncryptionAlgorithm) -> padding.AsymmetricPadding:
    name = algorithm["algorithm"].native
    if name in ("rsaes_pkcs1v15", "rsa"):
        return padding.PKCS1v15()
    if name != "rsaes_oaep":
        raise ValueError("the way the key is encrypted is not known")
    said = algorithm["parameters"]
    digest = _HASHES[said["hash_algorithm"]["algorithm"].native]
    mask = _HASHES[said["mask_gen_algorithm"]["parameters"]["algorithm"].native]
    return padding.OAEP(padding.MGF1(mask()), digest(), None)
