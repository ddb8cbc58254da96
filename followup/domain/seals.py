"""The seal over the trail: canonical text of a change, its hash, and the chain of hashes.

Canonical: one JSON object of the columns below, keys sorted by code point, no spaces, UTF-8 without
escapes, moments in UTC with six digits, identifiers as text. A number with a fraction or an
exponent is written as the text U+0000 and its digits as the database holds them (1.10 is not 1.1);
no text of PostgreSQL can hold that character, so no text can be taken for a number. Texts are
hashed as they stand, without normalisation: a changed form of a letter is a change.

The product's own rule; SHA-256 as in FIPS 180-4.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

COLUMNS = (
    "id",
    "at",
    "transaction",
    "database_user",
    "actor_id",
    "actor_name",
    "action",
    "reason",
    "request_id",
    "table_name",
    "operation",
    "row_id",
    "before",
    "after",
    "site_id",
    "product_id",
)
START = bytes(32)  # the chain before its first seal
_DOCUMENTS = (COLUMNS.index("before"), COLUMNS.index("after"))
_AT = COLUMNS.index("at")
_IDS = tuple(COLUMNS.index(name) for name in ("actor_id", "site_id", "product_id"))
_write = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
_read = json.JSONDecoder(parse_float=lambda digits: f"\0{digits}").decode


def moment(at: datetime) -> str:
    """A moment in UTC with six digits; ValueError without a time zone."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(row: Sequence[Any]) -> bytes:
    """The text of a change that is hashed; `before` and `after` come as JSON text or None."""
    values = list(row)
    values[_AT] = moment(values[_AT])
    for place in _DOCUMENTS:
        if values[place] is not None:
            values[place] = _read(values[place])
    for place in _IDS:
        if values[place] is not None:
            values[place] = str(values[place])
    return _write(dict(zip(COLUMNS, values, strict=True))).encode()


def content_of(row: Sequence[Any]) -> bytes:
    """SHA-256 of the canonical change."""
    return hashlib.sha256(canonical(row)).digest()


def link(before: bytes, seq: int, content: bytes) -> bytes:
    """The chain after a seal: over the chain before it, its number (8 bytes) and its content."""
    return hashlib.sha256(before + seq.to_bytes(8, "big") + content).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: the last number (0 without any) and the hash over all."""

    seq: int
    chain: str

    def line(self, at: datetime) -> str:
        """The line of an anchor file or mail."""
        return f"{moment(at)} {self.seq} {self.chain}"

    @property
    def text(self) -> str:
        """As printed under a report."""
        return f"{self.seq}:{self.chain}"


def anchors_of(text: str) -> dict[int, str]:
    """Heads by number from the lines of an anchor file or mail; other lines are passed over.

    Raises ValueError when one number is there with two hashes: the file itself contradicts itself.
    """
    heads: dict[int, str] = {}
    for line in text.splitlines():
        parts = line.split()
        if len(parts) != 3 or not parts[1].isdigit() or len(parts[2]) != 64:
            continue
        seq, chain = int(parts[1]), parts[2].lower()
        if heads.setdefault(seq, chain) != chain:
            raise ValueError(f"number {seq} is anchored with two different hashes")
    return heads
