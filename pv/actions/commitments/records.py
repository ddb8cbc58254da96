"""The rows behind every step: the lock, the history, and the steps the system takes itself."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from followup.core import versions
from followup.core.action import part
from followup.core.actor import Actor
from pv.domain.approvals import CommitmentEvent as Event
from pv.domain.approvals import CommitmentState
from pv.models import Commitment, CommitmentEvent, Milestone
from pv.queries.commitments import Rulebook, facts

# In the order of their weight: what is past is not merely at risk.
AUTOMATIC = (Event.DEADLINE_PASSED, Event.RISK_SEEN, Event.RECOVERED)


def locked(row: Commitment, lock_version: int, mine: Mapping[str, Any] | None = None) -> Commitment:
    """The row held until the end of the transaction; Conflict when it moved on since it was read.

    `mine` are the values the person wants, by column, for the comparison the page shows.
    """
    held = Commitment.objects.select_for_update().get(id=row.id)
    versions.must_be(held, lock_version, mine=mine, column="lock_version")
    return held


def milestones(row: Commitment) -> list[Milestone]:
    """The milestones of a held commitment in their order."""
    return list(Milestone.objects.filter(commitment=row).order_by("order", "period"))


@part
def note(
    actor: Actor, row: Commitment, event: str, *, at: datetime, **values: Any
) -> CommitmentEvent:
    """One entry of the history; a step the dates ask for is the system's own."""
    return CommitmentEvent.objects.create(
        commitment=row,
        product_id=row.product_id,
        event=event,
        recorded_by_id=None if event in AUTOMATIC else actor.id,
        recorded_at=at,
        **values,
    )


@part
def save(row: Commitment, *fields: str) -> Commitment:
    """Write the fields and move the lock on."""
    row.lock_version += 1
    row.save(update_fields=[*fields, "lock_version"])
    return row


@part
def settle(
    actor: Actor,
    row: Commitment,
    rows: Sequence[Milestone],
    book: Rulebook,
    *,
    today: date,
    at: datetime,
) -> bool:
    """Take the step that follows from dates alone: overdue, at risk or recovered; whether any."""
    state, known = CommitmentState(row.state), facts(row, rows, book, today)
    for event in AUTOMATIC:
        outcome = book.machine.advance(state, event, known)
        if outcome.allowed:
            book.column.move(row, event)
            note(
                actor,
                row,
                event,
                at=at,
                from_state=state,
                to_state=outcome.state,
                happened_on=today,
                citation=outcome.citation,
            )
            return True
    return False
