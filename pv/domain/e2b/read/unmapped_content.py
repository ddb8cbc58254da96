"""What found no place in the element table: reported, and kept to be written back.

Source: domain 6.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, cast

from pv.domain.e2b.characters import text as escaped
from pv.domain.e2b.fragments import attributes, fingerprint, serialised
from pv.domain.e2b.message import Fragment, Kept, Node, Unplaced
from pv.domain.e2b.read.compiled_reader import ReadPlan
from pv.domain.e2b.refusals import MessageRefused
from pv.domain.e2b.skeleton import NAMESPACE, STRUCTURAL

if TYPE_CHECKING:
    from lxml import etree

MAX_UNPLACED = 20_000
MAX_TOLERATED = 1_000
PREFIX = f"{{{NAMESPACE}}}"
ORIGINAL_TEXT = f"{PREFIX}originalText"
# An unknown observation's code only names it; without a value beside it nothing was said.
LABELLED = {
    "observation",
    "observationEvent",
    "organizer",
    "characteristic",
    "causalityAssessment",
    "investigationCharacteristic",
    "observationRange",
    "relatedInvestigation",
}
CONTEXT = {"sequenceNumber", "priorityNumber"}


def short(tag: str) -> str:
    """A tag without HL7's namespace."""
    return tag.removeprefix(PREFIX)


def pairs(element: etree._Element) -> list[tuple[str, str]]:
    """The attributes of a parsed element; lxml gives text for every one it parsed."""
    return cast(list[tuple[str, str]], element.items())


