"""The form of a case: which elements a section shows, in which instance, with which value.

Source: domain 6 for the elements; their order on the page is the product's own rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pv.domain.cases import editing
from pv.domain.e2b.elements import (
    ELEMENTS,
    GROUPS,
    Conformance,
    DataType,
    Element,
    Group,
    Label,
    Profile,
    code_list,
)
from pv.domain.e2b.message import (
    REACTION_GROUP,
    Attachment,
    Node,
    Null,
    Value,
    element_path,
    group_path,
)

# Sections of the case page and the codes their elements begin with.
SECTIONS: dict[str, tuple[str, ...]] = {
    "general": ("C.1", "C.4", "C.5"),
    "reporter": ("C.2", "C.3"),
    "patient": ("D.",),
    "event": ("E.i",),
    "tests": ("F.r",),
    "product": ("G.k",),
    "narrative": ("H.",),
}
# Optional elements a case after CAR-T nearly always needs; they are shown even when empty.
USUAL = frozenset(
    "C.1.11.1 C.1.11.2 C.2.r.1.4 C.2.r.2.1 C.2.r.3 C.2.r.4 C.2.r.5 C.3.2 D.1.1.4 D.2.2a D.2.2b "
    "D.5 D.7.2 "
    "D.9.1 D.9.3 E.i.1.1a E.i.1.1b E.i.1.2 E.i.4 E.i.5 E.i.8 E.i.9 F.r.1 F.r.2.1 F.r.3.2 F.r.3.3 "
    "F.r.3.4 F.r.6 G.k.2.3.r.1 G.k.3.1 G.k.3.3 G.k.4.r.1a G.k.4.r.1b G.k.4.r.4 G.k.4.r.7 "
    "G.k.4.r.8 G.k.7.r.1 G.k.8 G.k.9.i.2.r.1 G.k.9.i.2.r.2 G.k.9.i.2.r.3 G.k.9.i.4 H.2 H.4 "
    "C.1.CN.1 C.1.CN.2 C.1.CN.3 D.CN.3 G.k.CN.1 G.k.CN.3 G.k.CN.4 G.k.9.i.CN.1 G.k.9.i.CN.2".split()
)


@dataclass(frozen=True, slots=True)
class Row:
    """One element of one instance."""

    path: str
    element: Element
    value: Value | None
    options: tuple[Label, ...]
    nulls: tuple[str, ...]
    name: str = ""
    words: str = ""

    @property
    def text(self) -> str:
        """The value as text; empty when absent, a nullFlavor or a document."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def null(self) -> str:
        """The nullFlavor, if that is what stands there."""
        return self.value.flavor if isinstance(self.value, Null) else ""

    @property
    def document(self) -> bool:
        """Whether a document belongs here, which is attached and not typed."""
        return self.element.type is DataType.DOCUMENT or isinstance(self.value, Attachment)

    @property
    def attached(self) -> bool:
        """Whether a document stands here."""
        return isinstance(self.value, Attachment)

    @property
    def long(self) -> bool:
        """Whether the element holds more than a line."""
        return (self.element.max_length or 0) > 500


@dataclass(frozen=True, slots=True)
class Next:
    """One more instance that may follow: its group and the path it would have."""

    group: Group
    path: str


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a group with its rows; the root's own elements form the first one.

    `stored` is False for one that is only opened on the page; `more` are the groups inside it
    that may get another instance, `values` how many elements it and all inside it hold.
    """

    path: str
    group: Group
    number: int
    rows: tuple[Row, ...]
    more: tuple[Next, ...] = ()
    stored: bool = True
    values: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What of the table a page shows: whose elements, all of them or the usual ones, what else.

    `opened` are instance paths of groups or elements that are shown although they are empty.
    """

    regions: frozenset[Profile]
    everything: bool = False
    opened: tuple[str, ...] = ()

    def knows(self, profiles: frozenset[Profile]) -> bool:
        """Whether one of the regions knows an element or a group."""
        return bool(self.regions & profiles)


def section_of(code: str) -> str:
    """The section an element or group belongs to; none for the headers, which nobody types.

    A regional code may carry its region in front: FDA.E.i.3.2h is said of E.i.
    """
    plain = code.removeprefix("FDA.")
    return next((name for name, starts in SECTIONS.items() if plain.startswith(starts)), "")


def place_of(root: Node, element: str, path: str = "") -> str:
    """Where an element can be typed: the path itself, or its first possible instance.

    `path` may name a group that is not there yet. Empty for what no page shows.
    """
    if not section_of(element):
        return ""
    if element in GROUPS:
        element = next((e.code for e in ELEMENTS.values() if e.group == element), element)
    if element not in ELEMENTS:
        return ""
    if path and "[" in path:
        try:
            _node, code = editing.locate(editing.copied(root), path, create=True)
        except editing.PathError:
            code = ""
        if code == element:
            return path
    return element_path(ELEMENTS[element].group, _first(ELEMENTS[element].group), element)


