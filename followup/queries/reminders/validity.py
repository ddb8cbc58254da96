"""Whether a notice still tells the truth, asked when it is sent and when it is shown."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from followup.core import clock
from followup.core.models import Notice
from followup.queries.reminders.sources import (
    NoticeFacts,
    ObligationSource,
    key_of,
    kind_of,
    ladder,
    registered,
)

_VALIDITY = """
SELECT notice.id,
    CASE WHEN o.key IS NULL THEN 'closed'
        WHEN o.silence <> '' THEN o.silence
        WHEN o.due_version <> notice.due_version THEN 'moved'
        WHEN NOT person.is_active THEN 'inactive'
        WHEN NOT EXISTS (
            SELECT FROM core_grant AS given
            WHERE given.user_id = person.id AND given.revoked_at IS NULL
                AND (given.ends_on IS NULL OR given.ends_on >= %(today)s)
                AND given.role = ANY(%(roles)s)
                AND (given.all_sites OR o.site_id IS NULL OR given.site_id = o.site_id)
                AND (given.all_products OR o.product_id IS NULL
                    OR given.product_id = o.product_id)) THEN 'not_entitled'
        WHEN notice.channel = 'email' AND person.email = ''
            AND person.message_channel_id IS NULL THEN 'no_address'
        ELSE '' END AS reason,
    o.key, o.target, o.due_version, o.opens, o.due, o.label, o.mark
FROM core_notice AS notice
JOIN core_user AS person ON person.id = notice.recipient_id
LEFT JOIN ({owed}) AS o ON o.key = split_part(notice.obligation, ':', 2)
WHERE notice.id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class NoticeValidity:
    """What a notice is worth now: `reason` says why it is not sent, empty when it is."""

    reason: str
    facts: NoticeFacts | None = None


def statement(source: ObligationSource) -> sql.Composed:
    """A SELECT of id, reason and facts for the notices of `values`."""
    return sql.SQL(_VALIDITY).format(owed=source.statement(source.any_keys))


def values(source: ObligationSource, notices: Collection[tuple[UUID, str]]) -> dict[str, Any]:
    """What `statement` asks for, from pairs of a notice and its obligation."""
    return {
        "roles": source.entitled,
        "today": clock.today(),
        "subject_states": list(ladder(source.kind).subject_states),
        "keys": [key_of(obligation) for _id, obligation in notices],
        "ids": [id for id, _obligation in notices],
    }


def _of_kind(source: ObligationSource, notices: Collection[Notice]) -> dict[UUID, NoticeValidity]:
    asked = values(source, [(notice.id, notice.obligation) for notice in notices])
    with connection.cursor() as cursor:
        cursor.execute(statement(source), asked)
        return {
            row[0]: NoticeValidity(
                row[1], None if row[2] is None else NoticeFacts(source.kind, *row[2:])
            )
            for row in cursor.fetchall()
        }


def notice_validity(notices: Iterable[Notice]) -> dict[UUID, NoticeValidity]:
    """The validity of some notices; one whose source is no longer installed is closed."""
    by_kind: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_kind[kind_of(notice.obligation)].append(notice)
    found: dict[UUID, NoticeValidity] = {}
    for kind, some in by_kind.items():
        source = registered().get(kind)
        if source is None:
            found |= {notice.id: NoticeValidity("closed") for notice in some}
        else:
            found |= _of_kind(source, some)
    return found
