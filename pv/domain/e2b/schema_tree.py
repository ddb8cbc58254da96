"""The paths of the element table grown into one tree of places that reader and writer follow.

Path grammar: ``tag(TYPE)`` a relationship with its typeCode, ``tag:XSI`` an xsi:type,
``tag[code@SYSTEM]`` a fixed code of the element (``[*]`` any other code, ``[NA]`` a nullFlavor,
``[@SYSTEM]`` any code of a system; ``;author=3@L21``, ``;performer=``, ``;value=`` narrow it),
``tag{child}`` told by a child, ``tag#2`` the second of its kind, ``tag~shape`` read by a shape,
``*`` the step that repeats with its group, ``$X`` a shorthand of `skeleton.PATHS`. In front:
``>`` beside the group's anchor, ``^`` an assessment that points to its drug, ``&`` an entry of
the drug and reaction matrix.

Source: domain 6, through the element table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from pv.domain.e2b.elements import ELEMENTS, GROUPS, REGIONS, TABLE, Element, Profile
from pv.domain.e2b.message import DEVICE_GROUP
from pv.domain.e2b.skeleton import ORDER, PATHS
from pv.domain.e2b.systems import oid

STEP = re.compile(
    r"(?P<tag>[A-Za-z]\w*)(?:\((?P<type>\w+)\))?(?::(?P<xsi>\w+))?"
    r"(?:\[(?P<match>[^\]]*)\])?(?:\{(?P<by>\w+)\})?(?:#(?P<position>\d))?(?:~(?P<shape>\w+))?$"
)
REPEATS = re.compile(r"^(\w+)\*")
ANCHOR_ID = "#id"
_RANK = {code: number for number, code in enumerate(ELEMENTS)}


@dataclass(frozen=True, slots=True)
class Match:
    """What a fixed code predicate demands: code and system, and a second code or value system."""

    code: str
    system: str
    author: str = ""
    performer: str = ""
    value: str = ""


@dataclass(slots=True)
class SchemaNode:
    """One XML element of the message's shape and what is bound to it."""

    tag: str
    type_code: str | None = None
    xsi: str | None = None
    match: Match | None = None
    by: str | None = None
    position: int = 0
    shape: str | None = None
    repeats: str | None = None
    linked: str | None = None
    refers: bool = False
    assessment: bool = False
    text: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["SchemaNode"] = field(default_factory=list)
    index: dict[str, "SchemaNode"] = field(default_factory=dict)
    path: str = ""
    unless: str = ""
    also: bool = False

    def child(self, key: str) -> "SchemaNode | None":
        """The place grown for a step key; None when none is."""
        return self.index.get(key)

    def bound(self) -> Iterator[str]:
        """The element codes bound to this very XML element."""
        yield from self.attributes.values()
        if self.text is not None:
            yield self.text


def expand(path: str) -> str:
    """A path with its shorthands written out."""
    while "$" in path:
        path = re.sub(r"\$[A-Z]+", lambda found: PATHS[found.group()], path)
    return path


@cache
def tree(profile: Profile, *, lenient: bool) -> dict[str, SchemaNode]:
    """The places of one profile: ``""`` the message, ``"N.1"`` the batch.

    ``lenient`` grows, after the profile's own, the other regions' places that do not contradict
    them and the places some senders use by mistake: the reader's tree. Without it: the writer's.
    """
    roots: dict[str, SchemaNode] = {}
    others = REGIONS if lenient or profile is Profile.PARTNER else ()
    for regional in (Profile.ICH, profile, *others):
        _grow(roots, regional, twins=profile is Profile.PARTNER and not lenient)
    if lenient:
        _grow_alternatives(roots)
    elif DEVICE_GROUP in roots:
        _share(roots, DEVICE_GROUP, "G.k.4.r", GROUPS[DEVICE_GROUP].path)
    for root in (roots[""], roots["N.1"]):
        _order(root)
    return {"": roots[""], "N.1": roots["N.1"]}


def _grow(anchors: dict[str, SchemaNode], profile: Profile, *, twins: bool) -> None:
    for code, group in GROUPS.items():
        if code in anchors or profile not in group.profiles:
            continue
        if group.parent is None:
            anchors[code] = SchemaNode(group.path, path=code)
        elif group.parent in anchors:
            planted = _plant(anchors, group.parent, group.path, repeats=code)
            if planted is not None:
                anchors[code] = planted
    for item in ELEMENTS.values():
        if profile in item.profiles and item.group in anchors and not item.path.startswith("#"):
            _bind(anchors, item, item.group, item.path, twins=twins)
    for code in ("E.i", "G.k"):
        anchor = anchors[code]
        (anchor.child("id") or _step(anchor, "id")).attributes["root"] = ANCHOR_ID


