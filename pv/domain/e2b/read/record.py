"""What a message said, taken down value by value, and what found no place in the table."""

from typing import cast

from lxml import etree

from pv.domain.e2b.message import Node, Null, Unplaced, Value, identity
from pv.domain.e2b.places import ANCHOR_ID
from pv.domain.e2b.read.plans import Plan
from pv.domain.e2b.refusals import MessageRefused
from pv.domain.e2b.skeleton import NAMESPACE, STRUCTURAL

MAX_UNPLACED = 20_000
MAX_TOLERATED = 1_000
PREFIX = f"{{{NAMESPACE}}}"
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


class Record:
    """The taking down of one message or one batch wrapper."""

    def __init__(self, at: str = "") -> None:
        self.at = at
        self.unplaced: list[Unplaced] = []
        self.tolerated: list[Unplaced] = []
        self._numbers: dict[etree._Element, dict[etree._Element, int]] = {}

    def put(self, element: etree._Element, node: Node, code: str, value: Value) -> None:
        """Set a value; a second, different one for the same element is kept as unplaced."""
        if code == ANCHOR_ID:
            if node.id in (None, value) and isinstance(value, str):
                node.id = value
                return
        elif node.values.setdefault(code, value) == value:
            return
        self._keep(element, code, value.flavor if isinstance(value, Null) else str(value))

    def leaf(self, element: etree._Element, plan: Plan, node: Node) -> None:
        """Take down an element that carries values in its attributes or text."""
        flavor = system = None
        said = first = False
        if plan.anchor:
            self._identify(element, node)
            return
        for name, value in pairs(element):
            code = plan.attributes.get(name)
            if code is not None:
                if value:
                    main = code == plan.primary
                    first = first or (main and code not in node.values)
                    said = said or main
                    self._attribute(element, plan, node, name, value)
            elif name == "nullFlavor":
                flavor = value
            elif name == "codeSystem":
                system = value
            elif name not in STRUCTURAL:
                self._other(element, plan, node, name, value)
        text = element.text
        if text is not None and text and not text.isspace():
            if plan.text is None:
                self._keep(element, "text()", text)
            else:
                self.put(element, node, plan.text, text)
                said = said or plan.text == plan.primary
        if said and plan.system is not None and (system or "") != plan.system:
            self._qualify(element, node, plan.attributes["code"], system or "", first)
            if not system:
                self.tolerate(element, "codeSystem")
        if flavor is not None and not said and plan.primary is not None:
            self.put(element, node, plan.primary, Null(flavor))
        elif flavor is not None and said:
            self._keep(element, "@nullFlavor", flavor)
        if plan.own_unit is not None:
            self._qualify(element, node, plan.own_unit, element.get("unit", ""), first)

    def _identify(self, element: etree._Element, node: Node) -> None:
        """Take down what a drug or a reaction is called: root and extension are one identifier."""
        name = identity(element.get("root"), element.get("extension"))
        if name is not None:
            self.put(element, node, ANCHOR_ID, name)
        self.check_names(element, ("root", "extension"))

    def _attribute(
        self, element: etree._Element, plan: Plan, node: Node, name: str, value: str
    ) -> None:
        """Set a value; a number that is always in one unit is no such number in another."""
        unit = element.get("unit", "")
        if name == "value" and plan.unit is not None and unit != plan.unit:
            self._keep(element, "@value", f"{value} {unit}".strip())
        else:
            self.put(element, node, plan.attributes[name], value)

    def _qualify(
        self, element: etree._Element, node: Node, code: str, said: str, first: bool
    ) -> None:
        """The code system or unit of a value; one of a second value never changes the first's."""
        if first or code not in node.values:
            node.qualifiers[code] = said
        elif said and node.qualifiers.get(code) != said:
            self._keep(element, f"{code} of", said)

    def part(self, element: etree._Element, plan: Plan, node: Node) -> None:
        """As `leaf`, for an element that should have no children; those are kept as unplaced."""
        self.leaf(element, plan, node)
        for child in element:
            self.lose(child)
            if child.tail and not child.tail.isspace():
                self.lose_text(element, child.tail)

    def _other(
        self, element: etree._Element, plan: Plan, node: Node, name: str, value: str
    ) -> None:
        if name == "unit" and (plan.own_unit or plan.unit):
            return
        if name == "mediaType" and value == "text/plain":
            return
        if name == "value" and plan.attributes.get("code") and not value:
            return
        if name == "qualifier" and plan.tag == "delimiter":
            return
        if name == "root" and "extension" in plan.attributes:
            return
        if name in ("inclusive", "assigningAuthorityName") and not value:
            return
        self._keep(element, f"@{name}", value)

    def check_names(self, element: etree._Element, known: tuple[str, ...]) -> None:
        """Keep every attribute that neither the shape nor the structure accounts for."""
        for name, value in pairs(element):
            if name not in known and name not in STRUCTURAL:
                self._keep(element, f"@{name}", value)

    def lose_attribute(self, element: etree._Element, name: str) -> None:
        """Keep one attribute as unplaced."""
        self._keep(element, f"@{name}", element.get(name, ""))

    def lose_text(self, element: etree._Element, text: str) -> None:
        """Keep text that stands where no element has text."""
        self._keep(element, "text()", text)

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

    def lose(self, element: etree._Element) -> None:
        """Keep everything an unknown part says; labels alone say nothing."""
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
                self._keep(part, name, value)

    def _keep(self, element: etree._Element, name: str, value: str) -> None:
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
