"""The message tree as JSON and back without loss: the form the case tables store.

The product's own rule, after domain 6.
"""

from typing import Any

from pv.domain.e2b.message import (
    Attachment,
    Fragment,
    Kept,
    Message,
    Node,
    Null,
    Unplaced,
    Value,
)
from pv.domain.e2b.refusals import MessageRefused

FORMAT = 1


def to_data(node: Node) -> dict[str, Any]:
    """A node as plain dictionaries, lists and text, for a JSON column."""
    data: dict[str, Any] = {"code": node.code}
    if node.id is not None:
        data["id"] = node.id
    if node.values:
        data["values"] = {element: value_to_data(value) for element, value in node.values.items()}
    if node.qualifiers:
        data["qualifiers"] = dict(node.qualifiers)
    if node.names:
        data["names"] = {element: list(pair) for element, pair in node.names.items()}
    if node.verbatims:
        data["verbatims"] = dict(node.verbatims)
    if node.fragments:
        data["fragments"] = [[f.kind.value, f.place, f.xml, f.after] for f in node.fragments]
    if node.groups:
        data["groups"] = {group: [to_data(n) for n in many] for group, many in node.groups.items()}
    return data


def from_data(data: Any) -> Node:
    """The node that `to_data` wrote. Raises MessageRefused when the data has another shape."""
    try:
        return Node(
            code=data["code"],
            id=data.get("id"),
            values={e: value_from_data(v) for e, v in data.get("values", {}).items()},
            groups={g: [from_data(n) for n in many] for g, many in data.get("groups", {}).items()},
            qualifiers=dict(data.get("qualifiers", {})),
            names={e: (str(code), str(name)) for e, (code, name) in data.get("names", {}).items()},
            verbatims=dict(data.get("verbatims", {})),
            fragments=[
                Fragment(Kept(kind), place, xml, after)
                for kind, place, xml, after in data.get("fragments", [])
            ],
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MessageRefused("not_json", f"not a message node: {error}") from error


def message_to_data(message: Message) -> dict[str, Any]:
    """A message with what found no place, for a JSON column."""
    data = {
        "format": FORMAT,
        "root": to_data(message.root),
        "unplaced": [[item.path, item.value] for item in message.unplaced],
    }
    if message.original:
        data["original"] = [[item.path, item.value] for item in message.original]
    return data


def message_from_data(data: Any) -> Message:
    """The message `message_to_data` wrote. Raises MessageRefused for another shape."""
    try:
        unplaced = tuple(Unplaced(path, value) for path, value in data.get("unplaced", []))
        original = tuple(Unplaced(path, value) for path, value in data.get("original", []))
        return Message(from_data(data["root"]), unplaced, original=original)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MessageRefused("not_json", str(error)) from error


def value_to_data(value: Value) -> Any:
    """One value as JSON: text, `{"null": flavor}`, or a document with its media type."""
    if isinstance(value, str):
        return value
    if isinstance(value, Null):
        return {"null": value.flavor}
    data: dict[str, Any] = {"data": value.data, "media_type": value.media_type}
    if value.compression is not None:
        data["compression"] = value.compression
    if value.representation != "B64":
        data["representation"] = value.representation
    if value.reference is not None:
        data["reference"] = value.reference
    return data


def value_from_data(data: Any) -> Value:
    """The value that `value_to_data` wrote; KeyError or TypeError for another shape."""
    if isinstance(data, str):
        return data
    if "null" in data:
        return Null(data["null"])
    return Attachment(
        data["media_type"],
        data.get("compression"),
        data["data"],
        data.get("representation", "B64"),
        data.get("reference"),
    )
