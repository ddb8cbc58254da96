"""Two registrations of one person become one, a wrong one is voided; both can be undone."""

from followup.actions.registrations.decisions import ask_merge, ask_void, decide, undo

__all__ = ["ask_merge", "ask_void", "decide", "undo"]
