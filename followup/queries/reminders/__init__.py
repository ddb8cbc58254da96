"""Reminders as they are read: sources, candidates, standing, wording."""

from followup.queries.reminders.candidates import Span
from followup.queries.reminders.changes import Seen, mail_waiting, touched, trail_end
from followup.queries.reminders.sources import Facts, Source, kind_of, ladder, registered, retry
from followup.queries.reminders.standing import Standing, standing
from followup.queries.reminders.telling import Told, tell
from followup.queries.reminders.wording import sentence, title

__all__ = [
    "Facts",
    "Seen",
    "Source",
    "Span",
    "Standing",
    "Told",
    "kind_of",
    "ladder",
    "mail_waiting",
    "registered",
    "retry",
    "sentence",
    "standing",
    "tell",
    "title",
    "touched",
    "trail_end",
]
