"""What a message said, taken down value by value, and what found no place in the table.

Source: domain 6.
"""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING

from pv.domain.e2b.message import Node, Null, Value, identity
from pv.domain.e2b.read.compiled_reader import ReadPlan
from pv.domain.e2b.read.unmapped_content import Keeping, pairs
from pv.domain.e2b.schema_tree import ANCHOR_ID
from pv.domain.e2b.skeleton import STRUCTURAL

if TYPE_CHECKING:
    from lxml import etree


class Record(Keeping):
    """The taking down of one message or one batch wrapper."""

    def put(self, element: etree._Element, node: Node, code: str, value: Value) -> None:
        """Set a value; a second, different one for the same element is kept as unplaced."""
        if code == ANCHOR_ID:
            if node.id in (None, value) and isinstance(value, str):
                node.id = value
                return
        elif node.values.setdefault(code, value) == value:
            return
        self.keep(element, code, value.flavor if isinstance(value, Null) else str(value))

    def leaf(self, element: etree._Element, plan: ReadPlan, node: Node) -> None:
        """Take down an element that carries values in its attributes or text."""
        flavor = system = shown = None
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
            elif name == "displayName":
                shown = value
            elif name not in STRUCTURAL:
                self._other(element, plan, node, name, value)
        text = element.text
        if text and element.get("representation") == "B64":
            text = self._decoded(element, plan, node, text)
        if text is not None and text and not text.isspace():
            if plan.text is None:
                self.keep(element, "text()", text)
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
            self.keep(element, "@nullFlavor", flavor)
        if plan.own_unit is not None:
            self._qualify(element, node, plan.own_unit, element.get("unit", ""), first)
        if shown:
            self._name(element, plan, node, shown)

    def _name(self, element: etree._Element, plan: ReadPlan, node: Node, shown: str) -> None:
        """The term name received with a code; one in place of a code stays where it stood."""
        code, value = plan.attributes.get("code"), element.get("code")
        if code is not None and value and node.values.get(code) == value:
            node.names.setdefault(code, (value, shown))
        elif code is not None and not value:
            self.rewritten.add((id(node), plan.path))
        else:
            self.keep(element, "@displayName", shown)

    def _decoded(
        self, element: etree._Element, plan: ReadPlan, node: Node, text: str
    ) -> str | None:
        """Text that was sent in base64; what is none, or compressed, is kept as unplaced."""
        self.rewritten.add((id(node), plan.path))
        if plan.text is not None and element.get("compression") is None:
            with suppress(ValueError):
                return b64decode("".join(text.split()), validate=True).decode("utf-8")
        self.keep(element, "@representation", "B64")
        self.lose_text(element, text)
        return None

    def _identify(self, element: etree._Element, node: Node) -> None:
        """Take down what a drug or a reaction is called: root and extension are one identifier."""
        name = identity(element.get("root"), element.get("extension"))
        if name is not None:
            self.put(element, node, ANCHOR_ID, name)
        self.check_names(element, ("root", "extension"))
        if element.text and not element.text.isspace():
            self.lose_text(element, element.text)

    def _attribute(
        self, element: etree._Element, plan: ReadPlan, node: Node, name: str, value: str
    ) -> None:
        """Set a value; a number that is always in one unit is no such number in another."""
        unit = element.get("unit", "")
        if name == "value" and plan.unit is not None and unit != plan.unit:
            self.keep(element, "@value", f"{value} {unit}".strip())
        else:
            self.put(element, node, plan.attributes[name], value)

    def _qualify(
        self, element: etree._Element, node: Node, code: str, said: str, first: bool
    ) -> None:
        """The code system or unit of a value; one of a second value never changes the first's."""
        if first or code not in node.values:
            node.qualifiers[code] = said
        elif said and node.qualifiers.get(code) != said:
            self.keep(element, f"{code} of", said)

    def part(self, element: etree._Element, plan: ReadPlan, node: Node) -> None:
        """As `leaf`, for an element that should have no children; those are kept as unplaced."""
        self.leaf(element, plan, node)
        for child in element:
            self.lose(child)
            if child.tail and not child.tail.isspace():
                self.lose_text(element, child.tail)

    def _other(
        self, element: etree._Element, plan: ReadPlan, node: Node, name: str, value: str
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
        self.keep(element, f"@{name}", value)
