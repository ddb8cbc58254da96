"""Which of our files each entry of an acknowledgement speaks of, and whether its sender may."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.stored_words import Words
from pv.domain.e2b.ack import Acknowledgement, MessageAcknowledgement
from pv.domain.e2b.read import read_batch
from pv.domain.e2b.refusals import MessageRefused
from pv.models import Submission
from pv.queries import rules


@dataclass(frozen=True, slots=True)
class Match:
    """One entry and the file it is of; `problem` says why it may not be applied.

    `by_report` when the file names no batch of ours and the report's number alone leads to it;
    `ours` when something of ours is named, and no one file.
    """

    number: str
    entry: MessageAcknowledgement | None
    submission: Submission | None
    problem: Words | str = ""
    by_report: bool = False
    ours: bool = False


def as_data(entry: MessageAcknowledgement | None) -> dict[str, Any] | None:
    """An entry as JSON keeps it."""
    return None if entry is None else asdict(entry)


def of(actor: Actor, ack: Acknowledgement, *, trusted: bool) -> list[Match]:
    """A match for each entry, or for each file of the batch where the file has no entry."""
    batch = list(_rows().filter(batch_number=ack.batch_number)) if ack.batch_number else []
    if not ack.messages:
        found = [Match(row.report_number, None, row) for row in batch]
        found = found or [Match(ack.batch_number or "", None, None, _unknown())]
    else:
        found = [_entry(actor, ack, entry, batch) for entry in ack.messages]
    checked = [_check(actor, ack, match, trusted) for match in found]
    return sorted(checked, key=lambda m: str(m.submission.case_id) if m.submission else "")


def _rows() -> QuerySet[Submission]:
    return Submission.objects.select_related("version").order_by("id")


def _may(actor: Actor, row: Submission) -> bool:
    return actor.may(Perm.ICSR_IMPORT, site=row.site_id, product=row.product_id)


def _unknown() -> Words:
    return Words(gettext_noop("No file of ours has this number."))


def _numbers(entry: MessageAcknowledgement) -> set[str]:
    said = entry.message_number or ""
    return {said, *said.split()} - {""}


def _entry(
    actor: Actor, ack: Acknowledgement, entry: MessageAcknowledgement, batch: list[Submission]
) -> Match:
    number, numbers = entry.message_number or "", _numbers(entry)
    rows = [row for row in batch if row.report_number in numbers]
    if rows:
        return Match(number, entry, rows[0])
    if any(_may(actor, row) for row in batch):
        problem = Words(gettext_noop("The batch is ours and holds no report of this number."))
        return Match(number, entry, None, problem, ours=True)
    if batch or ack.batch_number:
        return Match(number, entry, None, _unknown())
    by_report = [
        row
        for row in _rows().filter(report_number__in=numbers)
        if _may(actor, row) and not _stranger(ack, entry, row)
    ]
    waiting = [row for row in by_report if row.answered_on is None]
    rows = waiting or by_report
    if len(rows) == 1:
        return Match(number, entry, rows[0], by_report=True)
    if rows:
        problem = Words(gettext_noop("Several files of ours carry this number."))
        return Match(number, entry, None, problem, ours=True)
    return Match(number, entry, None, _unknown())


def _check(actor: Actor, ack: Acknowledgement, match: Match, trusted: bool) -> Match:
    row = match.submission
    if row is None:
        return match
    if not _may(actor, row):
        return Match(match.number, match.entry, None, _unknown())
    if not trusted and _stranger(ack, match.entry, row):
        names = {"sender": ack.sender or "?", "file": row.file_name}
        text = Words(gettext_noop("%(sender)s is not the receiver of %(file)s."), names)
        return Match(match.number, match.entry, row, text)
    return match


def _stranger(ack: Acknowledgement, entry: MessageAcknowledgement | None, row: Submission) -> bool:
    """Whether the sender is named and is none of the names the file was addressed to."""
    senders = {ack.sender, entry.sender if entry else None} - {None}
    named = {str(name).casefold() for name in senders}
    return bool(named) and named.isdisjoint(_receivers(row))


def _receivers(row: Submission) -> frozenset[str]:
    """The names a file was addressed to: as written in it, and as the reference data has them."""
    return frozenset(name.casefold() for name in _names(row) if name)


def _names(row: Submission) -> Iterator[str]:
    data = rules.data("receivers")["receivers"].get(row.profile, {})
    yield from (str(data.get("batch", "")), str(data.get("message", "")))
    try:
        batch = read_batch(bytes(row.content))
    except MessageRefused:
        return
    yield str(batch.values.get("N.1.4") or "")
    yield from (message.root.text("N.2.r.3") or "" for message in batch.messages)
