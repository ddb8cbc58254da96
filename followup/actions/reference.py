"""Loading reference data: versions are added, never rewritten; products and sites follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from followup.actions.reference_rows import RowStep
from followup.domain.calendars import HolidayTable
from followup.domain.protocols import Protocol
from followup.domain.references import Change, Entry

Check = Callable[[Mapping[str, Any]], object]
CHECKS: Mapping[tuple[str, str], Check] = {
    ("protocol", ""): Protocol.from_dict,
    ("holidays", ""): HolidayTable.from_dict,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One entry and what loading it does; `row` is set where a product or holder row follows."""

    name: str
    change: Change
    fields: tuple[str, ...]
    entry: Entry | None = None
    row: RowStep | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"name": self.name, "change": self.change.value, "fields": list(self.fields)}
