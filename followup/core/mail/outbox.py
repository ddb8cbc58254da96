"""Claims on waiting mail: skipped when locked, leased, fenced by the number of the attempt."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

# The database's clock decides, since several machines send. A lease that ran out while the row
# was COMMITTING means that a message may have gone out: that stays on record for ever.
_CLAIM = """
UPDATE core_outbox AS mail SET state = 'sending', attempt = mail.attempt + 1,
    lease_until = clock_timestamp() + %(lease)s,
    ambiguous = mail.ambiguous OR mail.state = 'committing'
FROM (
    SELECT notice_id FROM core_outbox
    WHERE state IN ('pending', 'retry', 'sending', 'committing')
        AND not_before <= clock_timestamp()
        AND (lease_until IS NULL OR lease_until < clock_timestamp())
    ORDER BY not_before, notice_id FOR UPDATE SKIP LOCKED LIMIT %(limit)s) AS due
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


def claim(limit: int, lease: timedelta) -> list[Claim]:
    """Claim up to `limit` mails that are due or whose sender was lost; the oldest first.

    The rows stay locked until the caller's transaction ends.
    """
    values: dict[str, Any] = {"limit": limit, "lease": lease}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        return [Claim(*row) for row in cursor.fetchall()]


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
