"""The pairs of a case that a label is asked about: the product's drug beside each event.

Source: ICH E2B(R3) G.k.9.i; domain 4.2.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date

from followup.domain.dates import DateError, PartialDate
from pv.domain.cases.flags import FATAL_OUTCOME, OUTCOME, RESULTS_IN_DEATH
from pv.domain.e2b.message import DRUG_GROUP, MATRIX_GROUP, MATRIX_REACTION, REACTION_GROUP, Node
from pv.domain.labels import LabelEvent

_SUSPECT = frozenset({"1", "3"})  # G.k.1: suspect, interacting
_NAMES = ("G.k.2.2", "G.k.CN.1", "G.k.3.1", "G.k.CN.4")


@dataclass(frozen=True, slots=True)
class Pair:
    """One drug and one event: its path, the codes that name the event, and its days."""

    path: str
    drug: Node
    link: Node
    reaction: Node

    @property
    def key(self) -> str:
        """What names the pair wherever the message has it."""
        return f"{self.drug.id}|{self.reaction.id}"[:200]

    @property
    def coded(self) -> tuple[str, int] | None:
        """The MedDRA version and code of the event; None where it has no code."""
        return reaction_code(self.reaction)


def reaction_code(reaction: Node) -> tuple[str, int] | None:
    """The MedDRA version and code of a reaction; None where it has no code."""
    text = reaction.text("E.i.2.1b") or ""
    if len(text) == 8 and text.isascii() and text.isdigit():
        return reaction.text("E.i.2.1a") or "", int(text)
    return None


def _fatal(reaction: Node) -> bool:
    """Whether a reaction is said to have ended in death."""
    death = reaction.text(RESULTS_IN_DEATH) == "true"
    return death or reaction.text(OUTCOME) == FATAL_OUTCOME


def reaction_event(reaction: Node, preferred: int | None, day: date) -> LabelEvent:
    """A reaction compared with what is in force on a day, whenever it began."""
    coded = reaction_code(reaction)
    codes = frozenset(code for code in (coded[1] if coded else None, preferred) if code)
    return LabelEvent(
        codes=codes,
        resolved=preferred is not None,
        fatal=_fatal(reaction),
        country=reaction.text("E.i.9") or "",
        first=day,
        last=day,
    )


def pairs(root: Node, names: Collection[str]) -> Iterator[Pair]:
    """The pairs of the product called by any of `names` (lower case) with each event.

    Where no suspect drug bears a name of it, the first suspect is taken to be the product.
    """
    known = {node.id: node for node in root.each(REACTION_GROUP) if node.id}
    suspects = [
        (n, drug)
        for n, drug in enumerate(root.each(DRUG_GROUP), 1)
        if drug.text("G.k.1") in _SUSPECT
    ]
    ours = [(n, drug) for n, drug in suspects if _bears(drug, names)] or suspects[:1]
    for n, drug in ours:
        for m, link in enumerate(drug.each(MATRIX_GROUP), 1):
            reaction = known.get(link.text(MATRIX_REACTION) or "")
            if reaction is not None:
                yield Pair(f"G.k[{n}].9.i[{m}]", drug, link, reaction)


def _bears(drug: Node, names: Collection[str]) -> bool:
    texts = [drug.text(code) for code in _NAMES]
    texts += [node.text("G.k.2.3.r.1") for node in drug.each("G.k.2.3.r")]
    return any(text and text.strip().casefold() in names for text in texts)


def label_event(pair: Pair, preferred: int | None, last: date) -> LabelEvent:
    """The event as the rule of expectedness reads it; `last` where nobody said when it began."""
    event = reaction_event(pair.reaction, preferred, last)
    try:
        onset = PartialDate.from_e2b((pair.reaction.text("E.i.4") or "")[:8])
    except DateError:
        return replace(event, first=None)
    return replace(event, first=onset.earliest, last=onset.latest)