class Keeping:
    """What one message or one batch wrapper said beyond the element table."""

    def __init__(self, at: str = "") -> None:
        self.at = at
        self.unplaced: list[Unplaced] = []
        self.tolerated: list[Unplaced] = []
        self.rewritten: set[tuple[int, str]] = set()
        self.visited: list[tuple[Node, ReadPlan, etree._Element]] = []
        self._numbers: dict[etree._Element, dict[etree._Element, int]] = {}

    def check_names(self, element: etree._Element, known: Collection[str]) -> None:
        """Keep every attribute that neither the shape nor the structure accounts for.

        A nullFlavor is a word about the case: whoever took it down names it among the known.
        """
        for name, value in pairs(element):
            if name not in known and (name not in STRUCTURAL or name == "nullFlavor"):
                self.keep(element, f"@{name}", value)

    def lose_attribute(self, element: etree._Element, name: str) -> None:
        """Report one attribute as unplaced."""
        self.keep(element, f"@{name}", element.get(name, ""))

    def lose_text(self, element: etree._Element, text: str) -> None:
        """Report text that stands where no element has text."""
        self.keep(element, "text()", text)

    def lose_inside(self, element: etree._Element) -> None:
        """Keep text and children of an element that should have neither."""
        if element.text and not element.text.isspace():
            self.lose_text(element, element.text)
        for child in element:
            self.lose(child)
            if child.tail and not child.tail.isspace():
                self.lose_text(element, child.tail)

    def tolerate(self, element: etree._Element, name: str) -> None:
        """Note what was read although the message says less than the standard asks."""
        if len(self.tolerated) < MAX_TOLERATED:
            self.tolerated.append(Unplaced(f"{self._path(element)}/@{name}", ""))

    def verbatim(self, child: etree._Element, plan: ReadPlan, node: Node) -> bool:
        """Take the words beside a code that ICH has no element for; False when it is not that.

        Of a message alone: the wrapper around messages has no place for them but its fragments.
        """
        code = plan.attributes.get("code")
        if (
            code is None
            or node.code == "N.1"
            or child.tag != ORIGINAL_TEXT
            or len(child)
            or child.attrib
        ):
            return False
        if not child.text or child.text.isspace() or code in node.verbatims:
            return False
        node.verbatims[code] = child.text
        return True

    def misplaced(self, element: etree._Element, place: str, node: Node) -> None:
        """Report an element that has no place, and keep it to be written back where it stood."""
        self.lose(element)
        if not (len(element) or element.attrib or (element.text and not element.text.isspace())):
            return
        before = element.getprevious()
        after = short(before.tag) if before is not None and isinstance(before.tag, str) else ""
        node.fragments.append(Fragment(Kept.ELEMENT, place, serialised(element), after))

    def preserve_attributes(self, element: etree._Element, plan: ReadPlan, node: Node) -> None:
        """Keep the attributes and the text of an element that its place has no element for."""
        constant = plan.constant or {}
        names = [
            str(name)
            for name, value in pairs(element)
            if (name not in STRUCTURAL and name not in plan.allowed and name not in constant)
            or (name == "nullFlavor" and name not in plan.attributes)
        ]
        if names:
            said = attributes(element, *names)
            node.fragments.append(Fragment(Kept.ATTRIBUTES, plan.path, said))

    def stray_text(self, element: etree._Element, text: str, plan: ReadPlan, node: Node) -> None:
        """Report text that stands where no element has text, and keep it.

        Texts of one place are one, a line each: they are written into one element.
        """
        self.lose_text(element, text)
        said = escaped(text.strip())
        for number, kept in enumerate(node.fragments):
            if kept.kind is Kept.TEXT and kept.place == plan.path:
                node.fragments[number] = Fragment(Kept.TEXT, plan.path, f"{kept.xml}\n{said}")
                return
        node.fragments.append(Fragment(Kept.TEXT, plan.path, said))

    def replaced(self, element: etree._Element, plan: ReadPlan, node: Node) -> None:
        """Keep an element as received although its place says it otherwise."""
        top: etree._Element | None = element
        while top is not None and plan.top and short(top.tag) != plan.top:
            top = top.getparent()
        if top is not None and (id(node), plan.path) not in self.rewritten:
            self.rewritten.add((id(node), plan.path))
            self.visited.append((node, plan, top))

    def originals(self) -> None:
        """Keep the elements whose values do not say all they said, as they were received."""
        if not self.rewritten:
            return
        found: dict[tuple[int, str], tuple[Node, ReadPlan, list[str]]] = {}
        for node, plan, element in self.visited:
            key = (id(node), plan.path)
            if key in self.rewritten:
                found.setdefault(key, (node, plan, []))[2].append(serialised(element))
        for node, plan, xml in found.values():
            mark = fingerprint(node, plan.codes)
            node.fragments.append(Fragment(Kept.ORIGINAL, plan.path, "".join(xml), mark))

    def lose(self, element: etree._Element) -> None:
        """Report everything an unknown part says; labels alone say nothing."""
        facts: list[tuple[etree._Element, str, str]] = []
        says = False
        for part in element.iter():
            if not isinstance(part.tag, str):
                continue
            tag = short(part.tag)
            parent = part.getparent()
            labels = tag == "code" and parent is not None and short(parent.tag) in LABELLED
            for name, value in pairs(part):
                if name in STRUCTURAL or not value or (name == "root" and tag == "id"):
                    continue
                facts.append((part, f"@{name}", value))
                says = says or not (tag in CONTEXT or (labels and name == "code"))
            for text in (part.text, part.tail if part is not element else None):
                if text and not text.isspace():
                    facts.append((part, "text()", text))
                    says = True
        if says:
            for part, name, value in facts:
                self.keep(part, name, value)

    def keep(self, element: etree._Element, name: str, value: str) -> None:
        """Report one fact that has no place. MessageRefused past the largest number of them."""
        if len(self.unplaced) >= MAX_UNPLACED:
            raise MessageRefused("too_many", f"more than {MAX_UNPLACED} parts have no place")
        leaf = f"/{name}" if name.startswith("@") or name.endswith("()") else f" ({name})"
        self.unplaced.append(Unplaced(f"{self._path(element)}{leaf}", value))

    def _path(self, element: etree._Element) -> str:
        steps: list[str] = []
        at: etree._Element | None = element
        while at is not None:
            parent = at.getparent()
            if parent is None:
                steps.append(short(at.tag))
            elif self.at and short(at.tag) in self.at:
                steps.append(self.at)
                break
            else:
                steps.append(f"{short(at.tag)}[{self._number(parent, at)}]")
            at = parent
        return "/" + "/".join(reversed(steps))

    def _number(self, parent: etree._Element, element: etree._Element) -> int:
        numbers = self._numbers.get(parent)
        if numbers is None:
            numbers = self._numbers[parent] = {}
            seen: dict[str, int] = {}
            for child in parent:
                seen[child.tag] = seen.get(child.tag, 0) + 1
                numbers[child] = seen[child.tag]
        return numbers[element]
