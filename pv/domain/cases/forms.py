"""The form of a case: which elements a section shows, in which instance, with which value."""

from collections.abc import Iterator
from dataclasses import dataclass

from pv.domain.e2b.elements import (
    ELEMENTS,
    GROUPS,
    Conformance,
    Element,
    Group,
    Label,
    Profile,
    code_list,
)
from pv.domain.e2b.message import Attachment, Node, Null, Value, element_path, group_path

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
        """Whether the value is an attached document, which is not typed."""
        return isinstance(self.value, Attachment)

    @property
    def long(self) -> bool:
        """Whether the element holds more than a line."""
        return (self.element.max_length or 0) > 500


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a group with its rows; the root's own elements form the first one."""

    path: str
    group: Group
    number: int
    rows: tuple[Row, ...]


def section_of(code: str) -> str:
    """The section an element belongs to; the general one when none claims it."""
    for name, prefixes in SECTIONS.items():
        if code.startswith(prefixes):
            return name
    return "general"


def instances(
    root: Node, section: str, profile: Profile, *, everything: bool = False, add: str = ""
) -> list[Instance]:
    """The instances of a section with the rows to show. KeyError for an unknown section.

    Filled, mandatory and usual elements are shown, all of the profile's with `everything`. `add`
    names a top-level group of which one more, empty instance is shown.
    """
    prefixes = SECTIONS[section]
    found = list(_instance(root, "", "", 0, prefixes, profile, everything))
    if add in GROUPS and GROUPS[add].parent == "" and add.startswith(prefixes):
        number = len(root.each(add)) + 1
        path = group_path("", "", add, number)
        found.append(_rows(Node(add), path, GROUPS[add], number, prefixes, profile, everything))
    return found


def addable(section: str, profile: Profile) -> list[Group]:
    """Top-level groups of a section that may get one more instance."""
    prefixes = SECTIONS[section]
    return [
        g
        for g in GROUPS.values()
        if g.parent == "" and g.code.startswith(prefixes) and profile in g.profiles and g.code
    ]


def _instance(
    node: Node,
    path: str,
    code: str,
    number: int,
    prefixes: tuple[str, ...],
    profile: Profile,
    everything: bool,
) -> Iterator[Instance]:
    made = _rows(node, path, GROUPS[code], number, prefixes, profile, everything)
    if made.rows:
        yield made
    for group, nodes in node.groups.items():
        if not code and not group.startswith(prefixes):
            continue
        for index, child in enumerate(nodes, 1):
            at = group_path(code, path, group, index)
            yield from _instance(child, at, group, index, prefixes, profile, everything)


def _options(element: Element, value: Value | None) -> tuple[Label, ...]:
    """The codes to choose from: one spelling of each (``{decade}``, ``10.a``), and what stands."""
    found: dict[str, Label] = {}
    for one in code_list(element.code_list or "") or ():
        if one.en not in found or one.code == value:
            found[one.en] = one
    return tuple(found.values())


def _rows(
    node: Node,
    path: str,
    group: Group,
    number: int,
    prefixes: tuple[str, ...],
    profile: Profile,
    everything: bool,
) -> Instance:
    rows = []
    for element in ELEMENTS.values():
        if element.group != group.code or not element.code.startswith(prefixes):
            continue
        value = node.values.get(element.code)
        wanted = everything or element.conformance is Conformance.MANDATORY
        if value is None and not (
            (wanted or element.code in USUAL) and profile in element.profiles
        ):
            continue
        rows.append(
            Row(
                path=element_path(group.code, path, element.code),
                element=element,
                value=value,
                options=_options(element, value),
                nulls=element.nulls_for(profile),
            )
        )
    return Instance(path, group, number, tuple(rows))
