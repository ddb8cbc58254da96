"""Two versions of one report: what kind the later is, and what differs, element by element.

The product's own rule, after domain 6.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from followup.languages import is_chinese
from pv.domain.e2b.elements import ELEMENTS, GROUPS, label
from pv.domain.e2b.message import (
    MATRIX_GROUP,
    MATRIX_REACTION,
    Attachment,
    Message,
    Node,
    Null,
    Value,
    element_path,
    group_path,
)
from pv.domain.e2b.pairing import aligned

ADMINISTRATIVE = frozenset(
    {"N.2.r.1", "N.2.r.2", "N.2.r.3", "N.2.r.4", "C.1.2", "C.1.11.1", "C.1.11.2"}
)


UNPLACED = ""
UNPLACED_NAMES = {"en": "A part with no element", "zh": "没有对应数据元素的内容"}


class VersionKind(StrEnum):
    """What a version is (ICH IG, C.1.5 and C.1.11)."""

    INITIAL = "initial"
    FOLLOW_UP = "follow_up"
    AMENDMENT = "amendment"
    NULLIFICATION = "nullification"
    UNCHANGED = "unchanged"


class ValueChange(StrEnum):
    """What happened to a value or to an instance of a group."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``path`` is the instance path in the later message, in the earlier one for
    what was removed; ``element`` an element's code, or a group's for a bare instance; ``message``
    the id of the sentence that says it, to be filled with path, name, before and after.
    """

    change: ValueChange
    path: str
    element: str
    before: Value | None
    after: Value | None

    @property
    def message(self) -> str:
        """The id of the sentence for this difference."""
        return f"e2b.difference.{self.change.value}"


SENTENCES = {
    "e2b.difference.added": {
        "en": "{name} ({path}) added: {after}",
        "zh": "新增{name}（{path}）：{after}",
    },
    "e2b.difference.removed": {
        "en": "{name} ({path}) removed, was: {before}",
        "zh": "删除{name}（{path}），原为：{before}",
    },
    "e2b.difference.changed": {
        "en": "{name} ({path}) changed from {before} to {after}",
        "zh": "{name}（{path}）由 {before} 改为 {after}",
    },
}


def kind(earlier: Message | None, later: Message) -> VersionKind:
    """What the later version is.

    C.1.11.1 decides when it is said. Otherwise new information (a later C.1.5) makes a follow-up,
    and a change without new information an amendment.
    """
    said = later.text("C.1.11.1")
    if said == "1":
        return VersionKind.NULLIFICATION
    if earlier is None:
        return VersionKind.INITIAL
    if said == "2":
        return VersionKind.AMENDMENT
    found = [d for d in difference(earlier, later) if d.element not in ADMINISTRATIVE]
    if not found:
        return VersionKind.UNCHANGED
    before, after = earlier.text("C.1.5"), later.text("C.1.5")
    if after is not None and (before is None or after > before):
        return VersionKind.FOLLOW_UP
    return VersionKind.AMENDMENT


def difference(earlier: Message, later: Message) -> list[Difference]:
    """Every difference of two messages, in the order of the element table.

    Drugs and reactions are the same when their identifier is, or failing that their content
    (`pairing.aligned`), matrix entries when their reaction is, other instances when they are
    equal or in the same place.
    """
    found = list(_nodes(earlier.root, aligned(earlier, later).root, ("", "")))
    order = {code: number for number, code in enumerate((*ELEMENTS, *GROUPS))}
    found.sort(key=lambda item: order.get(item.element, len(order)))
    return found


def words(item: Difference, language: str) -> str:
    """A difference as a sentence in ``en`` or ``zh``."""
    spoken = "zh" if is_chinese(language) else "en"
    known = ELEMENTS.get(item.element) or GROUPS.get(item.element)
    return SENTENCES[item.message][spoken].format(
        name=known.name(spoken) if known is not None else UNPLACED_NAMES[spoken],
        path=item.path,
        before=said(item.element, item.before, spoken),
        after=said(item.element, item.after, spoken),
    )


def said(element: str, value: Value | None, language: str) -> str:
    """A value in words: a code with its label, a nullFlavor by name, a document by its kind."""
    if value is None:
        return "–"
    if isinstance(value, Null):
        return f"nullFlavor {value.flavor}"
    if isinstance(value, Attachment):
        return f"{value.reference or value.media_type or '?'} ({len(value.data)})"
    known = label(element, value, language) if element in ELEMENTS else None
    if known is None:
        return value
    return f"{value}（{known}）" if language == "zh" else f"{value} ({known})"


def _nodes(before: Node, after: Node, at: tuple[str, str]) -> Iterator[Difference]:
    for element in dict.fromkeys((*before.values, *after.values)):
        old, new = before.values.get(element), after.values.get(element)
        if old == new:
            same = before.qualifiers.get(element) == after.qualifiers.get(element)
            if same:
                continue
        yield _value(element, old, new, (before, after), at)
    yield from _beside(before, after, at)
    for group in dict.fromkeys((*before.groups, *after.groups)):
        for (n, one), (m, other) in _pairs(group, before.each(group), after.each(group)):
            here = (
                group_path(before.code, at[0], group, n),
                group_path(after.code, at[1], group, m),
            )
            yield from _instances(group, one, other, here)


def _beside(before: Node, after: Node, at: tuple[str, str]) -> Iterator[Difference]:
    """The words received beside codes, and what has no place in the element table."""
    for element in dict.fromkeys((*before.verbatims, *after.verbatims)):
        old, new = before.verbatims.get(element), after.verbatims.get(element)
        if old != new:
            yield _value(element, old, new, (before, after), at)
    old_parts, new_parts = ([kept.xml for kept in n.fragments] for n in (before, after))
    for xml in old_parts:
        if xml in new_parts:
            new_parts.remove(xml)
        else:
            yield Difference(ValueChange.REMOVED, at[0], UNPLACED, xml, None)
    for xml in new_parts:
        yield Difference(ValueChange.ADDED, at[1], UNPLACED, None, xml)


def _instances(
    group: str, one: Node | None, other: Node | None, at: tuple[str, str]
) -> Iterator[Difference]:
    present = other if one is None else one
    if present is not None and present.is_empty() and (one is None or other is None):
        change = ValueChange.ADDED if one is None else ValueChange.REMOVED
        yield Difference(change, at[1] if one is None else at[0], group, None, None)
        return
    yield from _nodes(one or Node(group), other or Node(group), at)


def _value(
    element: str,
    old: Value | None,
    new: Value | None,
    nodes: tuple[Node, Node],
    at: tuple[str, str],
) -> Difference:
    if new is None:
        path = element_path(nodes[0].code, at[0], element)
        return Difference(ValueChange.REMOVED, path, element, old, None)
    path = element_path(nodes[1].code, at[1], element)
    return Difference(
        ValueChange.ADDED if old is None else ValueChange.CHANGED, path, element, old, new
    )


Numbered = tuple[int, Node | None]


def _pairs(
    group: str, before: list[Node], after: list[Node]
) -> Iterator[tuple[Numbered, Numbered]]:
    """Instances of a group side by side, numbered from 1; 0 and None for a missing one."""
    left, right = list(enumerate(before, 1)), list(enumerate(after, 1))
    matched: list[tuple[Numbered, Numbered]] = []
    for same in (_same_key, _equal):
        for one in list(left):
            other = next((o for o in right if same(group, one[1], o[1])), None)
            if other is not None:
                matched.append((one, other))
                left.remove(one)
                right.remove(other)
    if not any(_key(group, node) for _, node in (*left, *right)):
        both = min(len(left), len(right))
        matched += zip(left[:both], right[:both], strict=True)
        left, right = left[both:], right[both:]
    yield from matched
    yield from (((n, node), (0, None)) for n, node in left)
    yield from (((0, None), (n, node)) for n, node in right)


def _key(group: str, node: Node) -> str | None:
    return node.text(MATRIX_REACTION) if group == MATRIX_GROUP else node.id


def _same_key(group: str, one: Node, other: Node) -> bool:
    key = _key(group, one)
    return key is not None and key == _key(group, other)


def _equal(group: str, one: Node, other: Node) -> bool:
    return _key(group, one) is None and one == other
