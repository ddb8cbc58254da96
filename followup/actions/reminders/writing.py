"""The one statement that makes notices, puts e-mail into the outbox and retires older rungs."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection
from psycopg import sql

from followup.core.models import Notice
from followup.domain.reminders import Ladder, Rung
from followup.queries.reminders.candidates import Span, common_rows, parameters
from followup.queries.reminders.sources import Source
from followup.queries.reminders.standing import standing

# The unique constraint decides what is new, whoever sweeps at the same time. `older` only sees
# notices that stood before this statement. A row a sender holds is left to that sender.
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
    SELECT notice.id, notice.channel FROM made JOIN core_notice AS notice
        ON notice.obligation = made.obligation AND notice.recipient_id = made.recipient_id
        AND notice.channel = made.channel
    WHERE made.state <> 'superseded'
        AND (notice.due_version < made.due_version
            OR notice.rung <> ALL(%(later)s))
        AND (notice.state = 'pending'
            OR notice.channel = 'in_app' AND notice.state = 'sent' AND notice.read_at IS NULL)
),
waiting AS (
    SELECT mail.notice_id FROM core_outbox AS mail
    WHERE mail.notice_id IN (SELECT id FROM older WHERE channel = 'email')
        AND mail.state IN ('pending', 'retry')
    FOR UPDATE SKIP LOCKED
),
stopped AS (
    UPDATE core_outbox AS mail SET state = 'dropped', error = 'superseded'
    FROM waiting WHERE mail.notice_id = waiting.notice_id RETURNING mail.notice_id
),
retired AS (
    UPDATE core_notice SET state = 'superseded'
    WHERE id IN (SELECT id FROM older WHERE channel = 'in_app')
        OR id IN (SELECT notice_id FROM stopped)
)
SELECT count(*) FILTER (WHERE state <> 'superseded'), count(*) FROM made
"""
_BATCH = 2000


def insert(
    source: Source, ladder: Ladder, rung: Rung, span: Span, now: datetime
) -> tuple[int, int]:
    """Make the notices of one rung; how many speak, and how many there are with those overtaken."""
    if not source.roles(rung):
        return 0, 0
    statement = sql.SQL(_INSERT).format(candidates=common_rows(source, ladder, rung, span))
    values = {
        **parameters(source, ladder, rung, span),
        "now": now,
        "later": [later.code for later in ladder.later(rung)],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        live, made = cursor.fetchone()
    return live, made


def settle(notices: Iterable[Notice]) -> int:
    """Take back in-app notices that are no longer true, bring back those that are again."""
    rows, count = iter(notices), 0
    while batch := list(islice(rows, _BATCH)):
        count += _settle(batch)
    return count


def _settle(notices: Sequence[Notice]) -> int:
    found = standing(notices)
    changes: dict[str, list[Any]] = {}
    for notice in notices:
        reason = found[notice.id].reason
        state = Notice.State.DROPPED if reason else Notice.State.SENT
        if notice.state != state:
            changes.setdefault(reason, []).append(notice.id)
    for reason, ids in changes.items():
        Notice.objects.filter(id__in=ids, read_at__isnull=True).update(
            state=Notice.State.DROPPED if reason else Notice.State.SENT, reason=reason
        )
    return sum(len(ids) for ids in changes.values())


def unread(source: Source, keys: Collection[str] | None = None) -> Iterable[Notice]:
    """Unread in-app notices of a source, or of some of its obligations."""
    rows = Notice.objects.filter(channel="in_app", read_at__isnull=True)
    if keys is None:
        # What was taken back for good need not be looked at every day.
        return rows.filter(state="sent", obligation__startswith=f"{source.kind}:").iterator(_BATCH)
    owed = [f"{source.kind}:{key}" for key in keys]
    return rows.filter(state__in=("sent", "dropped"), obligation__in=owed).iterator(_BATCH)
