"""One ICSR as a tree of typed values in three states: a value, a nullFlavor, or absent.

Source: domain 6.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pv.domain.e2b.refusals import MessageRefused

REACTION_GROUP = "E.i"
DRUG_GROUP = "G.k"
DEVICE_GROUP = "G.k.2.2.EU.9.r"  # device parts of an advanced therapy
MATRIX_GROUP = "G.k.9.i"
MATRIX_REACTION = "G.k.9.i.1"


@dataclass(frozen=True, slots=True)
class Null:
    """A nullFlavor in place of a value, such as ``MSK`` or ``UNK`` (ISO/HL7 27953-2)."""

    flavor: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """An included document, kept exactly as encoded in the message and decoded only on demand.

    ``representation`` is ``B64`` or ``TXT`` (HL7 ED), ``compression`` an HL7 code such as ``DF``
    or None, ``reference`` the file name some senders put beside the data, or None.
    """

    media_type: str | None
    compression: str | None
    data: str
    representation: str = "B64"
    reference: str | None = None

    def decoded(self) -> bytes:
        """The bytes of the document, still compressed if ``compression`` says so.

        Raises MessageRefused when the text is not base64.
        """
        if self.representation != "B64":
            return self.data.encode("utf-8")
        try:
            return base64.b64decode("".join(self.data.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise MessageRefused("attachment_not_base64", str(error)) from error


Value = str | Null | Attachment


def identity(root: str | None, extension: str | None) -> str | None:
    """An HL7 instance identifier as one text: the root alone, or ``root^extension``.

    Root and extension together identify; None when neither is said.
    """
    if not extension:
        return root or None
    return f"{root or ''}^{extension}"


def identity_key(name: object) -> str:
    """An identifier as it is compared."""
    if not isinstance(name, str):
        return ""
    root, mark, extension = name.partition("^")
    return f"{root.lower()}{mark}{extension}"


class Kept(StrEnum):
    """How a received part without an element is at its place."""

    ELEMENT = "element"
    ATTRIBUTES = "attributes"
    TEXT = "text"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A received piece of XML that the element table cannot hold, to be written back.

    ``place`` names the XML element of the message's shape (`schema_tree.SchemaNode.path`); an
    ELEMENT is in it after the siblings called ``after``; ATTRIBUTES and TEXT are its own; an
    ORIGINAL is the element itself as received and stands while what it said (``after``, a
    fingerprint) still holds.
    """

    kind: Kept
    place: str
    xml: str
    after: str = field(default="", compare=False)


@dataclass(slots=True)
class Node:
    """One instance of an element group: the values said in it and the groups nested in it.

    ``values`` maps an element code to its value exactly as the message says it (dates as E2B
    strings with their own precision, decimals as text). An absent key is an absent element.
    ``qualifiers`` holds what the message says *beside* a value where it differs from the element
    table: the code system of a code (empty text: none given), or the unit of F.r.4 and F.r.5.
    ``names`` holds a code and the term name received with it, ``verbatims`` the words received
    beside a code where ICH has no element for them, ``fragments`` what found no element at all.
    ``id`` is the identifier that ties drugs and reactions together (`identity`), mostly a UUID;
    other groups have none.
    """

    code: str
    id: str | None = None
    values: dict[str, Value] = field(default_factory=dict)
    groups: dict[str, list["Node"]] = field(default_factory=dict)
    qualifiers: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    verbatims: dict[str, str] = field(default_factory=dict)
    fragments: list[Fragment] = field(default_factory=list)

    def name_of(self, element: str) -> str | None:
        """The term name received with a code, as long as the code is still the one received.

        None when there was none, or the code has changed.
        """
        code, name = self.names.get(element, (None, None))
        return name if code is not None and code == self.values.get(element) else None

    def get(self, element: str) -> Value | None:
        """The value of an element of this instance, or None when it is absent."""
        return self.values.get(element)

    def text(self, element: str) -> str | None:
        """The value when it is text; None when absent, a nullFlavor or a document."""
        value = self.values.get(element)
        return value if isinstance(value, str) else None

    def each(self, group: str) -> list["Node"]:
        """The instances of a group nested directly in this one, in message order."""
        return self.groups.get(group, [])

    def add(self, group: str, id: str | None = None) -> "Node":
        """Append a new instance of a group and return it."""
        node = Node(group, id)
        self.groups.setdefault(group, []).append(node)
        return node

    def is_empty(self) -> bool:
        """True when neither this instance nor any nested one says anything."""
        return not (self.values or self.fragments or self.verbatims) and all(
            n.is_empty() for many in self.groups.values() for n in many
        )

    def walk(self, at: str = "") -> Iterator[tuple[str, "Node", str, Value]]:
        """Yield (instance path, node, element code, value), in order of groups and elements.

        ``at`` is the instance path of this node: ``G.k[2].4.r[1].1a`` is element G.k.4.r.1a of
        the first dosage of the second drug; instances count from 1.
        """
        for element, value in self.values.items():
            yield element_path(self.code, at, element), self, element, value
        for group, nodes in self.groups.items():
            for index, node in enumerate(nodes, 1):
                yield from node.walk(group_path(self.code, at, group, index))


def element_path(group: str, at: str, element: str) -> str:
    """The instance path of an element in the instance ``at`` of ``group``."""
    if not at:
        return element
    return at + element[len(group) :] if element.startswith(group) else f"{at}.{element}"


def group_path(parent: str, at: str, group: str, index: int) -> str:
    """The instance path of the ``index``-th (from 1) instance of a group nested in ``at``."""
    return f"{element_path(parent, at, group)}[{index}]"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Something a received message said that no element of the table can hold.

    ``path`` is the place in the XML with instance numbers, ``value`` the text or attribute value.
    """

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Message:
    """One ICSR: the root instance (N.2.r, C, D, H and the groups) and what found no place.

    ``tolerated`` names codes that were understood although their code system was missing,
    ``original`` every value of an E2B(R2) report as it came, tag by tag.
    """

    root: Node
    unplaced: tuple[Unplaced, ...] = ()
    tolerated: tuple[Unplaced, ...] = field(default=(), compare=False)
    original: tuple[Unplaced, ...] = field(default=(), compare=False)

    def get(self, element: str) -> Value | None:
        """The value of an element that occurs once per ICSR, or None when absent."""
        return self.root.values.get(element)

    def text(self, element: str) -> str | None:
        """As `get`, but None unless the value is text."""
        return self.root.text(element)

    def each(self, group: str) -> list[Node]:
        """The instances of a first-level group, such as ``E.i``."""
        return self.root.each(group)

    def walk(self) -> Iterator[tuple[str, Node, str, Value]]:
        """Yield (instance path, node, element code, value) for the whole message."""
        return self.root.walk()


@dataclass(frozen=True, slots=True)
class Batch:
    """A transmission: the batch wrapper's N.1 values and the messages in order."""

    values: dict[str, Value]
    messages: tuple[Message, ...]
    unplaced: tuple[Unplaced, ...] = ()
    qualifiers: dict[str, str] = field(default_factory=dict)
    fragments: tuple[Fragment, ...] = ()

    def with_messages(self, *messages: Message) -> "Batch":
        """The same wrapper around other messages."""
        return replace(self, messages=messages)
