"""Sending: claim a batch, talk to the server outside any transaction, close each attempt."""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from followup.actions.notices import steps
from followup.actions.notices.steps import Letter
from followup.core import clock
from followup.core.actor import Actor
from followup.core.http import addresses
from followup.core.mail import DeliveryOutcome, Fenced, Mailer, Result, outbox
from followup.domain.reminders import Retry
from followup.queries import reminders as queries

logger = logging.getLogger("everwatch.mail")
BATCH = 20
_DEFAULT_LANGUAGE = "zh-hans"


@dataclass
class Sent:
    """How many attempts ended how."""

    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Every attempt."""
        return sum(self.outcomes.values())


def compose(letter: Letter) -> EmailMessage:
    """The mail of a notice in the recipient's language: what is due, how long, and a link.

    No name, no telephone number, no diagnosis: a study code or case number and the link, behind
    which the person signs in. The Message-ID belongs to the notice, so that a repeated mail is
    recognised as the same.
    """
    person = letter.notice.recipient
    with translation.override(person.language or _DEFAULT_LANGUAGE):
        sentence = queries.sentence(letter.facts, letter.today)
        link = settings.PUBLIC_URL + addresses.address(addresses.NOTICE, pk=letter.notice.id)
        body = render_to_string("messages/reminder.txt", {"sentence": sentence, "link": link})
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return EmailMessage(
        subject=sentence,
        body=body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[person.email],
        headers={
            "Message-ID": f"<{letter.notice.id}@{host}>",
            "Date": formatdate(clock.now().timestamp()),
            "Auto-Submitted": "auto-generated",
        },
    )


def deliver(actor: Actor, *, seconds: float, batch: int = BATCH) -> Sent:
    """Send what is due until nothing is, the time is up, or the server is away."""
    sent, limit, retry = Sent(), time.monotonic() + seconds, queries.retry()
    while time.monotonic() < limit:
        letters = steps.claim(actor, today=clock.today(), limit=batch)
        # An empty batch may mean that all of it was dropped; ask again until none is claimed.
        if not letters and not outbox.mail_waiting():
            break
        if not _send_batch(actor, letters, retry, sent):
            break
    return sent


def _send_batch(actor: Actor, letters: list[Letter], retry: Retry, sent: Sent) -> bool:
    """Whether going on makes sense: not when there is no server."""
    away = False
    with Mailer() as mailer:
        for letter in letters:
            if away:
                outbox.release(letter.claim, steps.UNTRIED)
                continue
            result = _attempt(mailer, letter, retry)
            steps.finish(actor, letter, result=result, retry=retry)
            sent.outcomes[result.outcome] += 1
            away = result.outcome is DeliveryOutcome.AWAY
    return not away


def _mark(letter: Letter) -> None:
    if not outbox.committing(letter.claim, steps.lease()):
        raise Fenced


def _attempt(mailer: Mailer, letter: Letter, retry: Retry) -> Result:
    try:
        result = mailer.send(compose(letter), partial(_mark, letter))
    except Exception as error:  # one bad message must not hold up the others
        logger.exception("mail failed", extra={"notice": str(letter.notice.id)})
        words = f"{type(error).__name__}: {error}"
        poisoned = letter.claim.attempt >= retry.poison_attempts
        return Result(DeliveryOutcome.REFUSED if poisoned else DeliveryOutcome.LATER, words)
    if result.outcome is not DeliveryOutcome.SENT:
        extra = {"notice": str(letter.notice.id), "error": result.outcome.value}
        logger.warning("mail not sent", extra=extra)
    return result
