"""MedDRA terms of an adverse event: what the holder coded in the case that came of it.

A code belongs to the event whose words the reaction has; where a case holds one event and one
reaction they are of each other. What is not coded, or coded in a release nobody loaded, keeps its
code and has no names: nothing is guessed from the words.

Source: CDISC SDTM implementation guide 3.4, section 6.2.1 (AE); ICH E2B(R3) E.i.2.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pv.domain.coding import reaction_code
from pv.domain.datasets.records import Facts
from pv.domain.e2b.message import Node
from pv.domain.periodic.events import on_one_line, verbatim_of

LEVELS = ("llt", "pt", "hlt", "hlgt", "soc")


@dataclass(frozen=True, slots=True)
class EventCode:
    """A lowest level term by its code, in the version of MedDRA it was coded in."""

    version: str
    code: int


@dataclass(frozen=True, slots=True)
class TermPath:
    """The names and codes from the lowest level term to the primary system organ class."""

    names: tuple[str, ...]
    codes: tuple[int | None, ...]


def event_code(reactions: Sequence[Node], verbatim: str, *, alone: bool) -> EventCode | None:
    """The code of the reaction that is an event; None where none is, or it has no code.

    `alone`: the case was made of this event and no other.
    """
    words = on_one_line(verbatim)
    same = [each for each in reactions if verbatim_of(each) == words]
    if not same and alone and len(reactions) == 1:
        same = list(reactions)
    coded = {known for each in same if (known := reaction_code(each))}
    return EventCode(*coded.pop()) if len(coded) == 1 else None


def coded_facts(code: EventCode | None, path: TermPath | None) -> Facts:
    """The terms of an event as facts: names and codes by level, and the version they are of."""
    names = path.names if path else ("",) * len(LEVELS)
    codes = path.codes if path else (code.code if code else None, *[None] * (len(LEVELS) - 1))
    return {
        **{level: name or None for level, name in zip(LEVELS, names, strict=True)},
        **{f"{level}_code": number for level, number in zip(LEVELS, codes, strict=True)},
        "dictionary": f"MedDRA {code.version}" if code else None,
    }