def _grow_alternatives(anchors: dict[str, SchemaNode]) -> None:
    """The second places of elements, read whole or not: only devices are written in theirs."""
    known = {id(place) for place in walk(anchors[""])}
    for line in (TABLE / "also.psv").read_text(encoding="utf-8").splitlines()[1:]:
        code, group, path = line.split("|")
        if code in GROUPS:
            _share(anchors, code, group, path)
        else:
            _bind(anchors, ELEMENTS[code], group, path)
    for place in walk(anchors[""]):
        for child in place.children:
            child.also = id(place) in known and id(child) not in known


def _share(anchors: dict[str, SchemaNode], code: str, group: str, path: str) -> None:
    """Let a group be read in a second place too; what is in it has the paths of the first."""
    place, own = _plant(anchors, group, path, repeats=code), anchors[code]
    if place is not None:
        place.children, place.index, place.path = own.children, own.index, own.path
        place.attributes, place.text = own.attributes, own.text


def _bind(
    anchors: dict[str, SchemaNode], item: Element, group: str, path: str, *, twins: bool = False
) -> None:
    """Bind an element to its place. With ``twins`` one that two regions use is written twice."""
    steps, _, leaf = path.rpartition("/")
    place = _plant(anchors, group, steps, None) if steps else anchors[group]
    if path.startswith("text~"):
        place, leaf = _plant(anchors, group, path, None), "text"
    if place is None or item.code in place.bound():
        return
    if leaf == "text":
        place.text = place.text or item.code
        return
    if twins and leaf.startswith("@") and leaf[1:] in place.attributes:
        tag, mark, shape = steps.rpartition("~")
        first = place
        place = _plant(anchors, group, f"{tag}#3{mark}{shape}", None) or place
        place.unless, place.path = first.attributes[leaf[1:]], first.path
    place.attributes.setdefault(leaf.removeprefix("@"), item.code)


def _plant(
    anchors: dict[str, SchemaNode], group: str, path: str, repeats: str | None
) -> SchemaNode | None:
    """Grow the steps of a path from a group's anchor; None when another group has the place."""
    place = anchors[group]
    linked = assessment = False
    if path.startswith("&"):
        place, path, linked = anchors["G.k"], path[1:], True
    elif path.startswith("^"):
        place, path, assessment = anchors[""], "$A/" + path[1:], True
    elif path.startswith(">"):
        place, path = _holder(anchors[""], group), path[1:]
    if not path:
        return place
    keys = _keys(expand(path))
    for number, (key, repeating) in enumerate(keys):
        known = place.child(key)
        if repeating and known is not None and known.repeats != repeats:
            return None
        place = known or _step(place, key)
        if repeating:
            place.repeats = repeats
        if linked and number == 0:
            place.linked = "G.k.9.i"
        place.refers = place.refers or (linked and place.tag == "observation")
        place.assessment = place.assessment or (assessment and "\ncausality" in key)
    return place


def _holder(root: SchemaNode, group: str) -> SchemaNode:
    """The repeating place of a group."""
    for place in walk(root):
        if place.repeats == group:
            return place
    raise KeyError(group)


def walk(place: SchemaNode) -> Iterator[SchemaNode]:
    """A place and every place below it."""
    yield place
    for child in place.children:
        yield from walk(child)


def _keys(path: str) -> list[tuple[str, bool]]:
    """The steps of a path and whether each repeats with its group.

    A relationship is keyed together with the step it leads to: two relationships of one kind
    are two XML elements when they lead to different acts.
    """
    steps = [REPEATS.sub(r"\1", step) for step in path.split("/")]
    repeating = [REPEATS.match(step) is not None for step in path.split("/")]
    keys = [
        f"{step}\n{after}" if "(" in step or step == "part" else step
        for step, after in zip(steps, [*steps[1:], ""], strict=True)
    ]
    return list(zip(keys, repeating, strict=True))


def _step(place: SchemaNode, key: str) -> SchemaNode:
    found = STEP.match(key.partition("\n")[0])
    if found is None:
        raise ValueError(f"not a path step: {key}")
    child = SchemaNode(
        tag=found["tag"],
        type_code=found["type"],
        xsi=found["xsi"],
        match=_match(found["match"]) if found["match"] else None,
        by=found["by"],
        position=int(found["position"] or 0),
        shape=found["shape"],
        path=f"{place.path}/{key.replace(chr(10), '>')}",
    )
    place.children.append(child)
    place.index[key] = child
    return child


def _match(text: str) -> Match:
    first, *more = text.split(";")
    code, at, system = first.partition("@")
    narrow = dict(item.split("=") for item in more)
    if "value" in narrow:
        narrow["value"] = oid(narrow["value"])
    return Match(code, oid(system) if at else "", **narrow)


def _order(place: SchemaNode) -> int:
    """Put children into the schema's order, same tags in table order; the first element's rank."""
    rank = {tag: number for number, tag in enumerate(ORDER.get(place.tag, "").split())}
    first = {id(child): _order(child) for child in place.children}
    place.children.sort(key=lambda c: (rank.get(c.tag, len(rank)), first[id(c)]))
    return min([*first.values(), *(_RANK.get(code, -1) for code in place.bound())], default=0)
