"""One walk over a message's XML into the tree, by organizer and observation code."""

from uuid import NAMESPACE_OID, uuid5

from lxml import etree

from pv.domain.e2b.message import (
    DRUG_GROUP,
    MATRIX_GROUP,
    MATRIX_REACTION,
    REACTION_GROUP,
    Message,
    Node,
    identity,
    identity_key,
)
from pv.domain.e2b.read.choices import pick
from pv.domain.e2b.read.plans import Choice, Plan, qualified
from pv.domain.e2b.read.record import Record, pairs
from pv.domain.e2b.read.shapes import SHAPES
from pv.domain.e2b.skeleton import OTHER_SENDERS, STRUCTURAL
from pv.domain.e2b.systems import foreign

ACT_REFERENCE = qualified("actReference")
ID = qualified("id")
DRUG_POINTER = f"{qualified('subject2')}/{qualified('productUseReference')}/{ID}"
REACTION_POINTER = f"{qualified('subject1')}/{qualified('adverseEffectReference')}/{ID}"


class Walk(Record):
    """The reading of one message."""

    def __init__(self, at: str = "") -> None:
        super().__init__(at)
        self.assessments: list[tuple[etree._Element, Plan]] = []

    def read(self, element: etree._Element, plan: Plan) -> Message:
        """The message in a PORR_IN049016UV element."""
        root = Node("")
        self.visit(element, plan, root)
        _identify(root)
        self._assess(root)
        self._settle(element, root)
        return Message(root, tuple(self.unplaced), tuple(self.tolerated))

    def visit(
        self, element: etree._Element, plan: Plan, node: Node, skip: frozenset[str] = frozenset()
    ) -> None:
        """Take down an element and everything below it but its children of the tags in ``skip``."""
        if plan.system and foreign(element.get("codeSystem"), plan.system):
            self.lose(element)
            return
        if plan.leaf:
            self.leaf(element, plan, node)
        else:
            self._structure(element, plan)
        children = plan.children
        nth: dict[str, int] | None = None
        for child in element:
            tag = child.tag
            target = children.get(tag)
            if target is not None and target.__class__ is Choice:
                if nth is None:
                    nth = {}
                nth[tag] = nth.get(tag, 0) + 1
                target = pick(target, child, node, nth[tag])
            if target is None:
                if tag not in skip:
                    self.lose(child)
            elif isinstance(target, Plan):
                self._enter(child, target, node)
            tail = child.tail
            if tail is not None and not tail.isspace() and tail:
                self.lose_text(element, tail)

    def _structure(self, element: etree._Element, plan: Plan) -> None:
        constant = plan.constant
        if constant is not None and "codeSystem" in constant and not element.get("codeSystem"):
            self.tolerate(element, "codeSystem")
        for name, value in pairs(element):
            if constant is not None and name in constant:
                if constant[name] != value and value not in OTHER_SENDERS.get(plan.tag, ()):
                    self.lose_attribute(element, name)
            elif name not in STRUCTURAL and name not in plan.allowed:
                self.lose_attribute(element, name)
        text = element.text
        if text is not None and not text.isspace() and text:
            self.lose_text(element, text)

    def _enter(self, child: etree._Element, plan: Plan, node: Node) -> None:
        if plan.shape is not None:
            SHAPES[plan.shape](self, child, plan, node)
        elif plan.assessment:
            self.assessments.append((child, plan))
        elif plan.linked:
            self._link(child, plan, node)
        elif plan.repeats is not None:
            instance = Node(plan.repeats)
            self.visit(child, plan, instance)
            if plan.repeats in (DRUG_GROUP, REACTION_GROUP) or not instance.is_empty():
                node.groups.setdefault(plan.repeats, []).append(instance)
        else:
            self.visit(child, plan, node)

    def _link(self, element: etree._Element, plan: Plan, drug: Node) -> None:
        """An entry of the matrix: it names its reaction by UUID."""
        for reference in element.iter(ACT_REFERENCE):
            number = reference.find(ID)
            reaction = _pointed(number)
            if reaction:
                self.visit(element, plan, _matrix(drug, reaction))
                return
        self.lose(element)

    def _assess(self, root: Node) -> None:
        """Give the assessments, which stand outside the drugs, to the drugs they point to."""
        drugs = {identity_key(drug.id): drug for drug in root.each(DRUG_GROUP)}
        for element, plan in self.assessments:
            act = next((child for child in element if child.tag in plan.children), None)
            drug_id = act.find(DRUG_POINTER) if act is not None else None
            drug = drugs.get(identity_key(_pointed(drug_id)))
            if act is None or drug is None:
                self.lose(element)
            elif plan.repeats is None:
                self.visit(element, plan, drug)
            else:
                self._relate(element, act, plan, drug)

    def _relate(self, element: etree._Element, act: etree._Element, plan: Plan, drug: Node) -> None:
        pointer = act.find(REACTION_POINTER)
        reaction = _pointed(pointer)
        if not reaction or plan.repeats is None:
            self.lose(element)
            return
        instance = Node(plan.repeats)
        self.visit(element, plan, instance)
        entry = _matrix(drug, reaction)
        if not instance.is_empty():
            entry.groups.setdefault(plan.repeats, []).append(instance)

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
