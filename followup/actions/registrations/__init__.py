"""Two registrations of one person become one, a wrong one is voided; both can be undone."""

from followup.actions.registrations.decisions import decide, undo
from followup.actions.registrations.requests import against_merge, ask_merge, ask_void, withdraw

__all__ = ["against_merge", "ask_merge", "ask_void", "decide", "undo", "withdraw"]
