"""Cases: drafted by reactions, completed by people, versioned, never overwritten once released."""

from pv.actions.cases.drafting import draft, note_change, note_death, note_result
from pv.actions.cases.editing import (
    accept,
    adopt,
    advance,
    edit,
    keep_narrative,
    new_version,
    nullify,
)

__all__ = [
    "accept",
    "adopt",
    "advance",
    "draft",
    "edit",
    "keep_narrative",
    "new_version",
    "note_change",
    "note_death",
    "note_result",
    "nullify",
]
