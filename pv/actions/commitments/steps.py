"""Stepping a commitment through its states, and what each step brings with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Indication
from pv.actions.commitments import records, refusals, yearly
from pv.actions.commitments.milestones import ACTUAL
from pv.domain import approvals
from pv.domain.approvals import CommitmentEvent as Event
from pv.domain.approvals import CommitmentOutcome, CommitmentState, Effect
from pv.models import Commitment, Milestone
from pv.queries import commitments as queries
from pv.queries.commitments import Rulebook

DUE_MOVED = "MILESTONE_DUE"


@dataclass(frozen=True, slots=True)
class StepInput:
    """What a person says of a step; each event asks for some of it."""

    happened_on: date | None = None
    document: str = ""
    acceptance_number: str = ""
    new_deadline: date | None = None


@action("commitment.step", needs=Perm.COMMITMENT_WRITE)
def step(
    actor: Actor,
    row: Commitment,
    *,
    event: Event,
    given: StepInput,
    lock_version: int,
    reason: str = "",
) -> Commitment:
    """Take a step of the commitment machine with everything that follows from it.

    Refused with every reason the guards have; Conflict when the commitment moved on. The steps
    that follow from dates alone are taken by the system, not by people.
    """
    book, today, at = queries.rulebook(), clock.today(), clock.now()
    held = records.locked(row, lock_version)
    rows = records.milestones(held)
    before = CommitmentState(held.state)
    known = queries.facts(
        held,
        rows,
        book,
        today,
        happened_on=given.happened_on,
        document=given.document,
        reason=reason,
        acceptance_number=given.acceptance_number,
        new_deadline=given.new_deadline,
    )
    outcome = book.machine.advance(before, event, known)
    said = (*outcome.refusals, *queries.against(held, rows, book, event))
    problems: dict[str, Any] = dict(refusals.problems(said, book))
    problems |= _own_problems(book, event, given, known.submitted_on, today)
    if problems:
        raise Refused(problems)
    book.column.move(held, event)
    records.note(
        actor,
        held,
        event,
        at=at,
        from_state=before,
        to_state=outcome.state,
        happened_on=given.happened_on,
        document=given.document.strip() or given.acceptance_number.strip(),
        reason=reason.strip(),
        citation=outcome.citation,
        **_deadline(held, event, given, outcome),
    )
    _follow(actor, held, rows, book, event, given, outcome, at)
    records.settle(actor, held, rows, book, today=today, at=at)
    return records.save(held, "state", "legal_end", "legal_end_latest", "legal_end_version")


def _own_problems(
    book: Rulebook,
    event: Event,
    given: StepInput,
    submitted_on: date | None,
    today: date,
) -> dict[str, Any]:
    """What the guards do not ask: a day for every step, the submission before its acceptance."""
    problems: dict[str, Any] = {}
    if book.events[event].automatic:
        problems[""] = _("The system takes this step itself when the dates ask for it.")
    if given.happened_on is None:
        problems["happened_on"] = _("Enter the day it happened.")
    elif given.happened_on > today:
        problems["happened_on"] = _("The day cannot be later than today.")
    elif event is Event.SUPPLEMENT_ACCEPTED and submitted_on and given.happened_on < submitted_on:
        problems["happened_on"] = _("It cannot be accepted before it was submitted.")
    return problems


def _deadline(
    row: Commitment, event: Event, given: StepInput, outcome: CommitmentOutcome
) -> dict[str, date | None]:
    """Set the statutory deadline where the step does so; old and new day for the history."""
    if Effect.SET_DEADLINE not in outcome.effects:
        return {}
    if event is Event.CERTIFICATE_ISSUED or given.new_deadline is None:
        return {"new_date": row.legal_end}
    old, row.legal_end = row.legal_end, given.new_deadline
    row.legal_end_latest = given.new_deadline
    row.legal_end_version += 1
    return {"old_date": old, "new_date": row.legal_end}


def _follow(
    actor: Actor,
    row: Commitment,
    rows: Sequence[Milestone],
    book: Rulebook,
    event: Event,
    given: StepInput,
    outcome: CommitmentOutcome,
    at: datetime,
) -> None:
    """Date the milestone of the step, move what a new deadline moves, convert the approval."""
    code = book.events[event].milestone
    for item in rows:
        if item.code == code and item.actual is None and given.happened_on:
            item.actual = given.happened_on
            item.evidence = item.evidence or given.document or given.acceptance_number
            item.save(update_fields=["actual", "evidence"])
            records.note(
                actor,
                row,
                ACTUAL,
                at=at,
                milestone=item,
                milestone_code=item.code,
                new_date=item.actual,
                document=item.evidence,
                happened_on=given.happened_on,
            )
    if event is Event.EXTENSION_GRANTED:
        move_due(actor, row, rows, book, at)
    if Effect.INDICATION_FULL in outcome.effects:
        _convert(row, book, given)


@part
def move_due(
    actor: Actor, row: Commitment, rows: Sequence[Milestone], book: Rulebook, at: datetime
) -> None:
    """Due days of open milestones follow the new statutory deadline; baselines stay."""
    planned = approvals.plan_milestones(book.milestones.values(), row.approved_on, row.legal_end)
    days = {(due.code, 0): due.due for due in planned} | yearly.days_of(row, book)
    for item in rows:
        new = days.get((item.code, item.period))
        if item.actual is not None or new is None or new == item.due:
            continue
        old, item.due = item.due, new
        item.due_version += 1
        item.save(update_fields=["due", "due_version"])
        records.note(
            actor,
            row,
            DUE_MOVED,
            at=at,
            milestone=item,
            milestone_code=item.code,
            old_date=old,
            new_date=new,
            happened_on=clock.today(),
        )


def _convert(row: Commitment, book: Rulebook, given: StepInput) -> None:
    """The indication is fully approved once no confirmatory commitment of it is open."""
    confirmatory = [kind.code for kind in book.kinds.values() if kind.confirmatory]
    if row.kind not in confirmatory:
        return
    others = Commitment.objects.filter(indication_id=row.indication_id, kind__in=confirmatory)
    if others.exclude(id=row.id).exclude(state__in=book.machine.terminal).exists():
        return
    indication = Indication.objects.select_for_update().get(id=row.indication_id)
    indication.status = Indication.Status.FULL
    indication.decided_on = given.happened_on
    indication.citation = f"supplementary application approved, {given.document.strip()}"
    indication.confidence = "source"
    indication.save(update_fields=["status", "decided_on", "citation", "confidence"])


@action("commitment.review", needs=Perm.SYSTEM)
def review(actor: Actor, *, today: date) -> int:
    """Take every step that follows from today's date; the system does, daily. Returns how many.

    Yearly milestones that are ahead and not planned yet are planned.
    """
    book, at, taken = queries.rulebook(), clock.now(), 0
    rows = Commitment.objects.exclude(state__in=book.machine.terminal).order_by("id")
    for row in rows.select_for_update():
        yearly.plan_missing(row, book, today=today)
        if records.settle(actor, row, records.milestones(row), book, today=today, at=at):
            records.save(row, "state")
            taken += 1
    return taken
