"""Sending by a channel: queued by a person, tried by a worker, in doubt decided by a person.

Each step is committed before the next begins: the claim before the first byte, the mark of the last
byte before the last step, the ending at once. A worker that dies leaves a lease that runs out, and
the next one looks what became of the attempt before it does anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import transmissions
from pv.adapters import carriers
from pv.domain.e2b.sendings import OPEN, WAITING, Ending, Result, SendingEvent, SendingState, assess
from pv.domain.e2b.submissions import Delivery
from pv.domain.e2b.transmissions import EventKind
from pv.models import Channel, Submission, Transmission
from pv.models.states import SENDING_COLUMN
from pv.queries import channels as queries
from pv.queries import transmissions as ledger
from pv.queries import version_unlocks


@action("sending.queue", needs=Perm.ICSR_EXPORT)
def queue(
    actor: Actor, submission: Submission, *, channel: Channel, reason: str = ""
) -> Transmission:
    """Hand a released file to a channel; one that did not arrive may go again, also by another.

    Refused when it was sent, is being sent, or nobody knows: two sendings are two reports. A
    report the submission plan does not ask for needs a reason.
    """
    case, row = transmissions.locked(submission)
    if not queries.leads_to(channel, row):
        raise Refused({"channel": _("This channel does not lead to the receiver of the file.")})
    if version_unlocks.is_void(row):
        raise Refused({"": _("Its version was unlocked: release it again, then send that file.")})
    if row.state != Delivery.GENERATED or row.ambiguous:
        raise Refused({"": _("This file was sent already, or nobody knows whether it arrived.")})
    transmissions.planned(case, row, reason)
    now = time.now()
    sending = Transmission.objects.select_for_update().filter(submission=row).first()
    if sending is None:
        sending = Transmission(submission=row, product_id=row.product_id, site_id=row.site_id)
        SENDING_COLUMN.begin(sending, SendingState.QUEUED)
    else:
        SENDING_COLUMN.move(sending, SendingEvent.SEND_AGAIN)
    sending.channel, sending.not_before = channel, now
    sending.tries = 0
    sending.last_byte, sending.problem, sending.waiting_since = False, "", None
    sending.queued_at, sending.queued_by_id = now, actor.id
    sending.save()
    happening = transmissions.Happening(
        EventKind.QUEUED, on=time.today(), channel=channel.kind, text=channel.name
    )
    transmissions.record(actor, case, row, happening)
    return sending


@action("sending.withdraw", needs=Perm.ICSR_EXPORT)
def withdraw(actor: Actor, submission: Submission, *, reason: str) -> Submission:
    """Retract a file from the queue before an attempt began; why."""
    case, row = transmissions.locked(submission)
    sending = Transmission.objects.select_for_update().filter(submission=row).first()
    if sending is None or SENDING_COLUMN.of(sending) is not SendingState.QUEUED:
        raise Refused(_("This file does not wait to be sent."))
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    SENDING_COLUMN.move(sending, SendingEvent.GIVE_UP)
    sending.problem, sending.waiting_since = within(reason, 500), time.today()
    sending.save()
    happening = transmissions.Happening(
        EventKind.FAILED, on=time.today(), channel=sending.channel.kind, text=reason.strip()
    )
    transmissions.record(actor, case, row, happening, reason=reason.strip())
    return row


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to try one sending until its lease ends; `lost` when an attempt before ended so."""

    sending: Transmission
    attempt: int
    lost: bool


def send_due(actor: Actor) -> dict[str, int]:
    """Try everything that is due, one after the other; how many ended in which way."""
    return _try_each(actor, queries.due(time.now()))


def give_up_closed(actor: Actor) -> dict[str, int]:
    """End what waits for a channel that was closed: a person is told and chooses another way."""
    return _try_each(actor, queries.of_closed_channels(time.now()))


