"""One commitment with its milestones, its history, the steps open to it and its enrolment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Perm, Role
from followup.models import Indication
from followup.queries import accounts, reference
from pv.domain import approvals
from pv.domain.approvals import Code, CommitmentOutcome, CommitmentState, MilestoneStatus
from pv.domain.approvals import CommitmentEvent as Event
from pv.models import Commitment, CommitmentEvent, Milestone
from pv.queries.commitments import status
from pv.queries.commitments.rulebook import Rulebook, SaleRule, rulebook
from pv.queries.commitments.status import CommitmentStatus

# What a form still has to be filled with; every other refusal speaks of the state of things.
INPUTS = frozenset(
    {
        Code.DOCUMENT_MISSING,
        Code.REASON_MISSING,
        Code.DATE_MISSING,
        Code.DATE_IN_FUTURE,
        Code.NEW_DEADLINE_MISSING,
        Code.NEW_DEADLINE_NOT_LATER,
        Code.ACCEPTANCE_NUMBER_MISSING,
    }
)
DEADLINES = (Event.CERTIFICATE_ISSUED, Event.EXTENSION_GRANTED)


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """One milestone: what was planned, what is expected or done, and how far that slipped."""

    row: Milestone
    current: date | None
    slip_days: int | None
    at_least: bool
    """Whether the slip still grows: the day has passed and nothing has happened."""
    status: MilestoneStatus
    reached_by: date | None = None
    """Day of the first count that passes it, while nobody has entered the day it was reached."""


@dataclass(frozen=True, slots=True)
class PossibleEvent:
    """An event the machine knows for the present state; `against` says why not now."""

    event: Event
    outcome: CommitmentOutcome
    against: tuple[approvals.Refusal, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything the page of a commitment shows."""

    commitment: Commitment
    status: CommitmentStatus
    lines: Sequence[MilestoneLine]
    steps: Sequence[PossibleEvent]
    events: Sequence[CommitmentEvent]
    deadlines: Sequence[CommitmentEvent]
    faults: Sequence[approvals.OrderFault]
    book: Rulebook
    sale: SaleRule | None
    """The rule by which the product is not sold while an extension is asked for or runs."""


def one(actor: Actor, commitment_id: UUID | str) -> Commitment:
    """One commitment; NotFound otherwise."""
    rows = Commitment.objects.select_related("product__holder", "indication", "owner")
    return scope.one(actor, rows, id=commitment_id)


def milestone(actor: Actor, row: Commitment, milestone_id: UUID | str) -> Milestone:
    """One milestone of a commitment; NotFound otherwise."""
    return scope.one(actor, Milestone.objects.filter(commitment=row), id=milestone_id)


def event(actor: Actor, event_id: UUID | str) -> CommitmentEvent:
    """One entry of the history; NotFound otherwise."""
    return scope.one(actor, CommitmentEvent.objects.select_related("commitment"), id=event_id)


def milestones(actor: Actor, row: Commitment) -> list[Milestone]:
    """The milestones of a commitment in their order."""
    return list(scope.visible(actor, Milestone.objects.filter(commitment=row)))


def history(actor: Actor, row: Commitment) -> list[CommitmentEvent]:
    """The history, the newest first; what was retracted is left out."""
    rows = CommitmentEvent.objects.filter(commitment=row, undone_at__isnull=True)
    related = rows.select_related("recorded_by", "milestone")
    return list(scope.visible(actor, related).order_by("-recorded_at", "-id"))


def indication(actor: Actor, indication_id: UUID | str) -> Indication:
    """An indication of a product for which the actor keeps commitments; NotFound otherwise."""
    products = reference.products_for(actor, Perm.COMMITMENT_READ)
    return scope.one(
        actor,
        Indication.objects.select_related("product__holder").filter(product__in=products),
        id=indication_id,
    )


def owners(actor: Actor, product: UUID) -> list[User]:
    """Who may keep a commitment of a product: the people with a holder's role for it."""
    actor.require(Perm.COMMITMENT_READ, product=product)
    # Names of colleagues are no account data; reading accounts is another right.
    reader = Actor.process("commitment owners")
    found = {
        user.id: user
        for role in (Role.STUDY_MANAGER, Role.REGULATORY)
        for user in accounts.holding(reader, role, product=product)
    }
    return sorted(found.values(), key=lambda user: user.display_name)


def detail(actor: Actor, row: Commitment, *, today: date) -> Detail:
    """The page of a commitment."""
    book, rows, events = rulebook(), milestones(actor, row), history(actor, row)
    definitions = list(book.milestones.values())
    counted = status.reached(row, book)
    return Detail(
        commitment=row,
        status=status.commitment_status(row, rows, book, today),
        lines=[line(item, today, counted.get(item.code)) for item in rows],
        steps=steps(row, rows, book, today),
        events=events,
        deadlines=_deadlines(events),
        sale=status.sale_suspended(
            row, book, extended=any(each.event == Event.EXTENSION_GRANTED for each in events)
        ),
        faults=approvals.check_order(status.on_file(rows), definitions, today),
        book=book,
    )


def line(row: Milestone, today: date, reached_by: date | None = None) -> MilestoneLine:
    """A milestone with its present day and its slip in days against the baseline.

    One that a count has passed is at the latest on the day of that count.
    """
    counted = None if row.actual else reached_by
    current = row.actual or counted or row.forecast or row.due
    waiting = not row.actual and not counted and current is not None and current < today
    stands = today if waiting else current
    slip = (stands - row.baseline).days if stands and row.baseline else None
    filed = approvals.Milestone(row.code, row.due, row.forecast, row.actual, counted)
    return MilestoneLine(
        row, current, slip, waiting, approvals.milestone_status(filed, today), counted
    )


def steps(
    row: Commitment, rows: Sequence[Milestone], book: Rulebook, today: date
) -> list[PossibleEvent]:
    """What people may do next, possible steps first.

    The system's own steps are left out, and those that would change nothing.
    """
    facts = status.facts(row, rows, book, today)
    found = []
    for event, outcome in book.machine.offers(CommitmentState(row.state), facts).items():
        refusals = (*outcome.refusals, *status.against(row, rows, book, event))
        known = tuple(refusal for refusal in refusals if refusal.code not in INPUTS)
        over = any(refusal.code is Code.RECORDED_ALREADY for refusal in known)
        if not over and not book.events[event].automatic:
            found.append(PossibleEvent(event, outcome, known))
    return sorted(found, key=lambda step: bool(step.against))


def _deadlines(events: Sequence[CommitmentEvent]) -> list[CommitmentEvent]:
    """Every statutory deadline as it was set, the first first."""
    return [entry for entry in reversed(events) if entry.event in DEADLINES and entry.new_date]
