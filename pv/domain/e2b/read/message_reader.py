"""One walk over a message's XML into the tree, by organizer and observation code.

Source: domain 6.
"""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from pv.domain.e2b.elements import ELEMENTS
from pv.domain.e2b.message import (
    DEVICE_GROUP,
    DRUG_GROUP,
    MATRIX_GROUP,
    MATRIX_REACTION,
    REACTION_GROUP,
    Message,
    Node,
    Null,
    identity,
    identity_key,
)
from pv.domain.e2b.read.choices import pick
from pv.domain.e2b.read.compiled_reader import Choice, ReadPlan, qualified
from pv.domain.e2b.read.datatypes import SHAPES
from pv.domain.e2b.read.record import Record
from pv.domain.e2b.read.unmapped_content import pairs
from pv.domain.e2b.skeleton import OTHER_SENDERS, STRUCTURAL
from pv.domain.e2b.systems import foreign

if TYPE_CHECKING:
    from lxml import etree

PLAIN, TRUE = STRUCTURAL - {"nullFlavor"}, ("true", "1")
# What a nullFlavor may be said of as a whole.
NULLED = ("name", "addr", "observation", "observationEvent", "investigationCharacteristic")
CODE, ACT_REFERENCE, ID = map(qualified, ("code", "actReference", "id"))
DRUG_POINTER = f"{qualified('subject2')}/{qualified('productUseReference')}/{ID}"
REACTION_POINTER = f"{qualified('subject1')}/{qualified('adverseEffectReference')}/{ID}"


