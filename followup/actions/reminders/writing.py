"""The one statement that makes notices, puts e-mail into the outbox and retires older rungs."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from followup.core.action import part
from followup.core.models import Notice
from followup.domain.reminders import Ladder, Rung
from followup.queries.reminders.candidates import Span, common_rows, parameters
from followup.queries.reminders.sources import ObligationSource
from followup.queries.reminders.validity import statement, values

# The unique constraint decides what is new, whoever sweeps at the same time. `older` only sees
# notices that stood before this statement, by their key: without statistics the planner would
# read all of them. A row a sender holds is left to that sender.
_INSERT = """
WITH {candidates},
made AS (
    INSERT INTO core_notice (id, obligation, rung, channel, recipient_id, due_version, due, label,
        target, state, reason, created_at)
    SELECT gen_random_uuid(), obligation, rung, channel, recipient_id, due_version, due, label,
        target, state, '', %(now)s FROM candidate
    ON CONFLICT DO NOTHING
    RETURNING id, obligation, channel, recipient_id, due_version, state
),
posted AS (
    INSERT INTO core_outbox (notice_id, state, attempt, not_before, ambiguous, error)
    SELECT id, 'pending', 0, %(now)s, FALSE, '' FROM made WHERE state = 'pending'
),
older AS (
    SELECT notice.id, notice.channel FROM made CROSS JOIN LATERAL (
        SELECT id, channel FROM core_notice AS before
        WHERE before.obligation = made.obligation AND before.recipient_id = made.recipient_id
            AND before.channel = made.channel
            AND (before.due_version < made.due_version OR before.rung <> ALL(%(later)s))
            AND (before.state = 'pending' OR before.channel = 'in_app'
                AND before.state = 'sent' AND before.read_at IS NULL)
        OFFSET 0) AS notice
    WHERE made.state <> 'superseded'
),
waiting AS (
    SELECT mail.notice_id FROM core_outbox AS mail
    JOIN older ON older.id = mail.notice_id AND older.channel = 'email'
    WHERE mail.state IN ('pending', 'retry')
    FOR UPDATE OF mail SKIP LOCKED
),
stopped AS (
    UPDATE core_outbox AS mail SET state = 'dropped', error = 'superseded'
    FROM waiting WHERE mail.notice_id = waiting.notice_id RETURNING mail.notice_id
),
retired AS (
    UPDATE core_notice AS notice SET state = 'superseded'
    FROM (SELECT id FROM older WHERE channel = 'in_app'
        UNION ALL SELECT notice_id FROM stopped) AS gone
    WHERE notice.id = gone.id
)
SELECT count(*) FILTER (WHERE state <> 'superseded'), count(*) FROM made
"""
_SETTLE = """
UPDATE core_notice AS shown SET reason = judged.reason,
    state = CASE WHEN judged.reason = '' THEN 'sent' ELSE 'dropped' END
FROM ({validity}) AS judged
WHERE shown.id = judged.id AND shown.read_at IS NULL
    AND (shown.state = 'sent') <> (judged.reason = '')
"""
_BATCH = 5000


@part
def insert(
    source: ObligationSource, ladder: Ladder, rung: Rung, span: Span, now: datetime
) -> tuple[int, int]:
    """Make the notices of one rung; how many speak, and how many there are with those overtaken."""
    if not source.roles(rung):
        return 0, 0
    sweep = sql.SQL(_INSERT).format(candidates=common_rows(source, ladder, rung, span))
    asked: dict[str, Any] = {
        **parameters(source, ladder, rung, span),
        "now": now,
        "later": [later.code for later in ladder.later(rung)],
    }
    with connection.cursor() as cursor:
        cursor.execute(sweep, asked)
        live, made = cursor.fetchone()
    return live, made


@part
def settle(source: ObligationSource, notices: Iterable[tuple[UUID, str]]) -> int:
    """Retract in-app notices that are no longer true, bring back those that are again."""
    rows, count = iter(notices), 0
    with connection.cursor() as cursor:
        while batch := list(islice(rows, _BATCH)):
            judged = sql.SQL(_SETTLE).format(validity=statement(source))
            cursor.execute(judged, values(source, batch))
            count += cursor.rowcount
    return count


def unread(
    source: ObligationSource, keys: Collection[str] | None = None
) -> Iterable[tuple[UUID, str]]:
    """Unread in-app notices of a source, or of some of its obligations, with what they are of."""
    rows = Notice.objects.filter(channel="in_app", read_at__isnull=True)
    if keys is None:
        # What was retracted need not be looked at every day.
        rows = rows.filter(state="sent", obligation__startswith=f"{source.kind}:")
    else:
        owed = [f"{source.kind}:{key}" for key in keys]
        rows = rows.filter(state__in=("sent", "dropped"), obligation__in=owed)
    return list(rows.values_list("id", "obligation"))
