"""The writer's tree: each place with its opening tag ready, compiled once per profile.

Source: domain 6.
"""

import re
from dataclasses import dataclass, field
from functools import cache

from pv.domain.e2b.characters import attribute
from pv.domain.e2b.elements import ELEMENTS, Profile
from pv.domain.e2b.schema_tree import ANCHOR_ID, SchemaNode, tree
from pv.domain.e2b.skeleton import (
    ALWAYS,
    ALWAYS_IDS,
    CLASSES,
    CONSTANTS,
    DEMANDED,
    HOLDER_ROLE,
    MATCH_CHILD,
    MESSAGE,
    ORDER,
)
from pv.domain.e2b.systems import oid

ATTRIBUTE_ORDER = (
    "assigningAuthorityName",
    "extension",
    "root",
    "value",
    "unit",
    "code",
    "codeSystemVersion",
    "language",
)
NAME = re.compile(r"\w+")
# Receivers look for these texts by their code system, code or no code.
SPOKEN_SYSTEMS = frozenset(oid(name) for name in ("MEDDRA", "FORM", "ROUTE"))


@dataclass(slots=True)
class Form:
    """One place for the writer. ``items`` are constant XML and forms in the schema's order."""

    tag: str
    head: str
    attributes: tuple[tuple[str, str], ...]
    text: str | None
    items: tuple["str | Form", ...]
    needs: frozenset[str]
    close: str
    path: str = ""
    codes: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    unless: str = ""
    always: bool = False
    shape: str | None = None
    repeats: str | None = None
    anchored: bool = False
    linked: bool = False
    assessment: bool = False
    reference: str | None = None
    position: int = 0
    blank: str = ""
    code: str | None = None
    system: str | None = None
    spoken: bool = False
    told_by_value: bool = False
    unit: str | None = None
    own_unit: str | None = None
    parts: dict[str, "Form"] = field(default_factory=dict)


@cache
def forms(profile: Profile) -> tuple[Form, Form]:
    """The form of a message and the form of the batch wrapper."""
    roots = tree(profile, lenient=False)
    return _form(roots[""], None), _form(roots["N.1"], None)


def _form(place: SchemaNode, parent: SchemaNode | None, told: bool = False) -> Form:
    told = told or (place.match is not None and bool(place.match.value))
    children = [_form(child, place, told) for child in place.children]
    for child in children:
        if child.tag in DEMANDED.get(place.tag, ()):
            child.blank = _blank(child)
    names = sorted(place.attributes, key=ATTRIBUTE_ORDER.index)
    code, value = place.attributes.get("code"), place.attributes.get("value")
    system = ELEMENTS[code].system if code is not None else None
    form = Form(
        tag=place.tag,
        head=_head(place, parent),
        attributes=tuple((name, place.attributes[name]) for name in names),
        text=place.text,
        items=_items(place, children),
        needs=frozenset(_needs(place, children)),
        close=f"</{place.tag}>",
        path=place.path,
        unless=place.unless,
        always=_always(place, parent),
        shape=place.shape,
        repeats=place.repeats,
        anchored=any(ANCHOR_ID in c.attributes.values() for c in place.children),
        linked=place.linked is not None,
        assessment=place.assessment,
        position=place.position,
        code=code,
        system=system,
        spoken=system in SPOKEN_SYSTEMS or (place.tag == "code" and place.match is not None),
        told_by_value=told,
        parts={child.tag: child for child in children},
    )
    form.tags = tuple(_tag(item) for item in form.items)
    own = (c.codes for c in children if not (c.repeats or c.linked or c.assessment))
    form.codes = frozenset(c for c in place.bound() if c in ELEMENTS).union(*own)
    if place.refers:
        form.reference = "observation"
    elif place.linked is not None and not any(c.reference for c in children):
        form.reference = "act"
    if place.tag == "causalityAssessment":
        form.reference = "assessment"
    if value is not None and value in ELEMENTS and "unit" not in place.attributes:
        form.unit = ELEMENTS[value].unit
        form.own_unit = value if value in ("F.r.4", "F.r.5") else None
    return form


