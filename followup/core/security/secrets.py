"""Encryption of identity values and the keyed blind indexes that make them searchable."""

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = "v1"
OWN = "v2"  # under a key of the row's own: destroying that key makes every copy unreadable


class Unreadable(Exception):
    """A value whose key is unknown, that was moved to another row, or was altered."""


def associated_data(table: str, column: str, row: object, site: object) -> bytes:
    """Associated data: a value only opens in the table, column, row and site it was made for."""
    return f"{table}|{column}|{row}|{site}".encode()


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    """One cipher per key: several values of one owner follow each other."""
    return AESGCM(key)


def new_key() -> bytes:
    """A random key of 256 bits for the values of one person or file."""
    return AESGCM.generate_key(256)


def encrypt(text: str, associated: bytes, own: bytes | None = None) -> str:
    """AES-256-GCM; `v1.<key id>.<base64 nonce + ciphertext + tag>` under the newest key.

    With a key of its owner's `own`: `v2.own.<base64 ...>`.
    """
    version, (key_id, key) = VERSION, next(iter(settings.IDENTITY_KEYS.items()))
    if own is not None:
        version, key_id, key = OWN, "own", own
    nonce = os.urandom(12)
    sealed = nonce + _cipher(key).encrypt(nonce, text.encode(), associated)
    return f"{version}.{key_id}.{base64.b64encode(sealed).decode()}"


def is_newest(value: str) -> bool:
    """Whether a sealed value needs no other key than the newest; an empty one needs none."""
    return not value or value.split(".", 2)[1] == next(iter(settings.IDENTITY_KEYS))


def under_newest() -> str:
    """How every value under the newest key begins."""
    return f"{VERSION}.{next(iter(settings.IDENTITY_KEYS))}."


def is_own(value: str) -> bool:
    """Whether a value is sealed under a key of its owner's; an empty one needs none."""
    return not value or value.startswith(f"{OWN}.")


def decrypt(value: str, associated: bytes, own: bytes | None = None) -> str:
    """The text of a sealed value; Unreadable when anything does not fit, the key destroyed too."""
    try:
        version, key_id, text = value.split(".", 2)
        raw = base64.b64decode(text, validate=True)
        if version == VERSION:
            if key_id not in settings.IDENTITY_KEYS:
                raise Unreadable(f"the key {key_id!r} is not in IDENTITY_KEYS")
            key = settings.IDENTITY_KEYS[key_id]
        elif version != OWN:
            raise Unreadable(f"unknown version {version}")
        elif own is None:
            raise Unreadable("the key of a protected value is destroyed")
        else:
            key = own
        return _cipher(key).decrypt(raw[:12], raw[12:], associated).decode()
    except (ValueError, InvalidTag) as error:
        raise Unreadable("it was altered, or belongs to another row") from error


def encrypt_bytes(content: bytes, associated: bytes, own: bytes | None = None) -> str:
    """A file, as `encrypt` does a text."""
    return encrypt(base64.b64encode(content).decode(), associated, own)


def decrypt_bytes(value: str, associated: bytes, own: bytes | None = None) -> bytes:
    """The bytes of a sealed file; Unreadable when anything does not fit."""
    return base64.b64decode(decrypt(value, associated, own))


def blind_index(text: str, purpose: str) -> bytes:
    """Keyed index of a value for exact search: HMAC-SHA-256 cut to 128 bits, per purpose."""
    key = hashlib.sha256(settings.BLIND_INDEX_KEY + b"|" + purpose.encode()).digest()
    normal = unicodedata.normalize("NFKC", text).strip().casefold()
    return hmac.new(key, normal.encode(), hashlib.sha256).digest()[:16]


def blind_indexes(texts: Iterable[str], purpose: str) -> list[bytes]:
    """Blind indexes of several tokens, sorted so that equal sets are equal values."""
    return sorted({blind_index(text, purpose) for text in texts})


def mark(text: str, own: bytes) -> str:
    """A keyed mark of a value that only its owner's key makes again."""
    return hmac.new(own, text.encode(), hashlib.sha256).hexdigest()[:32]
