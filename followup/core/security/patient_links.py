"""Links on paper that a patient opens without an account: a key and its signature, nothing else.

A forged one is told from a real one without asking the database. The signature is HMAC-SHA-256
under the key of the installation, cut to 128 bits; whether it is still open is in its row.
"""

import base64
import binascii
import hmac
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

_SALT = "everwatch.patient-link"
_BYTES = 16


def token_of(key: UUID) -> str:
    """The signed text of a key, 43 letters that fit into an address."""
    return base64.urlsafe_b64encode(key.bytes + _mac(key)).rstrip(b"=").decode()


def address_of(key: UUID) -> str:
    """The whole address a patient opens, as it is printed."""
    return str(settings.PUBLIC_URL + reverse("patient-answer", args=[token_of(key)]))


def key_of(token: str) -> UUID | None:
    """The key of a token we signed; None for anything else, another spelling of it too."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 2 * _BYTES:
        return None
    key = UUID(bytes=raw[:_BYTES])
    same = hmac.compare_digest(token_of(key).encode(), token.encode())
    return key if same else None


def _mac(key: UUID) -> bytes:
    return salted_hmac(_SALT, key.hex, algorithm="sha256").digest()[:_BYTES]
