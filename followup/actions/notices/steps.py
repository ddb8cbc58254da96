"""The two ends of an attempt to send: what may be claimed, and how it is closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings

from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.mail import Claim, DeliveryOutcome, Result, outbox
from followup.core.models import Notice
from followup.core.permissions import Perm
from followup.domain.reminders import Retry
from followup.queries import reminders as queries
from followup.queries.reminders import NoticeFacts

UNTRIED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed notice that was true in the transaction that claimed it."""

    claim: Claim
    notice: Notice
    facts: NoticeFacts
    today: date


def lease() -> timedelta:
    """How long a claim holds; far above the time one mail takes."""
    return timedelta(seconds=settings.MAIL_LEASE_SECONDS)


@action("notice.claim", needs=Perm.SYSTEM)
def claim(actor: Actor, *, today: date, limit: int) -> list[Letter]:
    """Claim mail that is due, and drop in the same transaction what is no longer true.

    Dropped, with the reason, when the obligation was closed or moved, the patient died, withdrew,
    was transferred or lost, or the recipient left, lost the right or has no address.
    """
    return letters(outbox.claim(limit, lease()), today)


@part
def letters(claimed: Iterable[Claim], today: date) -> list[Letter]:
    """Those of the claims that are still true, by the age of their notices; the rest dropped."""
    claims = {each.notice: each for each in claimed}
    notices = Notice.objects.select_related("recipient").in_bulk(list(claims))
    found = queries.notice_validity(notices.values())
    kept = []
    for id, notice in notices.items():
        validity = found[id]
        reason = validity.reason
        if notice.state != Notice.State.PENDING:
            outbox.close(claims[id], "dropped", error=notice.state)
        elif reason or validity.facts is None:
            outbox.close(claims[id], "dropped", error=reason)
            _drop(notice, reason or "closed")
        else:
            kept.append(Letter(claims[id], notice, validity.facts, today))
    return sorted(kept, key=lambda letter: letter.notice.created_at)


def _drop(notice: Notice, reason: str) -> None:
    notice.state, notice.reason = Notice.State.DROPPED, reason
    notice.save(update_fields=["state", "reason"])


@action("notice.finish", needs=Perm.SYSTEM)
def finish(actor: Actor, letter: Letter, *, result: Result, retry: Retry) -> bool:
    """Close an attempt by what came of it; False when another sender has taken over.

    Sent is sent; refused for good is dead and told to the person in the bell; everything else is
    tried again, marked as ambiguous when the message may have arrived.
    """
    claimed, outcome = letter.claim, result.outcome
    if outcome is DeliveryOutcome.FENCED:
        return False
    if outcome is DeliveryOutcome.SENT:
        ours = outbox.close(claimed, "sent")
        if ours:
            Notice.objects.filter(id=claimed.notice).update(state=Notice.State.SENT)
        return ours
    if outcome is DeliveryOutcome.REFUSED:
        ours = outbox.close(claimed, "dead", error=result.error)
        if ours:
            _drop(letter.notice, "undeliverable")
        return ours
    return outbox.close(
        claimed,
        "retry",
        error=result.error,
        ambiguous=outcome is DeliveryOutcome.UNKNOWN,
        wait=retry.wait(claimed.attempt),
    )
