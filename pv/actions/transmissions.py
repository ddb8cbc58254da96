"""Events of a submission, and what follows: its state, its clocks, the wait for an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import clocks as case_clocks
from pv.domain.cases.stages import CaseEvent
from pv.domain.e2b.acknowledgements import InboundEvent, InboundState
from pv.domain.e2b.deliveries import DECIDED
from pv.domain.e2b.sendings import FOLLOWS, WAITING, SendingEvent, SendingState
from pv.domain.e2b.submissions import Delivery
from pv.domain.e2b.transmissions import EventKind, meets_clock
from pv.models import (
    Acknowledgement,
    Case,
    InboundFile,
    Submission,
    Transmission,
    TransmissionEvent,
)
from pv.models.states import CASE_STAGE, INBOUND_FILE, SENDING_COLUMN, SUBMITTED_FILE
from pv.queries import plans
from pv.queries import transmissions as queries

MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Happening:
    """What is recorded of an event besides its submission."""

    kind: EventKind
    on: date | None = None
    decision: Delivery | None = None
    retracts: TransmissionEvent | None = None
    file: InboundFile | None = None
    channel: str = MANUAL
    text: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@part
def locked(submission: Submission) -> tuple[Case, Submission]:
    """The case and the submission, kept from others; always in this order."""
    case = Case.objects.select_for_update().get(id=submission.case_id)
    rows = Submission.objects.select_for_update(of=("self",)).select_related("version")
    return case, rows.get(id=submission.id)


@part
def record(
    actor: Actor, case: Case, row: Submission, happening: Happening, *, reason: str = ""
) -> TransmissionEvent:
    """Write one event of a locked submission down and bring everything that follows into line."""
    event = TransmissionEvent.objects.create(
        submission=row,
        product_id=row.product_id,
        site_id=row.site_id,
        kind=happening.kind.value,
        on=happening.on,
        decision=happening.decision.value if happening.decision else "",
        retracts=happening.retracts,
        file=happening.file,
        channel=happening.channel,
        text=happening.text,
        details=dict(happening.details),
        actor_name=actor.name,
        recorded_by_id=actor.id,
        recorded_at=time.now(),
    )
    _settle_sending(row, happening)
    _follow(actor, case, row, reason)
    return event


@part
def retract(
    actor: Actor, case: Case, row: Submission, events: Iterable[TransmissionEvent], *, reason: str
) -> None:
    """Write down that these events of a locked submission hold no more."""
    for event in events:
        happening = Happening(EventKind.RETRACTED, on=time.today(), retracts=event, text=reason)
        record(actor, case, row, happening, reason=reason)


@part
def planned(case: Case, row: Submission, reason: str) -> None:
    """Refused for a report the plan of the case does not ask for, unless somebody says why."""
    if plans.asks_for(case, row.profile, row.partner):
        return
    if not reason.strip():
        text = _("The submission plan does not ask for this report: give the reason it is sent.")
        raise Refused({"reason": text})
    row.unplanned_because = within(reason, 500)
    row.save(update_fields=["unplanned_because"])


def _settle_sending(row: Submission, happening: Happening) -> None:
    """The channel's part: what arrived, whichever way that is known, is sent no more."""
    sending = Transmission.objects.select_for_update().filter(submission=row).first()
    if sending is None:
        return
    step = FOLLOWS.get(happening.kind)
    if happening.retracts is not None and happening.retracts.kind == EventKind.AMBIGUOUS:
        step = SendingEvent.GIVE_UP
    if step is None or not SENDING_COLUMN.allows(sending, step):
        return
    state = SENDING_COLUMN.move(sending, step)
    sending.lease_until = None
    sending.waiting_since = time.today() if state in WAITING else None
    if state is SendingState.DELIVERED and sending.delivered_at is None:
        sending.delivered_at = time.now()
    sending.save()


def _follow(actor: Actor, case: Case, row: Submission, reason: str) -> None:
    """The columns of the submission, the clocks of its case, a closed case that owes again."""
    summary = queries.summary(row)
    due = queries.answer_due(row.profile, summary.waiting_since)
    if due is not None and due != row.answer_due:
        row.answer_due_version += 1
    before = (row.state, row.sent_on)
    SUBMITTED_FILE.settle(row, summary.state)
    row.sent_on = summary.sent_on
    row.answered_on, row.answer_due = summary.answered_on, due
    row.disputed, row.ambiguous = summary.disputed, summary.ambiguous
    row.save()
    if before == (row.state, row.sent_on):
        return
    owes = row.sent_on is None or not meets_clock(summary.state)
    if owes and CASE_STAGE.allows(case, CaseEvent.REOPEN_DUTY):
        CASE_STAGE.move(case, CaseEvent.REOPEN_DUTY)
        case.lock_version += 1
        case.save(update_fields=["stage", "lock_version"])
    case_clocks.reconcile(actor, case, reason=reason)


@action("transmission.settle", needs=Perm.ICSR_EXPORT)
def settle(actor: Actor, submission: Submission, *, decision: str, reason: str) -> Submission:
    """Say which of two contradicting decisions of a receiver holds, and why.

    Refused without a reason, and where nothing is disputed.
    """
    case, row = locked(submission)
    if not row.disputed:
        raise Refused(_("The receiver has not contradicted itself about this file."))
    if decision not in {state.value for state in DECIDED}:
        raise Refused({"decision": _("Choose what the receiver decided in the end.")})
    if not reason.strip():
        raise Refused({"reason": _("Say how it is known.")})
    happening = Happening(
        EventKind.SETTLED, on=time.today(), decision=Delivery(decision), text=reason.strip()
    )
    record(actor, case, row, happening, reason=reason.strip())
    _end_waiting(actor, row, reason.strip())
    return row


def _end_waiting(actor: Actor, row: Submission, reason: str) -> None:
    """The acknowledgements that contradicted each other wait no longer."""
    files = TransmissionEvent.objects.filter(submission=row, file__isnull=False).values("file_id")
    waiting = Acknowledgement.objects.select_for_update().filter(
        file_id__in=files, state=InboundState.CONFLICT
    )
    for one in waiting:
        INBOUND_FILE.move(one, InboundEvent.SET_ASIDE)
        one.decided_at, one.decided_by_id, one.reason = time.now(), actor.id, within(reason, 500)
        one.save()


@action("transmission.not_arrived", needs=Perm.ICSR_EXPORT)
def not_arrived(actor: Actor, submission: Submission, *, reason: str) -> Submission:
    """Say that an ambiguous sending did not arrive; the file may be sent again.

    Refused without a reason: a report sent twice is two reports at the authority.
    """
    case, row = locked(submission)
    open_ = queries.unretracted_events(row, EventKind.AMBIGUOUS)
    if not row.ambiguous or not open_:
        raise Refused(_("No sending of this file is in doubt."))
    if not reason.strip():
        raise Refused({"reason": _("Say how it is known.")})
    retract(actor, case, row, open_, reason=reason.strip())
    return row