def _try_each(actor: Actor, sending_ids: Iterable[UUID]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for sending_id in sending_ids:
        ending = _try(actor, sending_id)
        name = "taken over" if ending is None else ending.result.value
        counts[name] = counts.get(name, 0) + 1
    return counts


def _try(actor: Actor, sending_id: UUID) -> Ending | None:
    claimed = claim(actor, sending_id=sending_id)
    if claimed is None:
        return None
    sending = claimed.sending
    parcel = carriers.Parcel(
        sending.submission.file_name,
        bytes(sending.submission.content),
        sending.message_id,
        sending.reference,
    )
    way = queries.route(sending.channel)
    ending: Ending | None
    if claimed.lost:
        ending = carriers.look_again(way, parcel) if sending.last_byte else _LOST
    elif not sending.channel.active:
        ending = _CLOSED
    else:

        def may_finish(reference: str = "") -> bool:
            return note_last_byte(actor, claimed=claimed, reference=reference)

        ending = carriers.send(way, parcel, may_finish)
    return ending if ending and close(actor, claimed=claimed, ending=ending) else None


_LOST = Ending(Result.NOTHING_SENT, "the worker was lost before the last step")
_CLOSED = Ending(Result.REFUSED, "the channel is closed")


@action("sending.claim", needs=Perm.SYSTEM)
def claim(actor: Actor, *, sending_id: UUID) -> Claim | None:
    """Begin an attempt of a sending that is due, or take over one whose lease ran out."""
    rows = Transmission.objects.select_for_update(of=("self",), skip_locked=True)
    rows = rows.select_related("submission", "channel")
    sending = rows.filter(id=sending_id).first()
    now = time.now()
    if sending is None or SENDING_COLUMN.of(sending) not in OPEN:
        return None
    lost = SENDING_COLUMN.of(sending) is SendingState.SENDING
    if (sending.lease_until or sending.not_before) > now:
        return None
    if not lost:
        SENDING_COLUMN.move(sending, SendingEvent.CLAIM)
        sending.last_byte = False
        sending.tries += 1
    sending.attempt += 1
    sending.lease_until = now + queries.rules_of(sending.channel).lease
    sending.save()
    return Claim(sending, sending.attempt, lost)


@action("sending.note_last_byte", needs=Perm.SYSTEM)
def note_last_byte(actor: Actor, *, claimed: Claim, reference: str = "") -> bool:
    """Put on record that the last step is about to begin, and what the gateway calls the attempt.

    False when another has taken over.
    """
    sending = _held(claimed)
    if sending is None or sending.lease_until is None or sending.lease_until <= time.now():
        return False
    sending.last_byte, sending.reference = True, reference
    sending.lease_until = time.now() + queries.rules_of(sending.channel).lease
    sending.save(update_fields=["last_byte", "lease_until", "reference"])
    return True


def _held(claimed: Claim) -> Transmission | None:
    """The sending while it is still this try that holds it."""
    rows = Transmission.objects.select_for_update(of=("self",)).select_related("channel")
    return rows.filter(
        id=claimed.sending.id, attempt=claimed.attempt, state=SendingState.SENDING.value
    ).first()


@action("sending.close", needs=Perm.SYSTEM)
def close(actor: Actor, *, claimed: Claim, ending: Ending) -> bool:
    """Write down how an attempt ended and what follows; False when another has taken over."""
    case, row = transmissions.locked(claimed.sending.submission)
    sending = _held(claimed)
    if sending is None:
        return False
    verdict = assess(ending.result, sending.tries, queries.rules_of(sending.channel))
    sending.lease_until = None
    sending.problem = "" if verdict.event is SendingEvent.DELIVER else ending.text[:500]
    if verdict.wait is not None:
        sending.not_before = time.now() + verdict.wait
    state = SENDING_COLUMN.move(sending, verdict.event)
    sending.waiting_since = time.today() if state in WAITING else None
    if state is SendingState.DELIVERED:
        sending.delivered_at = time.now()
    sending.save()
    if verdict.happened is not None:
        happening = transmissions.Happening(
            verdict.happened,
            on=time.today(),
            channel=sending.channel.kind,
            text=ending.text or sending.channel.name,
            details={"attempt": claimed.attempt, **ending.details},
        )
        transmissions.record(actor, case, row, happening)
    return True


def _may_give_up(sending: Transmission) -> bool:
    """Whether a late refusal ends a sending; one that was received, by its own gateway alone."""
    if SENDING_COLUMN.of(sending) is SendingState.UNPROVEN and not sending.reference:
        return False
    return SENDING_COLUMN.allows(sending, SendingEvent.GIVE_UP)


@action("sending.note_receipt", needs=Perm.SYSTEM)
def note_receipt(actor: Actor, *, sending: Transmission, ending: Ending) -> None:
    """Write down a receipt that came after the attempt ended; what it proves moves the sending."""
    case, row = transmissions.locked(sending.submission)
    verdict = assess(ending.result, 0, queries.rules_of(sending.channel))
    if verdict.happened is None:
        return
    held = Transmission.objects.select_for_update(of=("self",)).select_related("channel")
    late = held.get(id=sending.id)
    gives_up = ending.result is Result.REFUSED and _may_give_up(late)
    if gives_up:
        SENDING_COLUMN.move(late, SendingEvent.GIVE_UP)
        late.lease_until, late.waiting_since = None, time.today()
        late.problem = ending.text[:500]
        late.save()
    happening = transmissions.Happening(
        verdict.happened,
        on=time.today(),
        channel=late.channel.kind,
        text=ending.text or late.channel.name,
        details=dict(ending.details),
    )
    transmissions.record(actor, case, row, happening)
    if gives_up and late.reference:
        kinds = (EventKind.AMBIGUOUS, EventKind.RECEIPT_UNPROVEN)
        events = ledger.unretracted_events(row, *kinds)
        transmissions.retract(actor, case, row, events, reason=ending.text)
