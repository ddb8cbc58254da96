"""Changing one value of a message tree by its instance path, such as `G.k[1].4.r[2].7`.

The product's own rule.
"""

import re
from copy import deepcopy
from enum import StrEnum
from uuid import uuid4

from pv.domain.e2b.elements import ELEMENTS, GROUPS
from pv.domain.e2b.message import (
    DRUG_GROUP,
    MATRIX_GROUP,
    MATRIX_REACTION,
    REACTION_GROUP,
    Node,
    Value,
)

_STEP = re.compile(r"\[(\d{1,3})\]")
MOST_INSTANCES = 200


class PathProblem(StrEnum):
    """Why a path names no place of a message."""

    SYNTAX = "syntax"
    UNKNOWN_GROUP = "unknown_group"
    UNKNOWN_ELEMENT = "unknown_element"
    NO_INSTANCE = "no_instance"
    REFERRED_TO = "referred_to"


class PathError(ValueError):
    """A path that leads nowhere; `code` says why."""

    def __init__(self, code: PathProblem, path: str) -> None:
        super().__init__(f"{code}: {path}")
        self.code = code
        self.path = path


def locate(root: Node, path: str, *, create: bool = False) -> tuple[Node, str]:
    """The instance and the element code a path names.

    With `create` the instance after the last existing one is made. PathError otherwise, also for
    an element the table does not know: nothing can be stored that no writer could write.
    """
    parts = _STEP.split(path)
    if len(parts) % 2 == 0 or not parts[0]:
        raise PathError(PathProblem.SYNTAX, path)
    node, code = _descend(root, parts, path, create)
    element = code + parts[-1]
    if element not in ELEMENTS:
        # A region's own element of a group may carry the region in front: FDA.E.i.3.2h.
        element = parts[-1].removeprefix(".")
    if element not in ELEMENTS or ELEMENTS[element].group != code:
        raise PathError(PathProblem.UNKNOWN_ELEMENT, path)
    return node, element


def instance_at(root: Node, path: str, *, create: bool = False) -> Node:
    """The instance of a group that a path such as `G.k[1].4.r[2]` names; PathError otherwise."""
    parts = _STEP.split(path)
    if len(parts) < 3 or parts[-1]:
        raise PathError(PathProblem.SYNTAX, path)
    return _descend(root, parts, path, create)[0]


def copied(root: Node) -> Node:
    """A tree of its own, to try a path in."""
    return deepcopy(root)


def remove(root: Node, path: str) -> int:
    """Take an instance with all inside it away; the following ones move up.

    Returns how many values went. PathError where the path names no instance, or names a reaction
    that a drug's assessment refers to.
    """
    node = instance_at(root, path)
    if node.code == REACTION_GROUP and node.id and _referred_to(root, node.id):
        raise PathError(PathProblem.REFERRED_TO, path)
    parts = _STEP.split(path)
    parent, _code = _descend(root, [*parts[:-3], ""], path, create=False)
    siblings = parent.groups[node.code]
    siblings[:] = [sibling for sibling in siblings if sibling is not node]
    if not siblings:
        del parent.groups[node.code]
    return sum(1 for _value in node.walk())


def _referred_to(root: Node, reaction: str) -> bool:
    links = (link for drug in root.each(DRUG_GROUP) for link in drug.each(MATRIX_GROUP))
    return any(link.text(MATRIX_REACTION) == reaction for link in links)


def _descend(root: Node, parts: list[str], path: str, create: bool) -> tuple[Node, str]:
    """Follow the steps of a split path; a region's own group carries the region in front."""
    node, code = root, ""
    for index in range(0, len(parts) - 1, 2):
        step = parts[index]
        code = code + step if code + step in GROUPS else step.removeprefix(".")
        node = _instance(node, code, int(parts[index + 1]), path, create)
    return node, code


def _instance(node: Node, group: str, number: int, path: str, create: bool) -> Node:
    if group not in GROUPS or GROUPS[group].parent != node.code:
        raise PathError(PathProblem.UNKNOWN_GROUP, path)
    instances = node.each(group)
    if 1 <= number <= len(instances):
        return instances[number - 1]
    if create and number == len(instances) + 1 <= MOST_INSTANCES:
        # Drugs and reactions carry the identifier that ties them together.
        return node.add(group, str(uuid4()) if group in (REACTION_GROUP, DRUG_GROUP) else None)
    raise PathError(PathProblem.NO_INSTANCE, path)


def nulls(root: Node, path: str) -> tuple[str, ...]:
    """The nullFlavors the element at a path may take, those only one region knows included.

    A new instance is made where one may follow. PathError where the path names no place.
    """
    _node, code = locate(root, path, create=True)
    return ELEMENTS[code].any_nulls()


def put(root: Node, path: str, value: Value | None) -> Value | None:
    """Store a value, or take it away with None; returns what stood there."""
    node, element = locate(root, path, create=value is not None)
    before = node.values.get(element)
    if value is None:
        node.values.pop(element, None)
        node.qualifiers.pop(element, None)
    else:
        node.values[element] = value
    return before


def value_at(root: Node, path: str) -> Value | None:
    """The value at a path, None when the place or the value is absent."""
    try:
        node, element = locate(root, path)
    except PathError:
        return None
    return node.values.get(element)
