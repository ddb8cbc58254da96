"""RFC 3161: the question to a time-stamp service, and what of its answer we check ourselves.

Whether the signature holds is asked of `openssl ts -verify` with the service's certificate, which
an auditor does without us; `docs/operations.md` gives the line.
"""

import hashlib
import secrets

from followup.core.outgoing import transport

_SHA256 = bytes.fromhex("300d06096086480165030402010500")
PATIENCE = 10  # seconds


class Unstamped(Exception):
    """No usable answer; the text says why."""


def _der(tag: int, body: bytes) -> bytes:
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + body


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def question(digest: bytes, nonce: int) -> bytes:
    """The request for a stamp on a SHA-256, with the certificate in the answer."""
    imprint = _der(0x30, _SHA256 + _der(0x04, digest))
    return _der(0x30, _integer(1) + imprint + _integer(nonce) + b"\x01\x01\xff")


def check(answer: bytes, digest: bytes, nonce: int) -> None:
    """Unstamped unless it grants a stamp on this digest for this question."""
    place = _skip_head(answer, 0x30)
    inside = _skip_head(answer[place:], 0x30) + place
    if answer[inside : inside + 2] != b"\x02\x01" or answer[inside + 2] not in (0, 1):
        raise Unstamped("the service did not grant a time stamp")
    if _SHA256 + _der(0x04, digest) not in answer:
        raise Unstamped("the time stamp is for other data")
    if _integer(nonce) not in answer:
        raise Unstamped("the time stamp answers another question")


def _skip_head(data: bytes, tag: int) -> int:
    if len(data) < 2 or data[0] != tag:
        raise Unstamped("the answer is no time stamp")
    return 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)


def stamp(address: str, chain: bytes) -> bytes:
    """The service's answer for a chain hash, as it came; Unstamped on any trouble.

    What is stamped is the SHA-256 of the 32 bytes of the chain, so that `openssl ts` can hash the
    same file.
    """
    digest, nonce = hashlib.sha256(chain).digest(), secrets.randbits(63)
    try:
        answer = transport.stamp(address, question(digest, nonce), seconds=PATIENCE)
    except OSError as error:
        raise Unstamped(f"no answer: {error}") from error
    check(answer, digest, nonce)
    return answer
