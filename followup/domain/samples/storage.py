"""Positions of a storage box, and what a count of its tubes says beside what should be there.

The product's own rule, after domain 3.4.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from followup.domain.samples.numbers import SampleNumberError, read_sample_number

LARGEST = 26  # rows are letters
_FORM = re.compile(r"([A-Z])[-\s]?(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place of a box: row and column from 1, written B5."""

    row: int
    column: int

    @property
    def letter(self) -> str:
        """The letter of the row, as it is on the box."""
        return chr(ord("A") + self.row - 1)

    def __str__(self) -> str:
        return f"{self.letter}{self.column}"


def read_position(text: str, rows: int, columns: int) -> Position | None:
    """A typed position ("B5", "b 05", full width); None where a box of that size has none."""
    match = _FORM.fullmatch(unicodedata.normalize("NFKC", text).strip().upper())
    if match is None:
        return None
    place = Position(ord(match[1]) - ord("A") + 1, int(match[2]))
    inside = place.row <= rows and 1 <= place.column <= columns
    return place if inside else None


def next_free(taken: Iterable[Position], rows: int, columns: int) -> Position | None:
    """The first free position, row by row; None for a full box."""
    used = set(taken)
    for row in range(1, rows + 1):
        for column in range(1, columns + 1):
            if Position(row, column) not in used:
                return Position(row, column)
    return None


@dataclass(frozen=True, slots=True)
class Count:
    """What was scanned beside what should be there; texts that are no number are kept as typed."""

    present: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    unreadable: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing is missing, too much or unreadable."""
        return not (self.missing or self.unexpected or self.unreadable)


def count(expected: Mapping[str, Position], scanned: Iterable[str]) -> Count:
    """Compare the numbers that should be in a box with what a scanner read, in any order.

    A tube read twice counts once. Missing ones come in the order of their positions.
    """
    read: dict[str, None] = {}
    unreadable: dict[str, None] = {}
    for text in scanned:
        if not text.strip():
            continue
        try:
            read[str(read_sample_number(text))] = None
        except SampleNumberError:
            unreadable[text.strip()[:60]] = None
    missing = sorted((n for n in expected if n not in read), key=lambda n: expected[n])
    return Count(
        tuple(sorted(n for n in read if n in expected)),
        tuple(missing),
        tuple(n for n in read if n not in expected),
        tuple(unreadable),
    )
