"""Messages to patients leave: claimed one by one, asked again whether they may, tried again."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from followup.actions import patient_messages
from followup.actions.notices import digests
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.mail import DeliveryOutcome
from followup.core.models import MessageChannel, MessageDelivery
from followup.core.permissions import Perm
from followup.domain import message_channels as channel_rules
from followup.domain import patient_messages as domain
from followup.domain.message_channels import ChannelRules, MessageKind
from followup.domain.patient_messages import MessageEvent, MessageState, PatientMessageRules
from followup.models import PatientMessage
from followup.models.states import PATIENT_MESSAGE
from followup.queries import message_channels
from followup.queries import patient_messages as queries

logger = logging.getLogger("everwatch.messages")
MOST = 100  # messages of one run; those left follow in the next
LEASE = timedelta(minutes=5)  # far beyond the seconds an answer is waited for


@dataclass(frozen=True, slots=True)
class Begun:
    """A message that is being sent: to which number, and the delivery begun for it."""

    message: PatientMessage
    number: str
    delivery: MessageDelivery


def _full(channel: MessageChannel) -> bool:
    """Whether the channel was given its most messages of a minute already."""
    rules = message_channels.all_rules()[MessageKind(channel.kind)]
    recent = MessageDelivery.objects.filter(channel=channel).order_by("-begun_at")
    sent = list(recent.values_list("begun_at", flat=True)[: rules.per_minute])
    return bool(channel_rules.bucket_wait(rules, clock.now(), sent))


@action("patient_message.reclaim", needs=Perm.SYSTEM)
def reclaim(actor: Actor) -> int:
    """Give messages back whose sender was lost; nobody knows whether they arrived."""
    rules, count = queries.rules(), 0
    lost = PatientMessage.objects.select_for_update(of=("self",), skip_locked=True).filter(
        state=MessageState.SENDING, lease_until__lt=clock.now()
    )
    for row in lost.order_by("id")[:MOST]:
        row.ambiguous = True
        _again(rules, row, "interrupted")
        count += 1
    return count


@action("patient_message.begin", needs=Perm.SYSTEM)
def begin(actor: Actor, *, full: Collection[UUID] = ()) -> Begun | PatientMessage | None:
    """Claim the message that waits longest, or drop it when it may no longer be told.

    None when nothing is due, and in the quiet hours. `full` channels are left out.
    """
    now, rules = clock.now(), queries.rules()
    local = now.astimezone(clock.SHANGHAI)
    if domain.allowed_from(rules, local) > local:
        return None
    rows = PatientMessage.objects.select_for_update(of=("self",), skip_locked=True)
    due = rows.select_related("patient", "site", "channel", "appointment", "questionnaire").filter(
        state=MessageState.WAITING,
        not_before__lte=now,
        channel__active=True,
        channel__failing_since__isnull=True,
    )
    row = due.exclude(channel_id__in=full).order_by("not_before", "id").first()
    if row is None:
        return None
    found = queries.obstacle(row, at=now)
    if found is not None:
        PATIENT_MESSAGE.move(row, MessageEvent.DROP)
        return _ended(row, found.value)
    delivery = MessageDelivery.objects.create(
        channel=row.channel, purpose=MessageDelivery.Purpose.PATIENT, begun_at=now
    )
    PATIENT_MESSAGE.move(row, MessageEvent.BEGIN)
    row.attempt += 1
    row.lease_until = now + LEASE
    row.version += 1
    row.save(update_fields=["state", "attempt", "lease_until", "version"])
    return Begun(row, queries.number_of(row), delivery)


def _ended(row: PatientMessage, answer: str) -> PatientMessage:
    row.ended_at, row.lease_until, row.answer = clock.now(), None, answer[:200]
    row.version += 1
    row.save(update_fields=["state", "ended_at", "lease_until", "answer", "ambiguous", "version"])
    return row


def _again(rules: PatientMessageRules, row: PatientMessage, answer: str) -> PatientMessage:
    """Try later, outside the quiet hours, or give up after the last attempt."""
    if row.attempt >= rules.tries:
        PATIENT_MESSAGE.move(row, MessageEvent.GIVE_UP)
        return _ended(row, answer)
    PATIENT_MESSAGE.move(row, MessageEvent.RETRY)
    later = clock.now().astimezone(clock.SHANGHAI) + rules.retry
    row.not_before, row.lease_until = domain.allowed_from(rules, later), None
    row.answer = answer[:200]
    row.version += 1
    row.save(update_fields=["state", "not_before", "lease_until", "answer", "ambiguous", "version"])
    return row


@action("patient_message.end", needs=Perm.SYSTEM)
def end(
    actor: Actor, begun: Begun, *, outcome: DeliveryOutcome, text: str, body: bytes
) -> PatientMessage | None:
    """Keep what came of an attempt; None when another sender took over meanwhile.

    A number the gateway refuses ends the message. Any other refusal is the channel's: it turns
    red and the message waits for it. An answer nobody can read is tried again with the same id, by
    which the gateway knows it.
    """
    digests.close(begun.delivery, outcome, text, body)
    row = PatientMessage.objects.select_for_update(of=("self",)).get(id=begun.message.id)
    if (row.state, row.attempt) != (MessageState.SENDING, begun.message.attempt):
        return None
    rules = queries.rules()
    if outcome is DeliveryOutcome.SENT:
        PATIENT_MESSAGE.move(row, MessageEvent.TAKE)
        return _ended(row, "")
    if outcome is DeliveryOutcome.REFUSED:
        code = text.removeprefix("HTTP ").split(" ")[0]
        if code in rules.refused_number:
            PATIENT_MESSAGE.move(row, MessageEvent.REFUSE)
            return _ended(row, text)
        failing = MessageChannel.objects.filter(id=row.channel_id, failing_since__isnull=True)
        failing.update(failing_since=clock.now())
    row.ambiguous = row.ambiguous or outcome is DeliveryOutcome.UNKNOWN
    return _again(rules, row, text)


def _attempt(
    rules: PatientMessageRules, channel: ChannelRules, begun: Begun
) -> tuple[DeliveryOutcome, str, bytes]:
    row = begun.message
    values = patient_messages.parts_of(rules, row, link=patient_messages.link_of(row))
    text = patient_messages.text_of(rules, row, values)
    body = channel_rules.patient_body(str(row.id), row.about, begun.number, text, values)
    return *digests.post(row.channel, channel, body), body


def deliver(actor: Actor) -> int:
    """Send what is due; how many messages left or were dropped.

    A channel that took its most of a minute keeps the rest for the next run.
    """
    reclaim(actor)
    full = {channel.id for channel in queries.channels(actor) if _full(channel)}
    count = 0
    for _number in range(MOST):
        begun = begin(actor, full=full)
        if begun is None:
            break
        count += 1
        if isinstance(begun, PatientMessage):
            continue
        channel = begun.message.channel
        body = b""
        try:
            rules = message_channels.all_rules()[MessageKind(channel.kind)]
            outcome, text, body = _attempt(queries.rules(), rules, begun)
        except Exception as error:  # one message that breaks must not hold up the others
            logger.exception("patient message failed", extra={"channel": str(channel.id)})
            outcome, text = DeliveryOutcome.LATER, type(error).__name__
        end(actor, begun, outcome=outcome, text=text, body=body)
        if _full(channel):
            full.add(channel.id)
    return count
