"""Digests: the reminders of everybody who chose a group leave together, as counts and a link."""

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followup.actions.notices import steps
from followup.actions.notices.steps import Letter
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.http import addresses
from followup.core.mail import DeliveryOutcome, Result, outbox
from followup.core.models import MessageChannel, MessageDelivery
from followup.core.outgoing import transport
from followup.core.outgoing.transport import NoAnswer, NothingSent
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security.secrets import Unreadable
from followup.domain import message_channels as domain
from followup.domain.message_channels import ChannelRules, Due, MessageKind
from followup.domain.reminders import Retry
from followup.languages import is_chinese
from followup.queries import message_channels as queries
from followup.queries.reminders.sources import kind_of, ladder_titles

logger = logging.getLogger("everwatch.messages")
MOST = 500  # reminders of one digest; those left follow in the next


@dataclass(frozen=True, slots=True)
class Digest:
    """Claimed reminders of one channel, and the delivery that was begun for them."""

    channel: MessageChannel
    delivery: MessageDelivery
    letters: tuple[Letter, ...]


@action("message_delivery.begin", needs=Perm.SYSTEM)
def begin(actor: Actor, channel: MessageChannel) -> Digest | None:
    """Claim what waits for a channel; None when it must keep quiet still or nothing is true.

    The row of the channel is held meanwhile, so that two senders never speak for one digest.
    """
    rows = MessageChannel.objects.select_for_update(skip_locked=True)
    row = rows.filter(id=channel.id, active=True, failing_since__isnull=True).first()
    if row is None or _wait(row):
        return None
    letters = steps.letters(outbox.claim(MOST, steps.lease(), channel.id), clock.today())
    if not letters:
        return None
    delivery = MessageDelivery.objects.create(
        channel=row,
        purpose=MessageDelivery.Purpose.DIGEST,
        reminders=len({letter.notice.obligation for letter in letters}),
        begun_at=clock.now(),
    )
    return Digest(row, delivery, tuple(letters))


def _wait(channel: MessageChannel) -> bool:
    rules, now = queries.all_rules()[MessageKind(channel.kind)], clock.now()
    recent = MessageDelivery.objects.filter(channel=channel).order_by("-begun_at")
    sent = list(recent.values_list("begun_at", flat=True)[: rules.per_minute])
    last = recent.filter(purpose=MessageDelivery.Purpose.DIGEST).first()
    return bool(domain.wait(rules, now, sent, last.begun_at if last else None))


def words(channel: MessageChannel, letters: Sequence[Letter]) -> str:
    """How much of what is due, and where to look; nothing of anybody, not even a study code."""
    dues = [
        Due(
            letter.notice.obligation,
            kind_of(letter.notice.obligation),
            letter.facts.due < letter.today,
        )
        for letter in letters
    ]
    rows = domain.counts(dues)
    total = sum(count for _kind, count, _late in rows)
    with translation.override(channel.language):
        names = ladder_titles(chinese=is_chinese(channel.language))
        head = ngettext("Everwatch: %(n)d reminder", "Everwatch: %(n)d reminders", total)
        lines = [head % {"n": total}]
        for kind, count, late in rows:
            facts = {"kind": names.get(kind, kind), "count": count, "late": late}
            told = _("%(kind)s: %(count)d, overdue %(late)d") if late else _("%(kind)s: %(count)d")
            lines.append(told % facts)
        link = settings.PUBLIC_URL + addresses.address(addresses.NOTICES)
        return "\n".join([*lines, _("Sign in to see them: %(link)s") % {"link": link}])


def post(
    channel: MessageChannel, rules: ChannelRules, body: bytes, letters: Sequence[Letter] = ()
) -> tuple[DeliveryOutcome, str]:
    """Post a body to a channel and say what came of it; the claims are marked before its end."""
    kind = MessageKind(channel.kind)
    try:
        token, secret = queries.opened(channel)
    except Unreadable as error:
        return DeliveryOutcome.REFUSED, str(error)
    url = domain.target(kind, channel.address, rules.token_parameter, token)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if kind not in domain.ROBOTS:
        headers["Authorization"] = f"Bearer {token}"
    if secret:
        url = domain.signed(url, int(clock.now().timestamp() * 1000), secret)

    def may_finish() -> bool:
        held = [outbox.committing(letter.claim, steps.lease()) for letter in letters]
        return any(held) or not letters

    try:
        answer = transport.post(url, headers, body, may_finish, seconds=rules.answer_seconds)
    except NothingSent as error:
        return DeliveryOutcome.AWAY, str(error)
    except NoAnswer as error:
        return DeliveryOutcome.UNKNOWN, str(error)
    if answer is None:
        return DeliveryOutcome.FENCED, "another sender took over"
    judged, text = domain.judge(rules, answer.status, answer.body)
    return DeliveryOutcome(judged.value), text.replace(token, "…")


@action("message_delivery.end", needs=Perm.SYSTEM)
def end(
    actor: Actor,
    delivery: MessageDelivery,
    *,
    outcome: DeliveryOutcome,
    text: str,
    body: bytes,
    given_up: bool = False,
) -> None:
    """Keep what came of a delivery; a refusal for good, or too many tries, marks the channel."""
    close(delivery, outcome, text, body)
    if outcome is DeliveryOutcome.REFUSED or given_up:
        rows = MessageChannel.objects.filter(id=delivery.channel_id, failing_since__isnull=True)
        rows.update(failing_since=clock.now())


