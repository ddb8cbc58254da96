"""The reader's tree: places indexed by XML tag, compiled once per profile.

Source: domain 6.
"""

from dataclasses import dataclass, field
from functools import cache

from pv.domain.e2b.elements import ELEMENTS, Profile
from pv.domain.e2b.schema_tree import ANCHOR_ID, Match, SchemaNode, tree, walk
from pv.domain.e2b.skeleton import CONSTANTS, MATCH_CHILD, NAMESPACE
from pv.domain.e2b.systems import NAMED, oid

PRIMARY = ("code", "value", "extension", "root", "assigningAuthorityName")
POINTER = ("root", "extension")


def qualified(tag: str) -> str:
    """A tag as lxml names it in HL7's namespace."""
    return f"{{{NAMESPACE}}}{tag}"


@dataclass(slots=True)
class ReadPlan:
    """One place for the reader. ``children`` maps a qualified tag to a plan or several."""

    tag: str
    attributes: dict[str, str]
    text: str | None
    leaf: bool
    primary: str | None = None
    system: str | None = None
    unit: str | None = None
    own_unit: str | None = None
    shape: str | None = None
    repeats: str | None = None
    anchored: bool = False
    anchor: bool = False
    linked: bool = False
    assessment: bool = False
    type_code: str | None = None
    xsi: str | None = None
    match: Match | None = None
    by: str | None = None
    position: int = 0
    constant: dict[str, str] | None = None
    allowed: frozenset[str] = frozenset()
    flavors: frozenset[str] = frozenset()
    path: str = ""
    up: str = ""
    codes: frozenset[str] = frozenset()
    once: bool = False
    top: str = ""
    plain: bool = True
    single: bool = False
    also: bool = False
    fixed: bool = False
    children: dict[str, "ReadPlan | Choice"] = field(default_factory=dict)


@dataclass(slots=True)
class Choice:
    """Several plans for one tag, and the way to tell them apart."""

    kind: str
    plans: tuple[ReadPlan, ...]
    acts: dict[str, "Acts"] = field(default_factory=dict)


@dataclass(slots=True)
class Acts:
    """The relationships that lead to one kind of act, by the act's code."""

    by_code: dict[tuple[str, str], list[ReadPlan]] = field(default_factory=dict)
    loosely: dict[str, list[ReadPlan]] = field(default_factory=dict)
    by_system: dict[str, ReadPlan] = field(default_factory=dict)
    by_child: dict[str, ReadPlan] = field(default_factory=dict)
    rest: list[ReadPlan] = field(default_factory=list)
    null: ReadPlan | None = None
    child: str = qualified("code")


@cache
def plans(profile: Profile) -> tuple[ReadPlan, ReadPlan]:
    """The plan of a message and the plan of the batch wrapper, for a preferred region."""
    roots = tree(profile, lenient=True)
    return _plan(roots[""], profile), _plan(roots["N.1"], profile)


def _plan(place: SchemaNode, profile: Profile) -> ReadPlan:
    plan = ReadPlan(
        place.tag,
        place.attributes,
        place.text,
        bool(place.attributes) or place.text is not None,
        shape=place.shape,
        repeats=place.repeats,
        anchored=any("root" in c.attributes for c in place.children),
        anchor=ANCHOR_ID in place.attributes.values(),
        linked=place.linked is not None,
        assessment=place.assessment,
        type_code=place.type_code,
        xsi=place.xsi,
        match=place.match,
        by=place.by,
        position=place.position,
        path=place.path,
        up=place.path.rpartition("/")[0],
    )
    _facts(plan)
    _descend(plan, place, profile)
    inside = [p for below in plan.children.values() for p in _each(below)]
    own = [p for p in inside if p.repeats is None and not p.linked and not p.assessment]
    plan.codes = frozenset(c for c in place.bound() if c in ELEMENTS).union(*(p.codes for p in own))
    plan.also = place.also and place.repeats is None
    plan.plain = not (plan.shape or plan.assessment or plan.linked or plan.repeats or plan.also)
    plan.once = plan.repeats is None and len(own) == len(inside) and all(p.once for p in own)
    plan.single = plan.once and plan.type_code is not None
    return plan


def _each(below: "ReadPlan | Choice") -> tuple[ReadPlan, ...]:
    return below.plans if isinstance(below, Choice) else (below,)


def _facts(plan: ReadPlan) -> None:
    """What the table says of the element bound here: its code system, its implied unit."""
    for name in PRIMARY:
        if name in plan.attributes:
            plan.primary = plan.attributes[name]
            break
    else:
        plan.primary = plan.text
    code = plan.attributes.get("code")
    if code is not None:
        plan.system = ELEMENTS[code].system
    value = plan.attributes.get("value")
    if value is not None and "unit" not in plan.attributes:
        plan.unit = ELEMENTS[value].unit
        plan.own_unit = value if value in ("F.r.4", "F.r.5") else None


