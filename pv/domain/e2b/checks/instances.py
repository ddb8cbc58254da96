"""One walk over a message into a table of its instances, which every rule then asks.

The product's own machinery; each rule names its authority (domain 6).
"""

from collections.abc import Mapping

from pv.domain.e2b.checks.dates import Latest
from pv.domain.e2b.message import Message, Node, Null, Value, element_path, group_path

MESSAGE = ""  # the group code of the message itself, whose elements occur once


class GroupInstance:
    """One instance of a group with the way back to the message, so a finding can name it."""

    __slots__ = ("index", "node", "parent", "values")

    def __init__(self, node: Node, parent: "GroupInstance | None", index: int) -> None:
        self.node = node
        self.values = node.values
        self.parent = parent
        self.index = index

    def path(self) -> str:
        """Instance path such as ``G.k[2].4.r[1]``; empty for the message itself."""
        if self.parent is None:
            return ""
        return group_path(self.parent.node.code, self.parent.path(), self.node.code, self.index)

    def path_to(self, element: str) -> str:
        """Instance path of an element (or of a group that is missing) in this instance."""
        return element_path(self.node.code, self.path(), element)

    def has(self, element: str) -> bool:
        """Whether the element says anything: text that is not blank, a document, a nullFlavor."""
        value = self.values.get(element)
        return value is not None and (not isinstance(value, str) or bool(value.strip()))

    def known(self, element: str) -> bool:
        """Whether the element has a value that is not a nullFlavor."""
        return self.has(element) and not isinstance(self.values[element], Null)

    def text(self, element: str) -> str | None:
        """The value when it is text, else None."""
        value = self.values.get(element)
        return value if isinstance(value, str) else None

    def flavor(self, element: str) -> str | None:
        """The nullFlavor in place of the value; None when none does."""
        value = self.values.get(element)
        return value.flavor if isinstance(value, Null) else None

    def each(self, group: str) -> list[Node]:
        """The instances of a group nested directly in this one."""
        return self.node.groups.get(group, _NONE)


_NONE: list[Node] = []
_NO_PLACES: list[GroupInstance] = []


class MessageFacts:
    """What the rules ask: the instances of each group, the wrapper's values, the time.

    ``initial`` says whether the receiver never saw this case: True, False, or None when the
    caller does not know (rules that depend on it are then not applied). ``repeated`` holds the
    message identifiers (N.2.r.1) that occur more than once in the batch.
    """

    __slots__ = ("batch", "initial", "latest", "message", "places", "repeated", "root")

    def __init__(
        self,
        message: Message,
        batch: Mapping[str, Value] | None,
        latest: Latest,
        initial: bool | None,
        repeated: frozenset[str] = frozenset(),
    ) -> None:
        self.message = message
        self.batch = batch
        self.latest = latest
        self.initial = initial
        self.repeated = repeated
        self.root = GroupInstance(message.root, None, 1)
        self.places: dict[str, list[GroupInstance]] = {MESSAGE: [self.root]}
        self._walk(self.root)

    def _walk(self, place: GroupInstance) -> None:
        for group, nodes in place.node.groups.items():
            places = self.places.setdefault(group, [])
            for index, node in enumerate(nodes, 1):
                inner = GroupInstance(node, place, index)
                places.append(inner)
                if node.groups:
                    self._walk(inner)

    def each(self, group: str) -> list[GroupInstance]:
        """Every instance of a group in the message, whatever it is nested in."""
        return self.places.get(group, _NO_PLACES)

    def text(self, element: str) -> str | None:
        """The text of an element that occurs once, in the message or its batch; None: absent."""
        value = self.root.values.get(element)
        if value is None and self.batch is not None:
            value = self.batch.get(element)
        return value if isinstance(value, str) else None

    def known(self, element: str) -> bool:
        """Whether an element that occurs once has a value that is not a nullFlavor."""
        return self.root.known(element)