@part
def close(
    delivery: MessageDelivery, outcome: DeliveryOutcome, text: str, body: bytes
) -> MessageDelivery:
    """End a delivery in its row; a part of whichever action sent it."""
    states = {DeliveryOutcome.AWAY: "later", DeliveryOutcome.FENCED: "later"}
    delivery.state = states.get(outcome, outcome.value)
    delivery.text, delivery.ended_at = text[:300], clock.now()
    delivery.sha256 = hashlib.sha256(body).hexdigest()
    delivery.save(update_fields=["state", "text", "ended_at", "sha256"])
    return delivery


def _attempt(digest: Digest) -> tuple[DeliveryOutcome, str, bytes]:
    """What came of a digest, the answer, and the body as it was sent."""
    channel, body = digest.channel, b""
    try:
        rules = queries.all_rules()[MessageKind(channel.kind)]
        text = domain.cut(words(channel, digest.letters), rules.most_bytes)
        body = domain.text_body(MessageKind(channel.kind), text, str(digest.delivery.id))
        return *post(channel, rules, body, digest.letters), body
    except Exception as error:  # one channel that breaks must not hold up the others
        logger.exception("digest failed", extra={"channel": str(channel.id)})
        return DeliveryOutcome.LATER, type(error).__name__, body


def _is_lost(digest: Digest, outcome: DeliveryOutcome, retry: Retry) -> bool:
    """Whether a channel failed too often; what mail tried before does not count against it."""
    if outcome in (DeliveryOutcome.SENT, DeliveryOutcome.FENCED):
        return False
    tried = max(letter.claim.attempt for letter in digest.letters)
    most = retry.poison_attempts
    return tried >= most and queries.failures(digest.channel) + 1 >= most


def deliver(actor: Actor, retry: Retry) -> Counter[str]:
    """Send a digest to every channel that may speak now; how many reminders ended how.

    What a channel refuses for good goes by e-mail from the next run on.
    """
    outcomes: Counter[str] = Counter()
    for id in outbox.channels_waiting():
        digest = begin(actor, queries.one(actor, id))
        if digest is None:
            continue
        outcome, answer, body = _attempt(digest)
        lost = _is_lost(digest, outcome, retry)
        end(actor, digest.delivery, outcome=outcome, text=answer, body=body, given_up=lost)
        again = outcome is DeliveryOutcome.REFUSED
        result = Result(DeliveryOutcome.LATER if again else outcome, answer)
        for letter in digest.letters:
            steps.finish(actor, letter, result=result, retry=retry)
            outcomes[result.outcome.value] += 1
        if outcome is not DeliveryOutcome.SENT:
            extra = {"channel": str(id), "error": outcome.value}
            logger.warning("digest not sent", extra=extra)
    return outcomes


@action("message_channel.begin_test", needs=Perm.EXCHANGE_WRITE)
def begin_test(actor: Actor, channel: MessageChannel) -> MessageDelivery:
    """Note that a test begins; it counts for the bucket like anything else.

    Refused when the minute has its most messages: a robot that is asked too often falls silent.
    """
    rules, now = queries.all_rules()[MessageKind(channel.kind)], clock.now()
    rows = MessageDelivery.objects.filter(channel=channel).order_by("-begun_at")
    sent = rows.values_list("begun_at", flat=True)[: rules.per_minute]
    if domain.bucket_wait(rules, now, sent):
        text = _("This channel takes no more than %(n)s messages a minute: try again in a minute.")
        raise Refused(text % {"n": rules.per_minute})
    return MessageDelivery.objects.create(
        channel=channel,
        purpose=MessageDelivery.Purpose.TEST,
        begun_at=clock.now(),
        begun_by_id=actor.id,
    )


@action("message_channel.end_test", needs=Perm.EXCHANGE_WRITE)
def end_test(
    actor: Actor, delivery: MessageDelivery, *, outcome: DeliveryOutcome, text: str, body: bytes
) -> MessageDelivery:
    """Keep what came of a test; one that works gives a failing channel its reminders back.

    A refusal for good marks the channel, as one of a digest does: the key is the same.
    """
    rows = MessageChannel.objects.filter(id=delivery.channel_id)
    if outcome is DeliveryOutcome.SENT:
        rows.update(failing_since=None)
    elif outcome is DeliveryOutcome.REFUSED:
        rows.filter(failing_since__isnull=True).update(failing_since=clock.now())
    return close(delivery, outcome, text, body)


def test(actor: Actor, channel: MessageChannel) -> MessageDelivery:
    """Send a line that says it is a test, and keep what came of it."""
    kind = MessageKind(channel.kind)
    delivery = begin_test(actor, channel)
    with translation.override(channel.language):
        line = _("Everwatch: this is a test, nothing is to be done.")
    body = domain.text_body(kind, line, str(delivery.id))
    outcome, text = post(channel, queries.all_rules()[kind], body)
    return end_test(actor, delivery, outcome=outcome, text=text, body=body)
