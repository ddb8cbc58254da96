"""Time-ordered public identifiers (UUID version 7, RFC 9562)."""

import secrets
import time
from threading import Lock
from uuid import UUID

_TICKS = 4096  # a millisecond in 12 bits, RFC 9562 section 6.2 method 3
_BACK = 1000 * _TICKS  # a clock set back by up to a second does not set the order back
_lock = Lock()
_last = 0


def _now() -> int:
    """Milliseconds and their 4096ths, each call after the one before in this process."""
    global _last
    with _lock:
        ticks = time.time_ns() * _TICKS // 1_000_000
        if 0 <= _last - ticks < _BACK:
            ticks = _last + 1
        _last = ticks
        return ticks


def uuid7() -> UUID:
    """60 bits of time, then random: opaque to a reader, kind to a B-tree.

    Two made one after the other in a process have that order, so rows written at one moment
    keep the order in which they were written.
    """
    milliseconds, fraction = divmod(_now(), _TICKS)
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | secrets.randbits(62)
    return UUID(int=value)


def read_uuid(text: str) -> UUID | None:
    """An identifier as an address or a form gave it; None for a text that is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
