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


class Unreadable(Exception):
    """A value whose key is unknown, that was moved to another row, or was altered."""


def associated_data(table: str, column: str, row: object, site: object) -> bytes:
    """Associated data: a value only opens in the table, column, row and site it was made for."""
    return f"{table}|{column}|{row}|{site}".encode()


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    """One cipher per key: making it costs more than opening a name with it."""
    return AESGCM(key)


def encrypt(text: str, associated: bytes) -> str:
    """AES-256-GCM under the newest key; `v1.<key id>.<base64 nonce + ciphertext + tag>`."""
    key_id, key = next(iter(settings.IDENTITY_KEYS.items()))
    nonce = os.urandom(12)
    sealed = nonce + _cipher(key).encrypt(nonce, text.encode(), associated)
    return f"{VERSION}.{key_id}.{base64.b64encode(sealed).decode()}"


def is_newest(value: str) -> bool:
    """Whether a sealed value needs no other key than the newest; an empty one needs none."""
    return not value or value.split(".", 2)[1] == next(iter(settings.IDENTITY_KEYS))


def decrypt(value: str, associated: bytes) -> str:
    """The text of a sealed value; Unreadable when anything does not fit."""
    try:
        version, key_id, text = value.split(".", 2)
        raw = base64.b64decode(text, validate=True)
        key = settings.IDENTITY_KEYS[key_id]
        if version != VERSION:
            raise Unreadable(f"unknown version {version}")
        return _cipher(key).decrypt(raw[:12], raw[12:], associated).decode()
    except (ValueError, KeyError, InvalidTag) as error:
        raise Unreadable("a protected value cannot be read") from error


def encrypt_bytes(content: bytes, associated: bytes) -> str:
    """A file under the newest key, as `seal` does a text."""
    return encrypt(base64.b64encode(content).decode(), associated)


def decrypt_bytes(value: str, associated: bytes) -> bytes:
    """The bytes of a sealed file; Unreadable when anything does not fit."""
    return base64.b64decode(decrypt(value, associated))


def blind_index(text: str, purpose: str) -> bytes:
    """Keyed index of a value for exact search: HMAC-SHA-256 cut to 128 bits, per purpose."""
    key = hashlib.sha256(settings.BLIND_INDEX_KEY + b"|" + purpose.encode()).digest()
    normal = unicodedata.normalize("NFKC", text).strip().casefold()
    return hmac.new(key, normal.encode(), hashlib.sha256).digest()[:16]


def blind_indexes(texts: Iterable[str], purpose: str) -> list[bytes]:
    """Blind indexes of several tokens, sorted so that equal sets are equal values."""
    return sorted({blind_index(text, purpose) for text in texts})
