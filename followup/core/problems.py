"""What can go wrong on purpose. `errors.py` makes HTTP of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

Message = Any  # str or a lazy translation


class Problem(Exception):
    """Base of the errors a door shows to a person."""


class Denied(Problem):
    """The actor lacks a permission; `reason` says why where it is not the role."""

    def __init__(self, perm: str, *, reason: Message = "") -> None:
        super().__init__(perm)
        self.perm = perm
        self.reason = reason


class NotFound(Problem):
    """Not there, or not in the actor's scope: the two must look the same."""


class Refused(Problem):
    """The state or the values do not allow it; says which field and what to do.

    `fields` maps a field name (or "" for the whole) to one message or a list of them. `part` is
    the place, from 0, of what was refused among several of a kind sent together.
    """

    part: int | None = None

    def __init__(self, fields: Mapping[str, Message] | Message, *, code: str = "") -> None:
        self.fields: dict[str, list[Message]] = {}
        items = fields.items() if isinstance(fields, Mapping) else [("", fields)]
        for name, messages in items:
            self.fields[name] = messages if isinstance(messages, list) else [messages]
        self.code = code
        super().__init__(self.sentences)

    @property
    def sentences(self) -> str:
        """Every reason after the other, for a page without a field to put them at."""
        return " ".join(str(message) for messages in self.fields.values() for message in messages)


class Conflict(Problem):
    """Somebody changed the record since it was opened; carries both sides field by field.

    `differences` maps a field to my value and the present one. `opened` and `present` are the
    record as the form showed it and as it is, for a choice per field; see `core.versions`.
    """

    def __init__(
        self,
        differences: Mapping[str, tuple[Any, Any]] | None = None,
        *,
        opened: Any = None,
        present: Any = None,
        version: int | None = None,
        saved_by: str = "",
        saved_at: datetime | None = None,
    ) -> None:
        super().__init__("conflict")
        self.differences = dict(differences or {})
        self.opened = opened
        self.present = present
        self.version = version
        self.saved_by = saved_by
        self.saved_at = saved_at


class Unavailable(Problem):
    """A part the request needs (database, printer) is not there at the moment."""
