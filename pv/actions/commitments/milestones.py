"""Updating a milestone: what happened, what is expected, why it slipped; and retracting it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from followup.core import clock, undo, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.commitments import records
from pv.domain import approvals
from pv.domain.approvals import CommitmentState, Disorder
from pv.models import Commitment, CommitmentEvent, Milestone
from pv.queries import commitments as queries
from pv.queries.commitments import Rulebook

ACTUAL, FORECAST, EVIDENCE = "MILESTONE_ACTUAL", "MILESTONE_FORECAST", "MILESTONE_EVIDENCE"


@dataclass(frozen=True, slots=True)
class MilestoneInput:
    """How the milestone stands after the update; None clears the day."""

    actual: date | None
    forecast: date | None
    evidence: str = ""


@action("commitment.update_milestone", needs=Perm.COMMITMENT_WRITE)
def update_milestone(
    actor: Actor, milestone: Milestone, *, given: MilestoneInput, lock_version: int, reason: str
) -> CommitmentEvent:
    """Set the actual and the forecast day of a milestone; later than before needs a reason.

    Refused for an actual day in the future or before the milestone it follows, and where a step
    of the commitment records it. Conflict when the commitment moved on. Returns the entry of the
    history by which it can be retracted.
    """
    book, today, at = queries.rulebook(), clock.today(), clock.now()
    commitment = Commitment.objects.select_for_update().get(id=milestone.commitment_id)
    row = Milestone.objects.get(id=milestone.id)
    versions.must_be(
        row,
        lock_version,
        column="lock_version",
        keeper=commitment,
        differing=lambda: _differences(row, given),
    )
    rows = records.milestones(commitment)
    problems = _problems(commitment, row, given, reason, book, today)
    problems |= _disorder(rows, row, given, book, today)
    if problems:
        raise Refused(problems)
    entries = _record(actor, commitment, row, given, reason, at)
    rows = [row if item.id == row.id else item for item in rows]
    records.settle(actor, commitment, rows, book, today=today, at=at)
    records.save(commitment, "state")
    return entries[0]


def _differences(row: Milestone, given: MilestoneInput) -> dict[str, tuple[Any, Any]]:
    pairs = {
        "actual": (given.actual, row.actual),
        "forecast": (given.forecast, row.forecast),
        "evidence": (given.evidence, row.evidence),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _problems(
    commitment: Commitment,
    row: Milestone,
    given: MilestoneInput,
    reason: str,
    book: Rulebook,
    today: date,
) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if CommitmentState(commitment.state) in book.machine.terminal:
        raise Refused(_("This commitment is closed; its milestones no longer change."))
    if not _differences(row, given):
        raise Refused(_("Nothing was changed. Enter the day it happened or the new forecast."))
    if given.actual != row.actual:
        if given.actual and given.actual > today:
            problems["actual"] = _("The day cannot be later than today. Enter it as a forecast.")
        elif given.actual and (event := recorded_by_step(commitment, row, book)):
            problems["actual"] = _("This is recorded by the step “%(step)s”.") % {
                "step": queries.text(book.events[event].name, get_language() or "en")
            }
    if given.forecast and given.forecast != row.forecast and given.forecast < today:
        problems["forecast"] = _("A forecast lies ahead. If it has happened, enter the actual day.")
    counted = queries.reached(commitment, book).get(row.code)
    if counted and given.actual and given.actual > counted and given.actual != row.actual:
        problems["actual"] = _("The count of %(day)s had passed it: not later than that day.") % {
            "day": counted
        }
    if counted and not given.actual and given.forecast and given.forecast != row.forecast:
        problems["forecast"] = _(
            "The count of %(day)s has passed it: enter the actual day instead of a forecast."
        ) % {"day": counted}
    if needs_reason(row, given) and not reason.strip():
        problems["reason"] = _("It is later than before, or a recorded day changes: say why.")
    return problems


def needs_reason(row: Milestone, given: MilestoneInput) -> bool:
    """Whether the milestone comes later than it stood before, or a recorded day is changed."""
    if row.actual is not None and given.actual != row.actual:
        return True
    if given.actual == row.actual and given.forecast == row.forecast:
        return False
    before = row.actual or row.forecast or row.due
    after = given.actual or given.forecast
    return bool(before and after and after > before)


def recorded_by_step(
    commitment: Commitment, row: Milestone, book: Rulebook
) -> approvals.CommitmentEvent | None:
    """The step that changes the state and dates this milestone, if it is open now."""
    state = CommitmentState(commitment.state)
    for (source, event), transition in book.machine.transitions.items():
        moves = transition.target is not state
        if source is state and moves and book.events[event].milestone == row.code:
            return event
    return None


def _disorder(
    rows: Sequence[Milestone], row: Milestone, given: MilestoneInput, book: Rulebook, today: date
) -> dict[str, Any]:
    """An actual day before that of the milestone it follows, or after one that follows it."""
    if given.actual is None or given.actual == row.actual:
        return {}
    after = [
        approvals.Milestone(
            str(item), item.due, item.forecast, given.actual if item.id == row.id else item.actual
        )
        for item in rows
    ]
    for fault in approvals.check_order(after, list(book.milestones.values()), today):
        if fault.kind is Disorder.BEFORE_PREDECESSOR and row.code in (fault.code, fault.other):
            language = get_language() or "en"
            return {
                "actual": _("“%(later)s” (%(day)s) cannot be before “%(earlier)s” (%(other)s).")
                % {
                    "later": book.milestone_name(fault.code, language),
                    "day": fault.day,
                    "earlier": book.milestone_name(fault.other, language),
                    "other": fault.other_day,
                }
            }
    return {}


def _record(
    actor: Actor,
    commitment: Commitment,
    row: Milestone,
    given: MilestoneInput,
    reason: str,
    at: datetime,
) -> list[CommitmentEvent]:
    """Write the milestone and one entry of the history for each day that changed."""
    shared: dict[str, Any] = {
        "milestone": row,
        "milestone_code": row.code,
        "reason": reason.strip(),
        "old_document": row.evidence,
        "document": given.evidence,
        "happened_on": clock.today(),
        "at": at,
    }
    changed = [
        (name, getattr(row, field), getattr(given, field))
        for name, field in ((ACTUAL, "actual"), (FORECAST, "forecast"))
        if getattr(row, field) != getattr(given, field)
    ] or [(EVIDENCE, None, None)]
    row.actual, row.forecast, row.evidence = given.actual, given.forecast, given.evidence
    row.save(update_fields=["actual", "forecast", "evidence"])
    return [
        records.note(actor, commitment, name, old_date=old, new_date=new, **shared)
        for name, old, new in changed
    ]


@action("commitment.undo_milestone", needs=Perm.COMMITMENT_WRITE)
def undo_milestone(actor: Actor, entry: CommitmentEvent) -> Commitment:
    """Undo an update just made, with the state that followed from it; the entries stay.

    Refused after 45 seconds or when something else was recorded since.
    """
    commitment = Commitment.objects.select_for_update().get(id=entry.commitment_id)
    history = CommitmentEvent.objects.filter(commitment=commitment, undone_at__isnull=True)
    together = list(history.filter(recorded_at=entry.recorded_at))
    newer = history.filter(recorded_at__gt=entry.recorded_at).exists()
    known = {ACTUAL, FORECAST, EVIDENCE, *records.AUTOMATIC}
    steps = not together or any(item.event not in known for item in together)
    if newer or steps or entry.milestone_id is None:
        raise Refused(_("This can no longer be undone; correct it instead."))
    if undo.too_late(entry.recorded_at):
        raise Refused(_("This can no longer be undone; correct it instead."))
    row = Milestone.objects.get(id=entry.milestone_id)
    for item in together:
        if item.event in (ACTUAL, FORECAST):
            setattr(row, "actual" if item.event == ACTUAL else "forecast", item.old_date)
        item.undone_at = clock.now()
        item.save(update_fields=["undone_at"])
    moved = sorted((item for item in together if item.from_state), key=lambda item: item.id)
    if moved:  # the entries are the last of the history: the first says what stood before it
        queries.rulebook().column.settle(commitment, CommitmentState(moved[0].from_state))
    row.evidence = entry.old_document
    row.save(update_fields=["actual", "forecast", "evidence"])
    return records.save(commitment, "state")
