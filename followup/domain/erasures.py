"""Erasure of a person's identity: its states, and where a text names the person.

Source: PIPL articles 15 and 47 (erasure), with the records other law keeps left pseudonymous.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from followup.state_machines import Machine, row

SHORTEST_NUMBER = 5  # digits or letters; a shorter number is in many texts by chance
SHORTEST_NAME = 2


class ErasureGround(StrEnum):
    """Why the identity goes (PIPL article 47)."""

    REQUEST = "REQUEST"
    WITHDRAWN = "WITHDRAWN"
    PURPOSE_ENDED = "PURPOSE_ENDED"
    UNLAWFUL = "UNLAWFUL"


class ErasureState(StrEnum):
    """Where an erasure stands; one that is done cannot be undone."""

    ASKED = "ASKED"
    ERASING = "ERASING"
    DONE = "DONE"
    REFUSED = "REFUSED"


class ErasureEvent(StrEnum):
    """What moves it."""

    CONFIRM = "CONFIRM"
    FINISH = "FINISH"
    REFUSE = "REFUSE"


ERASURES: Machine[ErasureState, ErasureEvent] = Machine(
    ErasureState,
    ErasureEvent,
    initial=(ErasureState.ASKED,),
    rows=(
        row(ErasureEvent.CONFIRM, ErasureState.ASKED, ErasureState.ERASING),
        row(ErasureEvent.FINISH, ErasureState.ERASING, ErasureState.DONE),
        row(ErasureEvent.REFUSE, ErasureState.ASKED, ErasureState.REFUSED),
    ),
)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


_SIGNS = re.compile(r"[\W_]+")


def _packed(text: str) -> str:
    """Letters and digits alone: 138-0013 8000 and 13800138000 are one number."""
    return re.sub(_SIGNS, "", _folded(text))


def _whole_characters(parts: Iterable[str]) -> Iterator[str]:
    """The same text cut before ASCII characters only, which change nothing written before them."""
    held = ""
    for part in parts:
        held += part
        cut = next((i for i in range(len(held) - 1, 0, -1) if held[i] < "\x80"), 0)
        if cut:
            yield held[:cut]
            held = held[cut:]
    yield held


@dataclass(frozen=True, slots=True)
class Traces:
    """What a text is searched for: names and addresses as words, numbers without their signs."""

    words: frozenset[str]
    numbers: frozenset[str]

    def named_in(self, text: str) -> bool:
        """Whether the text holds one of them, however it is spaced or written wide."""
        if not text:
            return False
        folded, packed = _folded(text), _packed(text)
        plain = "".join(folded.split())
        return self._found(plain, packed)

    def named_in_parts(self, parts: Iterable[str]) -> bool:
        """The same of a text in parts, wherever it is cut; one part is held at a time."""
        keep = max(map(len, self.words | self.numbers), default=0)
        plain = packed = ""
        for part in _whole_characters(parts):
            folded = _folded(part)
            plain = plain[-keep:] + "".join(folded.split())
            packed = packed[-keep:] + re.sub(_SIGNS, "", folded)
            if self._found(plain, packed):
                return True
        return False

    def _found(self, plain: str, packed: str) -> bool:
        return any(word in plain for word in self.words) or any(n in packed for n in self.numbers)


def traces(words: Iterable[str], numbers: Iterable[str]) -> Traces:
    """What to search for; what is too short to tell anybody apart is left out."""
    long = {"".join(_folded(word).split()) for word in words}
    return Traces(
        frozenset(word for word in long if len(word) >= SHORTEST_NAME),
        frozenset(n for n in map(_packed, numbers) if len(n) >= SHORTEST_NUMBER),
    )
