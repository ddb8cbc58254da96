"""Changing one value of a message tree by its instance path, such as `G.k[1].4.r[2].7`."""

import re
from enum import StrEnum

from pv.domain.e2b.elements import ELEMENTS, GROUPS
from pv.domain.e2b.message import Node, Value
from pv.domain.e2b.write.text import FORBIDDEN

_STEP = re.compile(r"\[(\d{1,3})\]")
MOST_INSTANCES = 200


class PathProblem(StrEnum):
    """Why a path names no place of a message."""

    SYNTAX = "syntax"
    UNKNOWN_GROUP = "unknown_group"
    UNKNOWN_ELEMENT = "unknown_element"
    NO_INSTANCE = "no_instance"


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
    node, code = root, ""
    for index in range(0, len(parts) - 1, 2):
        code += parts[index]
        node = _instance(node, code, int(parts[index + 1]), path, create)
    element = code + parts[-1]
    if element not in ELEMENTS:
        raise PathError(PathProblem.UNKNOWN_ELEMENT, path)
    return node, element


def _instance(node: Node, group: str, number: int, path: str, create: bool) -> Node:
    if group not in GROUPS:
        raise PathError(PathProblem.UNKNOWN_GROUP, path)
    instances = node.each(group)
    if 1 <= number <= len(instances):
        return instances[number - 1]
    if create and number == len(instances) + 1 <= MOST_INSTANCES:
        return node.add(group)
    raise PathError(PathProblem.NO_INSTANCE, path)


def writable(text: str) -> bool:
    """Whether a report can hold the text: XML 1.0 knows no control characters."""
    return FORBIDDEN.search(text) is None


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
