"""One-time codes (RFC 6238) by `cryptography`, their QR code by `segno`, and recovery codes."""

import base64
import binascii
import hmac
import secrets as random
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from followup.core.barcodes import Symbol
from followup.core.security.secrets import blind_index
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    import segno
else:
    segno = lazy("segno")

# What every authenticator app reads without being told (RFC 4226 section 4, RFC 6238 section 4).
DIGITS, STEP_SECONDS, KEY_BYTES = 6, 30, 20
QUIET = 4  # modules of white around a QR code (ISO/IEC 18004)
RECOVERY_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none is taken for another on paper


def typed(code: str) -> str:
    """A code as it is compared: half-width capitals, without blanks and dashes between groups.

    A Chinese input method writes full-width digits (U+FF10 to U+FF19) and dashes.
    """
    normal = unicodedata.normalize("NFKC", code).upper()
    return "".join(c for c in normal if c.isalnum())


def grouped(code: str, size: int = 4) -> str:
    """A code in groups, as it is printed."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def new_key() -> str:
    """A new shared key, in base 32 as an app takes it by hand."""
    return base64.b32encode(random.token_bytes(KEY_BYTES)).decode()


def _generator(key: str) -> TOTP:
    return TOTP(base64.b32decode(key), DIGITS, SHA1(), STEP_SECONDS)


def code_at(key: str, seconds: float) -> str:
    """The code an app shows at a moment (seconds since 1970)."""
    return _generator(key).generate(int(seconds)).decode()


def matching_step(key: str, code: str, seconds: float, *, after: int, drift: int) -> int | None:
    """The step whose code was typed, at most `drift` steps off; None when there is none.

    Steps up to `after` were used: a code seen over a shoulder opens nothing a second time.
    """
    entered, now = typed(code), int(seconds) // STEP_SECONDS
    for step in range(now - drift, now + drift + 1):
        expected = code_at(key, step * STEP_SECONDS)
        if hmac.compare_digest(expected.encode(), entered.encode()) and step > after:
            return step
    return None


def address(key: str, account: str) -> str:
    """The `otpauth://` address an app reads from the QR code."""
    return _generator(key).get_provisioning_uri(account, "Everwatch")


def by_hand(key: str) -> str:
    """The key in groups, for whoever cannot scan."""
    return grouped(key).replace("-", " ")


def is_key(key: str) -> bool:
    """Whether it is a key of ours."""
    try:
        return len(base64.b32decode(key)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def qr(text: str) -> Symbol:
    """The QR code of a text, drawn here: the key goes to no other machine."""
    code = segno.make_qr(text, error="m")

    def runs() -> Iterator[str]:
        for y, row in enumerate(code.matrix_iter(border=QUIET)):
            for x, dark in enumerate(row):
                if dark:
                    yield f"M{x} {y}h1v1h-1z"

    return Symbol(int(code.symbol_size(border=QUIET)[0]), "".join(runs()))


def new_recovery_code(length: int) -> str:
    """A random code of so many letters, in groups."""
    return grouped("".join(random.choice(RECOVERY_ALPHABET) for _ in range(length)))


def recovery_digest(code: str, user: object) -> bytes:
    """What is kept of a recovery code: a keyed index, so that a stolen table gives none away."""
    return blind_index(typed(code), f"recovery|{user}")
