"""Which place an XML element has when its tag has several: by code, root, scheme, order.

Source: domain 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pv.domain.e2b.message import Node
from pv.domain.e2b.read.compiled_reader import Acts, Choice, ReadPlan, qualified
from pv.domain.e2b.schema_tree import Match
from pv.domain.e2b.skeleton import SCHEMA_INSTANCE
from pv.domain.e2b.systems import REGIONAL, foreign, oid

if TYPE_CHECKING:
    from lxml import etree

XSI_TYPE = f"{{{SCHEMA_INSTANCE}}}type"
CODE = qualified("code")
VALUE = qualified("value")
ID = qualified("id")
ASSIGNED = qualified("assignedEntity")


def pick(choice: Choice, element: etree._Element, node: Node, nth: int) -> ReadPlan | None:
    """The plan for an element, or None when no place fits.

    ``nth`` counts elements of the same tag in the same parent, from 1.
    """
    kind = choice.kind
    if kind == "act":
        return _by_act(choice, element)
    if kind == "id":
        return _by_root(choice, element)
    if kind == "code":
        return _by_system(choice, element)
    if kind == "scheme":
        return _by_scheme(choice, element, node)
    if kind == "entity":
        return _by_entity(choice, element)
    if kind == "position":
        return next((p for p in choice.plans if p.position == nth), None)
    if kind == "delimiter":
        name = element.get("qualifier")
        return next((p for p in choice.plans if p.match is not None and p.match.code == name), None)
    name = element.get(XSI_TYPE)
    return next((p for p in choice.plans if p.xsi == name), choice.plans[0])


def _by_act(choice: Choice, element: etree._Element) -> ReadPlan | None:
    """By the one act of a relationship; two in one say what neither may say."""
    found = [act for act in element if act.tag in choice.acts]
    return _by_code(choice.acts[found[0].tag], element, found[0]) if len(found) == 1 else None


def _by_code(acts: Acts, element: etree._Element, act: etree._Element) -> ReadPlan | None:
    if acts.by_child:
        found = _by_child(acts, act)
        if found is not None:
            return found
    if not acts.by_code and not acts.by_system and acts.null is None:
        return _by_type(acts.rest, element)
    code = next(act.iterchildren(acts.child), None)
    if code is None:
        return acts.null or _by_type(acts.rest, element)
    value, system = code.get("code"), code.get("codeSystem")
    plans = acts.by_code.get((value or "", system or ""))
    if plans is None and system in acts.by_system:
        return acts.by_system[system]
    if plans is None and not system:
        plans = acts.loosely.get(value or "")
    if plans is None:
        if system is not None and system.startswith(REGIONAL):
            return None
        return _by_type(acts.rest, element) or (acts.null if value is None else None)
    return plans[0] if len(plans) == 1 else _narrow(plans, act)


def _by_child(acts: Acts, act: etree._Element) -> ReadPlan | None:
    """By a child the act has: an element of a tag, or an id of a root."""
    for child in act:
        found = acts.by_child.get(child.tag)
        if found is None and child.tag == ID:
            root = child.get("root", "")
            found = acts.by_child.get(root)
            if found is None and root:
                return None
        if found is not None:
            return found
    roots = [plan for key, plan in acts.by_child.items() if not key.startswith("{")]
    return roots[0] if roots and len(roots) == len(acts.by_child) else None


def _by_type(plans: list[ReadPlan], element: etree._Element) -> ReadPlan | None:
    """Between acts without a code the relationship's own type decides.

    The schema leaves the type of some relationships out; where only one can stand, it is that one.
    """
    name = element.get("typeCode")
    if name is None and len(plans) == 1:
        return plans[0]
    return next((p for p in plans if p.type_code == name), None)


def _narrow(plans: list[ReadPlan], act: etree._Element) -> ReadPlan | None:
    """Between acts of one code: who said it, or which code list the value comes from.

    A value without code list belongs where its nullFlavor may stand, or to ICH.
    """
    if plans[0].match is not None and plans[0].match.author:
        name = act.find(f"{qualified('author')}/{ASSIGNED}/{CODE}")
        return None if name is None else next((p for p in plans if _said_by(p, name)), None)
    value = act.find(VALUE)
    system = value.get("codeSystem", "") if value is not None else ""
    for plan in plans:
        if plan.match is not None and plan.match.value == system:
            return plan
    if system:
        own = plans[0].match.value if plans[0].match is not None else None
        return None if foreign(system, own) else plans[0]
    flavor = value.get("nullFlavor") if value is not None else None
    return next((p for p in plans if flavor in p.flavors), plans[0])


def _said_by(plan: ReadPlan, name: etree._Element) -> bool:
    """Whether the author of an act is the one the plan is for."""
    role, _, system = plan.match.author.partition("@") if plan.match is not None else ("", "", "")
    said = name.get("codeSystem")
    return role == name.get("code") and (not said or said == oid(system))


def _by_root(choice: Choice, element: etree._Element) -> ReadPlan | None:
    root = element.get("root")
    for plan in choice.plans:
        if plan.match is not None and oid(plan.match.code) == root:
            return plan
    return choice.plans[0] if root is None and len(choice.plans) == 1 else None


def _by_system(choice: Choice, element: etree._Element) -> ReadPlan | None:
    system = element.get("codeSystem")
    return next((p for p in choice.plans if p.system == system), choice.plans[0])


def _by_entity(choice: Choice, element: etree._Element) -> ReadPlan | None:
    """An identified entity says what it is by its code, or failing that by its id's root."""
    code, number = element.find(CODE), element.find(ID)
    for plan in choice.plans:
        if code is not None and plan.match is not None and _coded(plan.match, code):
            return plan
    for plan in choice.plans:
        inner = plan.children.get(ID)
        if number is not None and isinstance(inner, Choice) and _by_root(inner, number):
            return plan
    return None


def _coded(match: Match, code: etree._Element) -> bool:
    """Whether a code is the one demanded; a missing system is tolerated."""
    return match.code == code.get("code") and code.get("codeSystem", match.system) in (
        "",
        match.system,
    )


def _by_scheme(choice: Choice, element: etree._Element, node: Node) -> ReadPlan | None:
    """A telecom by the scheme of its address; one without any is a free telephone number."""
    scheme, colon, _ = element.get("value", "").partition(":")
    for plan in choice.plans:
        if plan.shape == scheme.lower():
            return plan
    if colon:
        return None
    free = (p for p in choice.plans if p.attributes["value"] not in node.values)
    return next(free, None)