def _descend(plan: ReadPlan, place: SchemaNode, profile: Profile) -> None:
    together: dict[str, list[tuple[SchemaNode, ReadPlan]]] = {}
    for child in place.children:
        together.setdefault(child.tag, []).append((child, _plan(child, profile)))
    for tag, pairs in together.items():
        plan.children[qualified(tag)] = _choice(pairs, profile)
    for fixed in _fixed(place):
        _named(fixed, f"{place.path}/{fixed.tag}", fixed.tag)
        plan.children.setdefault(qualified(fixed.tag), fixed)
    for tag, attributes in CONSTANTS.get(place.tag, ()):
        constant = ReadPlan(tag, {}, None, False, constant=dict(attributes))
        constant.fixed = True
        constant.path, constant.up = f"{place.path}/{tag}", place.path
        plan.children.setdefault(qualified(tag), constant)


def _named(plan: ReadPlan, path: str, top: str) -> None:
    """A fixed part is kept and written as one, so all of it has the path of its first element."""
    plan.path, plan.up, plan.top, plan.fixed = path, path.rpartition("/")[0], top, True
    for below in plan.children.values():
        for inner in _each(below):
            _named(inner, path, top)


def _said(*tags: str, allowed: tuple[str, ...] = (), code: str = "", system: str = "") -> ReadPlan:
    """A chain of elements whose last may carry some attributes, or only the given code."""
    plan = ReadPlan(tags[-1], {}, None, False, allowed=frozenset(allowed))
    plan.constant = {"code": code, "codeSystem": system} if code else None
    for tag in reversed(tags[:-1]):
        plan = ReadPlan(tag, {}, None, False, children={qualified(plan.tag): plan})
    return plan


def _fixed(place: SchemaNode) -> list[ReadPlan]:
    """Parts that only repeat what the place already means, or point to drug and reaction."""
    found = []
    if place.match is not None and place.match.code not in ("", "*"):
        tag, match = MATCH_CHILD.get(place.tag, "code"), place.match
        found.append(_said(tag, code=match.code, system=match.system))
    if place.match is not None and place.match.author:
        role, _, system = place.match.author.partition("@")
        found.append(_said("author", "assignedEntity", "code", code=role, system=oid(system)))
    if place.match is not None and place.match.performer:
        role, _, system = place.match.performer.partition("@")
        found.append(_said("performer", "assignedEntity", "code", code=role, system=oid(system)))
    if place.tag == "causalityAssessment":
        found.append(_said("subject1", "adverseEffectReference", "id", allowed=POINTER))
        found.append(_said("subject2", "productUseReference", "id", allowed=POINTER))
    if place.linked is not None:
        found.append(_said("actReference", "id", allowed=POINTER))
    if place.refers:
        found.append(_said("outboundRelationship1", "actReference", "id", allowed=POINTER))
    return found


def _choice(pairs: list[tuple[SchemaNode, ReadPlan]], profile: Profile) -> ReadPlan | Choice:
    found = tuple(plan for _, plan in pairs)
    places = [place for place, _ in pairs]
    if any(p.type_code is not None or p.tag == "part" for p in places):
        return Choice("act", found, _acts(pairs, profile))
    if places[0].match is not None and places[0].tag in ("id", "code", "delimiter"):
        return Choice(places[0].tag, found)
    if len(found) == 1 and places[0].shape != "tel":
        return found[0]
    kind = "position" if any(p.position for p in places) else "scheme"
    kind = "entity" if places[0].match is not None else kind
    kind = "xsi" if any(p.xsi for p in places) else kind
    return Choice(kind, found)


def _acts(pairs: list[tuple[SchemaNode, ReadPlan]], profile: Profile) -> dict[str, Acts]:
    found: dict[str, Acts] = {}
    for place, plan in pairs:
        act = next((c for c in place.children if c.match or c.by), None) or place.children[-1]
        acts = found.setdefault(qualified(act.tag), Acts())
        acts.child = qualified(MATCH_CHILD.get(act.tag, "code"))
        match = act.match
        if act.by is not None:
            acts.by_child[oid(act.by) if _is_root(act.by) else qualified(act.by)] = plan
        elif match is None or match.code == "*":
            acts.rest.append(plan)
        elif match.code == "NA":
            acts.null = plan
        elif match.code == "":
            acts.by_system[match.system] = plan
        else:
            acts.by_code.setdefault((match.code, match.system), []).append(plan)
            acts.loosely.setdefault(match.code, []).append(plan)
        plan.match = match
        if match is not None and match.value:
            plan.flavors = _flavors(place, profile)
    return found


def _flavors(place: SchemaNode, profile: Profile) -> frozenset[str]:
    """The nullFlavors an act's own value may have for a receiver of this region."""
    items = [ELEMENTS[code] for part in walk(place) for code in part.bound() if code in ELEMENTS]
    return frozenset(n for e in items if profile in e.profiles for n in e.nulls_for(profile))


def _is_root(name: str) -> bool:
    return name in NAMED or (name[:1] == "N" and name[1:].isdigit())
