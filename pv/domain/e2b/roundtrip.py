"""The round trip: written, read again and compared, the proof a message needs before release.

The product's own rule, after domain 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from pv.domain.e2b import read, write
from pv.domain.e2b.elements import ELEMENTS, GROUPS, Profile
from pv.domain.e2b.message import (
    DRUG_GROUP,
    MATRIX_GROUP,
    MATRIX_REACTION,
    REACTION_GROUP,
    Batch,
    Message,
    Node,
    Unplaced,
)
from pv.domain.e2b.read.source import parse
from pv.domain.e2b.versions import Difference, difference

# The reporter's e-mail is NMPA's and FDA's; in a file for both nothing tells whose it is.
SHARED = {"C.2.r.CN.1": "FDA.C.2.r.2.8"}
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What came back.

    ``lossless``: everything read is in the written file, placed or not, and the bytes are
    stable. ``equal`` demands besides that nothing was ``unplaced``, so that every word has its
    element. ``differences`` name what the profile's file leaves out or says otherwise;
    ``tolerated`` the codes understood without their code system.
    """

    equal: bool
    lossless: bool
    stable: bool
    differences: tuple[Difference, ...]
    unplaced: tuple[Unplaced, ...]
    tolerated: tuple[Unplaced, ...]
    written: bytes


def roundtrip(batch: Batch, profile: Profile | str) -> RoundTrip:
    """Write a batch for a profile, read it, compare with all that the batch says.

    A batch for an authority is restricted to what it knows before (`restricted_batch`). Raises
    MessageRefused when the batch holds what XML cannot.
    """
    profile = Profile(profile)
    data = write.write_batch(batch, profile)
    again = read.read_batch(data, profile)
    shared = SHARED if profile is Profile.PARTNER else {}
    wanted = [canonical(message, shared) for message in batch.messages]
    found = [canonical(message, shared) for message in again.messages]
    differences = [d for a, b in zip(wanted, found, strict=False) for d in difference(a, b)]
    unplaced = [*batch.unplaced, *(u for m in batch.messages for u in m.unplaced)]
    if not unplaced:
        unplaced = [*again.unplaced, *(u for m in again.messages for u in m.unplaced)]
    stable = write.write_batch(again, profile) == data
    same = [m.root for m in wanted] == [m.root for m in found]
    same = same and (batch.values, batch.fragments) == (again.values, again.fragments)
    tolerated = tuple(t for m in batch.messages for t in m.tolerated)
    lossless = same and stable
    return RoundTrip(
        lossless and not unplaced,
        lossless,
        stable,
        tuple(differences),
        tuple(unplaced),
        tolerated,
        data,
    )


def roundtrip_file(data: bytes, profile: Profile | str | None = None) -> RoundTrip:
    """Read a file and send what was read on a round trip; a partner's file carries all of it.

    Raises MessageRefused when the file is no ICSR batch.
    """
    chosen = Profile(profile or Profile.PARTNER)
    return roundtrip(read.read_element(parse(data), chosen), chosen)


def restricted_batch(batch: Batch, profile: Profile) -> Batch:
    """The batch with messages restricted to what a receiver is sent; a partner is sent all."""
    messages = tuple(restricted(message, profile) for message in batch.messages)
    if profile is Profile.PARTNER:
        return batch.with_messages(*messages)
    return replace(batch, messages=messages, unplaced=(), fragments=())


def restricted(message: Message, profile: Profile) -> Message:
    """The message without what only other regions know, or nobody; a partner gets that too.

    An element whose XML form is not known goes to nobody.
    """
    unplaced = message.unplaced if profile is Profile.PARTNER else ()
    return Message(_restricted(message.root, profile), unplaced)


def _restricted(node: Node, profile: Profile) -> Node:
    values = {
        code: value
        for code, value in node.values.items()
        if code not in ELEMENTS or (profile in ELEMENTS[code].profiles and ELEMENTS[code].written)
    }
    groups = {
        code: [_restricted(item, profile) for item in items]
        for code, items in node.groups.items()
        if code not in GROUPS or profile in GROUPS[code].profiles
    }
    qualifiers = {code: said for code, said in node.qualifiers.items() if code in values}
    words = {c: text for c, text in node.verbatims.items() if profile in ELEMENTS[c].profiles}
    found = Node(node.code, node.id, values, groups, qualifiers, verbatims=words)
    if profile is Profile.PARTNER:
        found.names, found.fragments = dict(node.names), list(node.fragments)
    return found


def canonical(message: Message, shared: Mapping[str, str] = NOTHING) -> Message:
    """The same message without empty instances and with matrix entries in reaction order.

    ``shared`` names elements that two regions write in one place by the one of them.
    """
    order = {node.id: number for number, node in enumerate(message.each(REACTION_GROUP))}
    return Message(_canonical(message.root, order, shared), message.unplaced)


def _canonical(node: Node, order: dict[str | None, int], shared: Mapping[str, str]) -> Node:
    groups = {}
    for code, items in node.groups.items():
        kept = [_canonical(item, order, shared) for item in items]
        kept = [
            item for item in kept if not item.is_empty() or code in (DRUG_GROUP, REACTION_GROUP)
        ]
        if code == MATRIX_GROUP:
            kept.sort(key=lambda item: order.get(item.text(MATRIX_REACTION), len(order)))
        if kept:
            groups[code] = kept
    values = {shared.get(code, code): value for code, value in node.values.items()}
    fragments = sorted(node.fragments, key=lambda kept: (kept.place, kept.kind, kept.xml))
    return replace(node, values=values, groups=groups, fragments=fragments)
