"""Which reports are to be read together (C.1.10.r): kinds of links, and what may be linked.

Source: ICH E2B(R3) implementation guide, C.1.10.r: reports that warrant being evaluated together,
such as a mother and her child, siblings, several reports of one patient or of one article.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from pv.domain.e2b.message import Node

LINKED = "C.1.10.r"


class CaseLinkKind(StrEnum):
    """Why two reports are read together. PARENT: the other report is that of a parent."""

    SAME_PATIENT = "same_patient"
    SAME_LOT = "same_lot"
    SIBLING = "sibling"
    PARENT = "parent"
    CHILD = "child"
    LITERATURE = "literature"


_MIRRORED = {CaseLinkKind.PARENT: CaseLinkKind.CHILD, CaseLinkKind.CHILD: CaseLinkKind.PARENT}
_FAMILY = frozenset({CaseLinkKind.SIBLING, CaseLinkKind.PARENT, CaseLinkKind.CHILD})


def mirrored(kind: CaseLinkKind) -> CaseLinkKind:
    """The same link as the other report sees it."""
    return _MIRRORED.get(kind, kind)


class LinkProblem(StrEnum):
    """Why two reports cannot be linked."""

    ITSELF = "itself"
    TWICE = "twice"
    NULLIFIED = "nullified"
    ONE_PATIENT = "one_patient"
    TWO_PATIENTS = "two_patients"


@dataclass(frozen=True, slots=True)
class LinkParty:
    """One side of a link. `patient` is the key in the register, None for a report without one."""

    names: frozenset[str]
    patient: str | None = None
    nullified: bool = False


def problem(
    mine: LinkParty, other: LinkParty, kind: CaseLinkKind, linked: Collection[str]
) -> LinkProblem | None:
    """Why `mine` cannot be linked to `other`; None when it can. `linked` are its links so far.

    A parent, a child or a sibling is another person; two reports of one patient are of one.
    """
    if mine.names & other.names:
        return LinkProblem.ITSELF
    if mine.nullified or other.nullified:
        return LinkProblem.NULLIFIED
    if other.names & set(linked):
        return LinkProblem.TWICE
    if mine.patient is None or other.patient is None:
        return None
    one = mine.patient == other.patient
    if one and kind in _FAMILY:
        return LinkProblem.ONE_PATIENT
    if not one and kind is CaseLinkKind.SAME_PATIENT:
        return LinkProblem.TWO_PATIENTS
    return None


def numbers(root: Node) -> tuple[str, ...]:
    """The numbers of linked reports a message names, each once, in its order."""
    texts = [(node.text(LINKED) or "").strip() for node in root.each(LINKED)]
    return tuple(dict.fromkeys(text for text in texts if text))


def write(root: Node, present: Iterable[str], undone: Collection[str] = ()) -> bool:
    """Let a message name the reports it is linked to and no longer those undone.

    What it names besides stays as it is. True when the message changed.
    """
    wanted = dict.fromkeys(present)
    kept = [
        node
        for node in root.each(LINKED)
        if (name := (node.text(LINKED) or "").strip()) in wanted or name not in undone
    ]
    known = {(node.text(LINKED) or "").strip() for node in kept}
    added = [name for name in wanted if name not in known]
    changed = bool(added) or len(kept) != len(root.each(LINKED))
    if kept:
        root.groups[LINKED] = kept
    else:
        root.groups.pop(LINKED, None)
    for name in added:
        root.add(LINKED).values[LINKED] = name
    return changed
