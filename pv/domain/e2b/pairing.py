"""Which parts and which messages of two files are the same: by identifier, else by content.

A UUID only ties the parts of one message together; a sender may make new ones for every version.

The product's own rule, after domain 6.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pv.domain.e2b.message import (
    DRUG_GROUP,
    MATRIX_GROUP,
    MATRIX_REACTION,
    REACTION_GROUP,
    Message,
    Node,
    Value,
    identity_key,
)

# What names a reaction or a drug; sharing one of these makes two instances the same.
NAMING = {
    REACTION_GROUP: ("E.i.2.1b", "E.i.1.1a", "E.i.1.2"),
    DRUG_GROUP: ("G.k.2.2", "G.k.2.1.1b", "G.k.2.1.2b"),
}
Pair = tuple[Message | None, Message | None]


def aligned(earlier: Message, later: Message) -> Message:
    """The later message with the earlier one's identifiers on the parts that are the same."""
    renamed = {}
    for group in (REACTION_GROUP, DRUG_GROUP):
        for one, other in _same(group, earlier, later):
            if one.id is not None and other.id is not None and one.id != other.id:
                renamed[identity_key(other.id)] = one.id
    if not renamed:
        return later
    groups = dict(later.root.groups)
    for group in (REACTION_GROUP, DRUG_GROUP):
        if group in groups:
            groups[group] = [_renamed(node, renamed) for node in groups[group]]
    return replace(later, root=replace(later.root, groups=groups))


def by_case(one: Sequence[Message], other: Sequence[Message]) -> list[Pair]:
    """The messages of two files side by side by C.1.1, else C.1.8.1, never by their position.

    Two files of one message each are compared whatever they are called.
    """
    if len(one) == len(other) == 1:
        return [(one[0], other[0])]
    left, right = list(one), list(other)
    found: dict[int, Message] = {}
    for element in ("C.1.1", "C.1.8.1"):
        for message in left:
            name = message.text(element)
            if id(message) in found or not name:
                continue
            match = next((m for m in right if m.text(element) == name), None)
            if match is not None:
                found[id(message)] = match
                right = [m for m in right if m is not match]
    pairs: list[Pair] = [(message, found.get(id(message))) for message in left]
    return [*pairs, *((None, message) for message in right)]


def _renamed(node: Node, names: dict[str, str]) -> Node:
    groups = dict(node.groups)
    if MATRIX_GROUP in groups:
        groups[MATRIX_GROUP] = [_pointing(entry, names) for entry in groups[MATRIX_GROUP]]
    return replace(node, id=names.get(identity_key(node.id), node.id), groups=groups)


def _pointing(entry: Node, names: dict[str, str]) -> Node:
    reaction = entry.text(MATRIX_REACTION)
    name = names.get(identity_key(reaction))
    if name is None:
        return entry
    return replace(entry, values={**entry.values, MATRIX_REACTION: name})


def _same(group: str, earlier: Message, later: Message) -> Iterator[tuple[Node, Node]]:
    """The instances of a group that are the same in both messages, each once."""
    left, right = list(earlier.each(group)), list(later.each(group))
    tests: tuple[Callable[[Node, Node], bool], ...] = (
        lambda one, other: identity_key(one.id) == identity_key(other.id) != "",
        lambda one, other: _content(one) == _content(other),
        lambda one, other: _named(group, one, other),
    )
    for same in tests:
        for one in list(left):
            match = next((node for node in right if same(one, node)), None)
            if match is not None:
                yield one, match
                left = [node for node in left if node is not one]
                right = [node for node in right if node is not match]
    if len(left) == len(right) == 1 and _alike(left[0], right[0]):
        yield left[0], right[0]


def _content(node: Node) -> list[tuple[str, Value]]:
    """What an instance says, without the identifiers that tie the message together."""
    return sorted(
        ((path, value) for path, _, code, value in node.walk() if code != MATRIX_REACTION),
        key=repr,
    )


def _named(group: str, one: Node, other: Node) -> bool:
    return any(
        one.text(code) is not None and one.text(code) == other.text(code) for code in NAMING[group]
    )


def _alike(one: Node, other: Node) -> bool:
    """Whether the only two left over share half of what they say."""
    ours, theirs = _content(one), _content(other)
    shared = sum(item in theirs for item in ours)
    return bool(shared) and shared * 2 >= min(len(ours), len(theirs))