def _tag(item: "str | Form") -> str:
    """The tag of a part; of constant XML it is the first name."""
    return NAME.findall(item)[0] if isinstance(item, str) else item.tag


def _blank(form: Form) -> str:
    """The form with nothing in it but what the schema demands."""
    inside = "".join(i if isinstance(i, str) else i.blank for i in form.items)
    return f"{form.head}>{inside}{form.close}" if inside else f"{form.head}/>"


def _needs(place: SchemaNode, children: list[Form]) -> set[str]:
    """Element and group codes of one node that give this place something to say."""
    found = {*place.bound(), place.path}
    for child in children:
        if child.repeats is not None:
            found.add(child.repeats)
        elif not child.linked and not child.assessment:
            found |= child.needs
    return found


def _always(place: SchemaNode, parent: SchemaNode | None) -> bool:
    if parent is None or any(code in ALWAYS_IDS for code in place.bound()):
        return True
    leads = any(child.tag in ("adverseEventAssessment", "player1") for child in place.children)
    return place.tag in ALWAYS or leads


def _head(place: SchemaNode, parent: SchemaNode | None) -> str:
    parts = [place.tag]
    if place.type_code is not None:
        parts.append(f'typeCode="{place.type_code}"')
    elif place.tag == "role" and parent is not None and parent.tag == "holder":
        parts.append(HOLDER_ROLE)
    elif place.tag in CLASSES:
        parts.append(CLASSES[place.tag])
    if place.xsi is not None:
        parts.append(f'xsi:type="{place.xsi}"')
    if place.tag == "delimiter" and place.match is not None:
        parts.append(f'qualifier="{place.match.code}"')
    if place.tag == "id" and place.match is not None:
        parts.append(f'root="{oid(place.match.code)}"')
    return ("\n<" if place.type_code is not None else "<") + " ".join(parts)


def _items(place: SchemaNode, children: list[Form]) -> tuple["str | Form", ...]:
    rank = {tag: number for number, tag in enumerate(ORDER.get(place.tag, "").split())}
    pairs: list[tuple[int, str | Form]] = [(rank.get(c.tag, len(rank)), c) for c in children]
    for tag, attributes in CONSTANTS.get(place.tag, ()):
        said = "".join(f' {name}="{value}"' for name, value in attributes.items())
        pairs.append((rank.get(tag, len(rank)), f"<{tag}{said}/>"))
    for tag, xml in _fixed(place):
        pairs.append((rank.get(tag, len(rank)), xml))
    if place.tag == "MCCI_IN200100UV01":
        pairs.append((rank[MESSAGE], MESSAGE))
    pairs.sort(key=lambda pair: pair[0])
    return tuple(item for _, item in pairs)


def _fixed(place: SchemaNode) -> list[tuple[str, str]]:
    match = place.match
    if match is None or match.code in ("", "*") or place.tag in ("id", "code", "delimiter"):
        return []
    tag = MATCH_CHILD.get(place.tag, "code")
    if match.code == "NA":
        return [(tag, f'<{tag} nullFlavor="NA"/>')]
    found = [(tag, _coded(tag, match.code, match.system))]
    for role, kind, who in (("author", "AUT", match.author), ("performer", "PRF", match.performer)):
        if who:
            code, _, system = who.partition("@")
            inner = _coded("code", code, oid(system))
            found.append(
                (
                    role,
                    f'<{role} typeCode="{kind}"><assignedEntity classCode="ASSIGNED">{inner}'
                    f"</assignedEntity></{role}>",
                )
            )
    return found


def _coded(tag: str, code: str, system: str) -> str:
    return f'<{tag} code="{attribute(code)}" codeSystem="{system}"/>'
