"""How much of a text a box of the printed form holds.

The product's own rule.
"""

import unicodedata
from dataclasses import dataclass

# Advance of a character in ems of the printed font, rounded up: a line may end early, never late.
WIDE, NARROW = 1.0, 0.62


@dataclass(frozen=True, slots=True)
class Space:
    """Room of one box: lines of so many ems."""

    lines: int
    ems: float


@dataclass(frozen=True, slots=True)
class Box:
    """What one box says: the text on the form, and whether the whole of it follows later."""

    number: str
    whole: str
    shown: str

    @property
    def continued(self) -> bool:
        """Whether the box holds only the beginning."""
        return self.shown != self.whole


def width(character: str) -> float:
    """Advance in ems: East Asian wide characters are square."""
    return WIDE if unicodedata.east_asian_width(character) in "WFA" else NARROW


def fit(number: str, text: str, space: Space, more: str) -> Box:
    """The box with as much of `text` as fits, ending in `more` where it is only a beginning."""
    end = _end(text, space)
    if end == len(text):
        return Box(number, text, text)
    room = Space(space.lines, space.ems)
    while end and _end(text[:end] + more, room) < end + len(more):
        end -= max(1, end // 50)
    return Box(number, text, text[: max(end, 0)].rstrip() + more)


def _end(text: str, space: Space) -> int:
    """Index of the first character that does not fit."""
    line, used = 1, 0.0
    for index, character in enumerate(text):
        step = width(character)
        if character == "\n":
            line, used = line + 1, 0.0
        elif used + step > space.ems:
            line, used = line + 1, step
        else:
            used += step
        if line > space.lines:
            return index
    return len(text)
