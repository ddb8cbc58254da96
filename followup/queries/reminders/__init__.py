"""Reminders as they are read: sources, candidates, validity, wording."""

from followup.queries.reminders.candidates import Span
from followup.queries.reminders.changes import Seen, touched, trail_end
from followup.queries.reminders.previews import ReminderPreview, tell
from followup.queries.reminders.sources import (
    NoticeFacts,
    ObligationSource,
    kind_of,
    ladder,
    registered,
    retry,
)
from followup.queries.reminders.validity import NoticeValidity, notice_validity
from followup.queries.reminders.wording import sentence, title

__all__ = [
    "NoticeFacts",
    "Seen",
    "ObligationSource",
    "Span",
    "NoticeValidity",
    "ReminderPreview",
    "kind_of",
    "ladder",
    "registered",
    "retry",
    "sentence",
    "notice_validity",
    "tell",
    "title",
    "touched",
    "trail_end",
]