def _first(group: str) -> str:
    parent = GROUPS[group].parent
    return group_path(parent or "", _first(parent) if parent else "", group, 1) if group else ""


def instances(root: Node, section: str, shown: Shown) -> list[Instance]:
    """The instances of a section with the rows to show. KeyError for an unknown section.

    Filled, mandatory and usual elements are shown, all of the regions' with `everything`. What is
    opened is made in `root`, which is the caller's own copy.
    """
    if section not in SECTIONS:
        raise KeyError(section)
    stored = {path for path, _code in _groups(root, "", "")}
    elements = set()
    for path in shown.opened:
        try:
            if path.endswith("]"):
                _with_usual(editing.instance_at(root, path, create=True), shown)
            else:
                editing.locate(root, path, create=True)
            elements.add(path)  # an element that is a whole group, C.1.10.r, has the same path
        except editing.PathError:
            continue
    return list(_Form(root, section, shown, stored, elements).walk(root, "", "", 1))


def _with_usual(node: Node, shown: Shown) -> None:
    """A new instance opens with the groups inside that a case nearly always needs."""
    if not node.is_empty():
        return
    for group in GROUPS.values():
        usual = any(e.group == group.code and e.code in USUAL for e in ELEMENTS.values())
        if node.code and group.parent == node.code and usual and shown.knows(group.profiles):
            _with_usual(node.add(group.code), shown)


def _groups(node: Node, path: str, code: str) -> Iterator[tuple[str, str]]:
    yield path, code
    for group, nodes in node.groups.items():
        for index, child in enumerate(nodes, 1):
            yield from _groups(child, group_path(code, path, group, index), group)


def addable(root: Node, section: str, shown: Shown) -> tuple[Next, ...]:
    """Groups of a section that stand directly in the report and may get one more instance."""
    return tuple(n for n in _more(root, "", "", shown) if section_of(n.group.code) == section)


def _more(node: Node, path: str, code: str, shown: Shown) -> tuple[Next, ...]:
    return tuple(
        Next(group, group_path(code, path, group.code, len(node.each(group.code)) + 1))
        for group in GROUPS.values()
        if group.parent == code and group.code and shown.knows(group.profiles)
    )


@dataclass(frozen=True, slots=True)
class _Form:
    root: Node
    section: str
    shown: Shown
    stored: set[str]
    elements: set[str]

    def walk(self, node: Node, path: str, code: str, number: int) -> Iterator[Instance]:
        rows = tuple(self._rows(node, path, code))
        if code and not rows:  # a group of optional elements alone is shown with all it has
            rows = tuple(self._rows(node, path, code, everything=True))
        more = _more(node, path, code, self.shown) if code else ()
        if rows or (code and more):
            values = sum(1 for _item in node.walk())
            known = path in self.stored
            yield Instance(path, GROUPS[code], number, rows, more, known, values)
        for group in GROUPS:
            if not code and section_of(group) != self.section:
                continue
            for index, child in enumerate(node.each(group), 1):
                at = group_path(code, path, group, index)
                yield from self.walk(child, at, group, index)

    def _rows(self, node: Node, path: str, code: str, *, everything: bool = False) -> Iterator[Row]:
        for element in ELEMENTS.values():
            if element.group != code or section_of(element.code) != self.section:
                continue
            at = element_path(code, path, element.code)
            value = node.values.get(element.code)
            wanted = (
                everything
                or self.shown.everything
                or element.conformance is Conformance.MANDATORY
                or element.code in USUAL
            ) and self.shown.knows(element.profiles)
            words = node.verbatims.get(element.code, "")
            if value is not None or wanted or words or at in self.elements:
                yield Row(
                    at,
                    element,
                    value,
                    self._options(element, value),
                    self._nulls(element),
                    node.name_of(element.code) or "",
                    words,
                )

    def _options(self, element: Element, value: Value | None) -> tuple[Label, ...]:
        """The codes to choose from: one spelling of each (`{decade}`, `10.a`), and what stands."""
        if element.type is DataType.REFERENCE:
            return reactions(self.root)
        labels: dict[str, Label] = {}
        for label in code_list(element.code_list or "") or ():
            if label.en not in labels or label.code == value:
                labels[label.en] = label
        return tuple(labels.values())

    def _nulls(self, element: Element) -> tuple[str, ...]:
        """The reasons for being empty that one of the regions takes."""
        known = [flavor for region in self.shown.regions for flavor in element.nulls_for(region)]
        return tuple(dict.fromkeys(known))


def reactions(root: Node) -> tuple[Label, ...]:
    """The reactions of the case by their identifier, named in the reporter's words."""
    labels = []
    for index, node in enumerate(root.each(REACTION_GROUP), 1):
        name = f"{index} {node.text('E.i.1.1a') or node.text('E.i.1.2') or ''}".strip()
        if node.id:
            labels.append(Label(node.id, name, name))
    return tuple(labels)
