"""The round trip: written, read again and compared, the proof a message needs before release."""

from dataclasses import dataclass

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
from pv.domain.e2b.read.regions import region_of
from pv.domain.e2b.read.source import MESSAGE_TAG, parse
from pv.domain.e2b.versions import Difference, difference


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What came back. ``equal`` also demands that nothing was unplaced and the bytes are stable."""

    equal: bool
    stable: bool
    differences: tuple[Difference, ...]
    unplaced: tuple[Unplaced, ...]
    written: bytes


def roundtrip(batch: Batch, profile: Profile | str) -> RoundTrip:
    """Write a batch for a profile, read it, compare with what the profile may carry.

    Raises MessageRefused when the batch holds what XML cannot.
    """
    profile = Profile(profile)
    data = write.write_batch(batch, profile)
    again = read.read_batch(data, profile)
    wanted = [canonical(restricted(message, profile)) for message in batch.messages]
    found = [canonical(message) for message in again.messages]
    differences = [d for a, b in zip(wanted, found, strict=False) for d in difference(a, b)]
    unplaced = [u for b in (batch, again) for u in b.unplaced]
    unplaced += [u for b in (batch, again) for m in b.messages for u in m.unplaced]
    stable = write.write_batch(again, profile) == data
    same = [m.root for m in wanted] == [m.root for m in found] and batch.values == again.values
    equal = same and stable and not unplaced
    return RoundTrip(equal, stable, tuple(differences), tuple(unplaced), data)


def roundtrip_file(data: bytes, profile: Profile | str | None = None) -> RoundTrip:
    """Read a file and send what was read on a round trip, by default in its own region's profile.

    Raises MessageRefused when the file is no ICSR batch.
    """
    root = parse(data)
    first = next((child for child in root if child.tag == MESSAGE_TAG), None)
    found = Profile(profile) if profile else region_of(first) if first is not None else Profile.ICH
    return roundtrip(read.read_element(root, found), found)


def restricted(message: Message, profile: Profile) -> Message:
    """The message without what only other regions know."""
    return Message(_restricted(message.root, profile), message.unplaced)


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
    return Node(node.code, node.id, values, groups, qualifiers)


def canonical(message: Message) -> Message:
    """The same message without empty instances and with matrix entries in reaction order."""
    order = {node.id: number for number, node in enumerate(message.each(REACTION_GROUP))}
    return Message(_canonical(message.root, order), message.unplaced)


def _canonical(node: Node, order: dict[str | None, int]) -> Node:
    groups = {}
    for code, items in node.groups.items():
        kept = [_canonical(item, order) for item in items]
        kept = [
            item for item in kept if not item.is_empty() or code in (DRUG_GROUP, REACTION_GROUP)
        ]
        if code == MATRIX_GROUP:
            kept.sort(key=lambda item: order.get(item.text(MATRIX_REACTION), len(order)))
        if kept:
            groups[code] = kept
    return Node(node.code, node.id, dict(node.values), groups, dict(node.qualifiers))