class Walk(Record):
    """The reading of one message."""

    def __init__(self, at: str = "") -> None:
        super().__init__(at)
        self.assessments: list[tuple[etree._Element, ReadPlan]] = []

    def read(self, element: etree._Element, plan: ReadPlan) -> Message:
        """The message in a PORR_IN049016UV element."""
        root = Node("")
        self.visit(element, plan, root)
        _identify(root)
        self._assess(root)
        self._settle(element, root)
        self.originals()
        return Message(root, tuple(self.unplaced), tuple(self.tolerated))

    def visit(
        self, element: etree._Element, plan: ReadPlan, node: Node, skip: Set[str] = frozenset()
    ) -> None:
        """Take down an element and everything below it but its children of the tags in ``skip``."""
        keeps = plan.leaf or plan.fixed
        mark, kept = (len(self.unplaced), len(node.fragments)) if keeps else (0, 0)
        if not plan.leaf:
            if not self._structure(element, plan, node):
                return
        elif plan.system and foreign(element.get("codeSystem"), plan.system):
            self.misplaced(element, plan.up, node)
            return
        else:
            self.visited.append((node, plan, element))
            self.leaf(element, plan, node)
        children = plan.children
        nth: dict[str, int] | None = None
        once: set[str] | None = None
        for child in element:
            tag = child.tag
            target = children.get(tag)
            if target is not None and target.__class__ is Choice:
                if nth is None:
                    nth = {}
                nth[tag] = nth.get(tag, 0) + 1
                target = pick(target, child, node, nth[tag])
            if not isinstance(target, ReadPlan):
                if tag not in skip and not self.verbatim(child, plan, node):
                    self.misplaced(child, plan.path, node)
            elif target.fixed:
                once = once or set()
                if tag in once:
                    self.misplaced(child, plan.path, node)
                elif not _as_fixed(child, target.constant):
                    self.visit(child, target, node)
                once.add(tag)
            elif not target.plain:
                self._enter(child, target, node)
            elif target.single and not node.values.keys().isdisjoint(target.codes):
                self.misplaced(child, plan.path, node)
            else:
                self.visit(child, target, node)
            tail = child.tail
            if tail is not None and not tail.isspace() and tail:
                self.stray_text(element, tail, plan, node)
        if keeps and len(self.unplaced) > mark:
            del node.fragments[kept:]
            if plan.leaf:
                self.rewritten.add((id(node), plan.path))
            else:
                self.replaced(element, plan, node)

    def _structure(self, element: etree._Element, plan: ReadPlan, node: Node) -> bool:
        """Check an element that carries no value; False when it denies what it would say."""
        constant, mark, kept = plan.constant, len(self.unplaced), False
        if constant is not None and "codeSystem" in constant and not element.get("codeSystem"):
            self.tolerate(element, "codeSystem")
        for name, value in pairs(element):
            if constant is None and name in PLAIN:
                continue
            if constant is not None and name in constant:
                if constant[name] != value and value not in OTHER_SENDERS.get(plan.tag, ()):
                    self.lose_attribute(element, name)
                    self.replaced(element, plan, node)
            elif name == "nullFlavor":
                if constant is None:
                    kept = self._null(element, plan, node, value) or kept
                elif constant.get("code") != value:
                    self.lose_attribute(element, name)
            elif name == "negationInd" and value in TRUE and not (plan.repeats or plan.fixed):
                del self.unplaced[mark:]
                self.misplaced(element, plan.up, node)
                return False
            elif name not in STRUCTURAL and name not in plan.allowed:
                self.lose_attribute(element, name)
                kept = True
        if kept:
            self.preserve_attributes(element, plan, node)
        text = element.text
        if text is not None and not text.isspace() and text:
            self.stray_text(element, text, plan, node)
        return True

    def _null(self, element: etree._Element, plan: ReadPlan, node: Node, flavor: str) -> bool:
        """A nullFlavor of a whole name, address or observation: said of all that may be null so.

        True when it says nothing that an element could hold, so that it is kept as unplaced.
        """
        whole = plan.tag in NULLED and plan.once and plan.codes.isdisjoint(node.values)
        if whole and not any(child.tag in plan.children for child in element if child.tag != CODE):
            known = [c for c in ELEMENTS if c in plan.codes and flavor in ELEMENTS[c].any_nulls()]
            for code in known:
                self.put(element, node, code, Null(flavor))
            if known:
                self.replaced(element, plan, node)
                return False
        self.lose_attribute(element, "nullFlavor")
        return True

    def _enter(self, child: etree._Element, plan: ReadPlan, node: Node) -> None:
        if plan.shape is not None:
            mark = len(self.unplaced)
            self.visited.append((node, plan, child))
            SHAPES[plan.shape](self, child, plan, node)
            if len(self.unplaced) > mark:
                self.rewritten.add((id(node), plan.path))
        elif plan.assessment:
            self.assessments.append((child, plan))
        elif plan.linked:
            self._link(child, plan, node)
        elif plan.also:
            self._second(child, plan, node)
        elif plan.repeats is not None:
            for act in child:
                if act.get("negationInd") in TRUE:
                    self.misplaced(child, plan.up, node)
                    return
            instance = Node(plan.repeats)
            self.visit(child, plan, instance)
            if plan.repeats in (DRUG_GROUP, REACTION_GROUP) or not instance.is_empty():
                node.groups.setdefault(plan.repeats, []).append(instance)

    def _second(self, child: etree._Element, plan: ReadPlan, node: Node) -> None:
        """A second place of an element is read when it says nothing else; it is never written."""
        trial, alone = Walk(self.at), Node(node.code)
        trial.visit(child, plan, alone)
        said = alone.values.keys() | alone.verbatims.keys()
        if trial.unplaced or trial.rewritten or not said.isdisjoint(node.values):
            self.misplaced(child, plan.up, node)
        else:
            node.values.update(alone.values)
            node.qualifiers.update(alone.qualifiers)
            node.verbatims.update(alone.verbatims)
            node.names.update(alone.names)

    def _link(self, element: etree._Element, plan: ReadPlan, drug: Node) -> None:
        """An entry of the matrix: it names its reaction by UUID."""
        for reference in element.iter(ACT_REFERENCE):
            number = reference.find(ID)
            reaction = _pointed(number)
            if reaction:
                self.visit(element, plan, _matrix(drug, reaction))
                return
        self.misplaced(element, plan.up, drug)

    def _assess(self, root: Node) -> None:
        """Give the assessments, which stand outside the drugs, to the drugs they point to."""
        drugs = {identity_key(drug.id): drug for drug in root.each(DRUG_GROUP)}
        for element, plan in self.assessments:
            act = next((child for child in element if child.tag in plan.children), None)
            drug_id = act.find(DRUG_POINTER) if act is not None else None
            drug = drugs.get(identity_key(_pointed(drug_id)))
            denied = act is not None and act.get("negationInd") in TRUE
            reaction = _pointed(act.find(REACTION_POINTER)) if act is not None else None
            if drug is None or denied or (plan.repeats is not None and not reaction):
                self.misplaced(element, plan.up, root)
            elif plan.repeats is not None:
                self._relate(element, reaction or "", plan, drug)
            elif plan.codes.isdisjoint(drug.values):
                self.visit(element, plan, drug)
            else:
                self.misplaced(element, plan.up, root)

    def _relate(self, element: etree._Element, reaction: str, plan: ReadPlan, drug: Node) -> None:
        instance = Node(plan.repeats or "")
        self.visit(element, plan, instance)
        entry = _matrix(drug, reaction)
        if not instance.is_empty():
            entry.groups.setdefault(instance.code, []).append(instance)

    def _settle(self, element: etree._Element, root: Node) -> None:
        spelled = {identity_key(reaction.id): reaction.id for reaction in root.each(REACTION_GROUP)}
        order = {name: number for number, name in enumerate(spelled.values())}
        for drug in root.each(DRUG_GROUP):
            matrix = drug.groups.get(MATRIX_GROUP)
            if matrix is not None:
                for entry in matrix:
                    name = entry.values[MATRIX_REACTION]
                    entry.values[MATRIX_REACTION] = spelled.get(identity_key(name)) or name
                matrix.sort(key=lambda entry: order.get(entry.text(MATRIX_REACTION), len(order)))
            for dosage in drug.each("G.k.4.r"):
                country = dosage.values.pop("G.k.2.4", None)
                if country is not None:
                    self.put(element, drug, "G.k.2.4", country)
                # EMA writes the parts of an advanced therapy's device with the dosage.
                if DEVICE_GROUP in dosage.groups:
                    devices = dosage.groups.pop(DEVICE_GROUP)
                    drug.groups.setdefault(DEVICE_GROUP, []).extend(devices)
            dosages = [dosage for dosage in drug.each("G.k.4.r") if not dosage.is_empty()]
            if dosages:
                drug.groups["G.k.4.r"] = dosages
            else:
                drug.groups.pop("G.k.4.r", None)
        for test in root.each("F.r"):
            unit = test.text("F.r.3.3") or ""
            for bound in ("F.r.4", "F.r.5"):
                if test.qualifiers.get(bound) == unit:
                    del test.qualifiers[bound]


