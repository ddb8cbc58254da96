"""Claims on waiting reminders: skipped when locked, leased, fenced by the number of the attempt.

They leave one by one as e-mail, or together in the digest of the channel their reader chose.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

_WAITING = """core_outbox AS waiting
    JOIN core_notice AS notice ON notice.id = waiting.notice_id
    JOIN core_user AS reader ON reader.id = notice.recipient_id
    LEFT JOIN core_messagechannel AS way ON way.id = reader.message_channel_id
        AND way.active AND way.failing_since IS NULL
    WHERE waiting.state IN ('pending', 'retry', 'sending', 'committing')
        AND waiting.not_before <= clock_timestamp()
        AND (waiting.lease_until IS NULL OR waiting.lease_until < clock_timestamp())"""
# Whose channel fails gets mail; without an address the reminder waits for the channel.
_BY_MAIL = "way.id IS NULL AND (reader.email <> '' OR reader.message_channel_id IS NULL)"
_BY_CHANNEL = "way.id = %(channel)s"
_ANY_MAIL = "SELECT EXISTS (SELECT FROM {waiting} AND {way})"
_CHANNELS = "SELECT DISTINCT way.id FROM {waiting} AND way.id IS NOT NULL"
# The database's clock decides, since several machines send. A lease that ran out while the row
# was COMMITTING means that a message may have gone out: that stays on record for ever.
_CLAIM = """
UPDATE core_outbox AS mail SET state = 'sending', attempt = mail.attempt + 1,
    lease_until = clock_timestamp() + %(lease)s,
    ambiguous = mail.ambiguous OR mail.state = 'committing'
FROM (
    SELECT waiting.notice_id FROM {waiting} AND {way}
    ORDER BY waiting.not_before, waiting.notice_id
    FOR UPDATE OF waiting SKIP LOCKED LIMIT %(limit)s) AS due
WHERE mail.notice_id = due.notice_id
RETURNING mail.notice_id, mail.attempt, mail.ambiguous
"""
_COMMITTING = """
UPDATE core_outbox SET state = 'committing', lease_until = clock_timestamp() + %(lease)s
WHERE notice_id = %(notice)s AND attempt = %(attempt)s AND state = 'sending'
    AND lease_until > clock_timestamp()
"""
_CLOSE = """
UPDATE core_outbox SET state = %(state)s, lease_until = NULL, error = %(error)s,
    ambiguous = ambiguous OR %(ambiguous)s,
    not_before = clock_timestamp() + %(wait)s,
    sent_at = CASE WHEN %(state)s = 'sent' THEN clock_timestamp() ELSE sent_at END
WHERE notice_id = %(notice)s AND attempt = %(attempt)s AND state IN ('sending', 'committing')
"""
_RELEASE = """
UPDATE core_outbox SET state = 'retry', lease_until = NULL,
    not_before = clock_timestamp() + %(wait)s
WHERE notice_id = %(notice)s AND attempt = %(attempt)s AND state = 'sending'
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one notice until the lease ends; `attempt` is the fencing token."""

    notice: UUID
    attempt: int
    ambiguous: bool


def claim(limit: int, lease: timedelta, channel: UUID | None = None) -> list[Claim]:
    """Claim up to `limit` reminders that are due or whose sender was lost; the oldest first.

    Those that go by mail, or those whose readers chose `channel`. The rows stay locked until the
    caller's transaction ends.
    """
    values: dict[str, Any] = {"limit": limit, "lease": lease, "channel": channel}
    way = _BY_MAIL if channel is None else _BY_CHANNEL
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(waiting=_WAITING, way=way), values)
        return [Claim(*row) for row in cursor.fetchall()]


def mail_waiting() -> bool:
    """Whether any mail could be claimed at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY_MAIL.format(waiting=_WAITING, way=_BY_MAIL))
        return bool(cursor.fetchone()[0])


def channels_waiting() -> list[UUID]:
    """The open channels for which a reminder could be claimed at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANNELS.format(waiting=_WAITING))
        return sorted(row[0] for row in cursor.fetchall())


def _one(statement: str, claimed: Claim, **values: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"notice": claimed.notice, "attempt": claimed.attempt, **values})
        return bool(cursor.rowcount == 1)


def committing(claimed: Claim, lease: timedelta) -> bool:
    """Put on record that the final dot is about to go out; False when the claim was lost."""
    return _one(_COMMITTING, claimed, lease=lease)


def close(
    claimed: Claim,
    state: str,
    *,
    error: str = "",
    ambiguous: bool = False,
    wait: timedelta = timedelta(0),
) -> bool:
    """End an attempt: sent, dead, dropped, or retry after `wait`; False when it was not ours."""
    return _one(_CLOSE, claimed, state=state, error=error[:200], ambiguous=ambiguous, wait=wait)


def release(claimed: Claim, wait: timedelta) -> bool:
    """Give back a claim that was never tried."""
    return _one(_RELEASE, claimed, wait=wait)
