"""Opening a commitment for a conditional indication, with statutory deadline and milestones."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.models import Indication
from pv.actions.commitments import records, refusals, yearly
from pv.domain import approvals
from pv.domain.approvals import GUARDS, CommitmentKind, CommitmentState, Facts, LegalEnd
from pv.domain.approvals import CommitmentEvent as Event
from pv.models import Commitment, Milestone
from pv.queries import commitments as queries
from pv.queries.commitments import Rulebook

OPENED = "OPENED"


@dataclass(frozen=True, slots=True)
class CommitmentInput:
    """What a person says of a commitment. No `legal_end`: approval plus the limit of the law.

    With `document` (certificate or minutes with the authority) it is in force at once, without
    it a draft.
    """

    kind: str
    title: str
    legal_end: date | None = None
    override_reason: str = ""
    document: str = ""
    condition_text: str = ""
    condition_source: str = ""
    trial_number: str = ""
    dossier_number: str = ""
    target_enrolment: int | None = None
    maturity_days: int | None = None
    owner: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Basis:
    """What the statutory deadline rests on."""

    approval: PartialDate
    kind: CommitmentKind
    end: LegalEnd
    facts: Facts


def _basis(indication: Indication, given: CommitmentInput, book: Rulebook, today: date) -> _Basis:
    approval, kind = queries.approval_of(indication), book.kinds.get(given.kind)
    problems: dict[str, Any] = {}
    if indication.status != Indication.Status.CONDITIONAL:
        problems[""] = _("Only a conditional approval has such a commitment; check the status.")
    elif approval is None:
        problems[""] = _("The approval date is not recorded: have the reference data completed.")
    if kind is None:
        problems["kind"] = _("Choose the kind of commitment.")
    if not given.title.strip():
        problems["title"] = _("Enter a title.")
    elif indication.commitments.filter(kind=given.kind, title=given.title.strip()).exists():
        problems["title"] = _("This commitment is already recorded.")
    if problems or approval is None or kind is None:
        raise Refused(problems)
    limit = book.limit(approval.earliest)
    span = approvals.legal_end(approval, limit)
    end = LegalEnd(given.legal_end, given.legal_end) if given.legal_end else span
    facts = Facts(
        today=today,
        limit=limit,
        approval=approval,
        deadline=end.earliest,
        override_reason=given.override_reason,
        document=given.document,
        happened_on=approval.exact,
    )
    if against := GUARDS["deadline_within_cap"](facts):
        raise Refused(refusals.problems(against, book))
    return _Basis(approval, kind, end, facts)


@action("commitment.open", needs=Perm.COMMITMENT_WRITE)
def begin(actor: Actor, indication: Indication, *, given: CommitmentInput) -> Commitment:
    """Open a commitment for a conditional indication and plan its milestones.

    The statutory deadline is held to the earliest day a partial approval date can mean. Refused
    beyond the limit without a reason, without an approval date, and for any other status.
    """
    book, today, at = queries.rulebook(), clock.today(), clock.now()
    held = Indication.objects.select_for_update().get(id=indication.id)
    basis = _basis(held, given, book, today)
    row = Commitment.objects.create(
        product_id=held.product_id,
        indication=held,
        kind=given.kind,
        title=given.title.strip(),
        trial_number=given.trial_number.strip(),
        dossier_number=given.dossier_number.strip(),
        state=book.column.start(CommitmentState.DRAFT),
        approved_on=basis.approval.earliest,
        approved_precision=basis.approval.precision,
        legal_end=basis.end.earliest,
        legal_end_latest=basis.end.latest,
        limit_rule=f"{basis.facts.limit.id} {basis.facts.limit.version}",
        citation=basis.facts.limit.citation,
        override_reason=given.override_reason.strip(),
        condition_text=given.condition_text.strip(),
        condition_source=given.condition_source.strip(),
        target_enrolment=given.target_enrolment,
        maturity_days=given.maturity_days,
        owner_id=owner_of(actor, held.product_id, given.owner),
        created_at=at,
    )
    plan(row, basis.kind, book, today=today)
    records.note(actor, row, OPENED, at=at, happened_on=today, to_state=row.state)
    if given.document.strip():
        _in_force(actor, row, basis, book, at=at)
        records.settle(actor, row, records.milestones(row), book, today=today, at=at)
        row.save(update_fields=["state"])
    return row


def owner_of(actor: Actor, product: UUID, wanted: UUID | None) -> UUID | None:
    """The owner: the person asked for when they may be it, else the actor when they may."""
    possible = {user.id for user in queries.owners(actor, product)}
    if wanted is not None and wanted not in possible:
        raise Refused({"owner": _("This person keeps no commitments of the product.")})
    return wanted or (actor.id if actor.id in possible else None)


def _in_force(
    actor: Actor, row: Commitment, basis: _Basis, book: Rulebook, *, at: datetime
) -> None:
    """Agreed and issued with the approval: both happened before the commitment was opened here."""
    for event in (Event.AGREED_WITH_CDE, Event.CERTIFICATE_ISSUED):
        before = CommitmentState(row.state)
        outcome = book.machine.advance(before, event, basis.facts)
        if not outcome.allowed:
            raise Refused(refusals.problems(outcome.refusals, book))
        book.column.move(row, event)
        records.note(
            actor,
            row,
            event,
            at=at,
            from_state=before,
            to_state=outcome.state,
            happened_on=basis.approval.exact,
            document=basis.facts.document,
            reason=basis.facts.override_reason,
            citation=outcome.citation,
            new_date=row.legal_end if event is Event.CERTIFICATE_ISSUED else None,
        )


@part
def plan(row: Commitment, kind: CommitmentKind, book: Rulebook, *, today: date) -> None:
    """Write the milestones of a kind with their due days as baseline."""
    single = {
        due.code: due.due
        for due in approvals.plan_milestones(
            book.milestones.values(), row.approved_on, row.legal_end
        )
    }
    repeated = yearly.days_of(row, book)
    made: list[Milestone] = []
    for order, code in enumerate(kind.milestones):
        item = book.milestones[code]
        days = (
            [(0, single[code])]
            if item.repeat is None
            else [
                (period, day)
                for (known, period), day in repeated.items()
                if known == code and not (item.repeat.get("from_opening") and day <= today)
            ]
        )
        made += [yearly.planned(row, code, order, period, day) for period, day in days]
    Milestone.objects.bulk_create(made)