def _matrix(drug: Node, reaction: str) -> Node:
    """The drug's entry for a reaction, made when it is the first word on it."""
    for entry in drug.each(MATRIX_GROUP):
        if identity_key(entry.values[MATRIX_REACTION]) == identity_key(reaction):
            return entry
    entry = drug.add(MATRIX_GROUP)
    entry.values[MATRIX_REACTION] = reaction
    return entry


def _as_fixed(child: etree._Element, constant: dict[str, str] | None) -> bool:
    """Whether a fixed part says just what it always says."""
    if constant is None or len(child) or child.text:
        return False
    same = 0
    for name, value in pairs(child):
        expected = constant.get(name)
        if expected is None:
            if name not in PLAIN:
                return False
        elif expected != value:
            return False
        else:
            same += 1
    return same == len(constant)


def _pointed(number: etree._Element | None) -> str | None:
    """The identifier a pointer names."""
    return None if number is None else identity(number.get("root"), number.get("extension"))


def _identify(root: Node) -> None:
    """Give drugs and reactions without an id one that is the same at every reading."""
    for group in (DRUG_GROUP, REACTION_GROUP):
        for number, node in enumerate(root.each(group), 1):
            if node.id is None:
                name = f"{root.text('C.1.1') or root.text('N.2.r.1') or ''}|{group}|{number}"
                node.id = str(uuid5(NAMESPACE_OID, name))
