"""A drug of E2B(R2): its dosage, and what is said of it and each reaction.

Source: ICH ICSR DTD 2.1 and ICH E2B(R3) IG, backward and forward compatibility; from memory, high
confidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pv.domain.e2b.message import MATRIX_REACTION, Node
from pv.domain.e2b.r2 import tables
from pv.domain.e2b.r2.tables import Kind
from pv.domain.e2b.r2.tags import Tags

if TYPE_CHECKING:
    from lxml import etree


class Drug:
    """Reads one drug into a new G.k of a message whose reactions are there."""

    def __init__(self, tags: Tags, root: Node, identity: str) -> None:
        self.tags, self.root = tags, root
        self.node = root.add("G.k", identity)

    def read(self, one: etree._Element) -> None:
        """The drug, its dosage, and what is said of it and a reaction."""
        node, tags = self.node, self.tags
        tags.fields(node, one, tables.DRUG)
        for substance in one.findall("activesubstance"):
            if text := self.tags.said(substance, "activesubstancename"):
                node.add("G.k.2.3.r").values["G.k.2.3.r.1"] = text
        dose = Node("G.k.4.r")
        self.tags.fields(dose, one, tables.DOSAGE)
        if one.findtext("drugseparatedosagenumb", "1").strip() == "1":
            # Several doses in an interval have no element: the interval alone would say another.
            self.tags.said(one, "drugseparatedosagenumb")
            self.tags.field(dose, one, "drugintervaldosageunitnumb", "G.k.4.r.2", Kind.TEXT)
            self.tags.field(
                dose, one, "drugintervaldosagedefinition", "G.k.4.r.3", tables.INTERVALS
            )
            if "G.k.4.r.3" not in dose.values and "G.k.4.r.2" in dose.values:
                del dose.values["G.k.4.r.2"]  # a number of nothing
                tags.leave(one, "drugintervaldosageunitnumb")
        if dose.values:
            node.groups.setdefault("G.k.4.r", []).append(dose)
        if text := self.tags.said(one, "drugindication"):
            indication = node.add("G.k.7.r")
            self.tags.term(indication, one, "drugindication", "G.k.7.r.2b", text)
            if words := indication.verbatims.pop("G.k.7.r.2b", ""):
                indication.values["G.k.7.r.1"] = words
        self._intervals(one)
        self._recurrence(one)
        for opinion in one.findall("drugreactionrelatedness"):
            self._opinion(opinion)

    def _link(self, reaction: Node) -> Node:
        for link in self.node.each("G.k.9.i"):
            if link.values.get(MATRIX_REACTION) == reaction.id:
                return link
        link = self.node.add("G.k.9.i")
        link.values[MATRIX_REACTION] = reaction.id or ""
        return link

    def _reaction(self, text: str) -> Node | None:
        """The one reaction of a term, by its code or by its words."""
        found = [
            node
            for node in self.root.each("E.i")
            if text and text in (node.text("E.i.2.1b"), node.text("E.i.1.1a"))
        ]
        return found[0] if len(found) == 1 else None

    def _intervals(self, one: etree._Element) -> None:
        """From first and last dose to the reaction, where there is one reaction only."""
        reactions = self.root.each("E.i")
        if len(reactions) != 1:
            return
        found = Node("")
        for tag, element in (("drugstartperiod", "G.k.9.i.3.1"), ("druglastperiod", "G.k.9.i.3.2")):
            self.tags.field(found, one, tag, f"{element}a", Kind.TEXT)
            self.tags.field(found, one, f"{tag}unit", f"{element}b", tables.DURATIONS)
        if found.values:
            self._link(reactions[0]).values.update(found.values)

    def _recurrence(self, one: etree._Element) -> None:
        again = one.findtext("drugrecurreadministration", "").strip()
        named = [
            (each, self._reaction(each.findtext("drugrecuraction", "").strip()))
            for each in one.findall("drugrecurrence")
        ]
        reactions = [node for _each, node in named if node] if named else self.root.each("E.i")
        if again not in ("1", "2", "3") or not reactions or (not named and len(reactions) != 1):
            return
        self.tags.said(one, "drugrecurreadministration")
        for each, node in named:
            if node is not None:
                self.tags.said(each, "drugrecuraction")
                self.tags.said(each, tables.VERSIONS["drugrecuraction"])
        for node in reactions:
            self._link(node).values["G.k.9.i.4"] = again

    def _opinion(self, opinion: etree._Element) -> None:
        reaction = self._reaction(opinion.findtext("drugreactionasses", "").strip())
        if reaction is None:
            return
        self.tags.said(opinion, "drugreactionasses")
        self.tags.said(opinion, tables.VERSIONS["drugreactionasses"])
        self.tags.fields(self._link(reaction).add("G.k.9.i.2.r"), opinion, tables.OPINION)
