"""Two registrations of one person become one, a wrong one is voided; both can be undone."""

from followup.actions.registrations.decisions import (
    against_merge,
    ask_merge,
    ask_void,
    decide,
    undo,
)

__all__ = ["against_merge", "ask_merge", "ask_void", "decide", "undo"]
