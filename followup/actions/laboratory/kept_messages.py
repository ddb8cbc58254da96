"""A message after it was kept, and what it said then: it is not parsed twice in one process."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from followup.actions.laboratory.sheet_words import MESSAGE_PROBLEMS
from followup.core.stored_words import Words, spoken
from followup.domain.laboratory.messages import MessageUnreadable, SentMessage
from followup.models import LaboratoryMessage

UNREAD = gettext_noop("It could not be read; the log of the server names the cause.")


@dataclass(frozen=True, slots=True)
class Kept:
    """A message after it was kept; `repeated` when the same one was here. `said` is what it says,
    None when it cannot be read or came before."""

    message: LaboratoryMessage
    repeated: bool
    said: SentMessage | None = None


class Parsed:
    """What messages said when they were kept."""

    def __init__(self, kept: Iterable[Kept] = ()) -> None:
        self._kept = {one.message.id: one for one in kept}

    def of(self, row: LaboratoryMessage) -> SentMessage | None:
        """What a message said, as long as its laboratory has the charset it had then."""
        kept = self._kept.get(row.id)
        same = kept is not None and kept.message.source.charset == row.source.charset
        return kept.said if kept and same else None


def in_words(problem: MessageUnreadable) -> Words | str:
    """Why a message cannot be read, as it is shown."""
    return spoken(lambda: f"{MESSAGE_PROBLEMS[problem.problem]} {problem.where}".strip())
