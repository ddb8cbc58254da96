"""What a sweep would send on a day, told without writing anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from psycopg import sql

from followup.core.actor import Actor
from followup.core.models import Watermark
from followup.core.permissions import Perm
from followup.queries.reminders.candidates import Span, common_rows, parameters
from followup.queries.reminders.sources import ObligationSource, ladder, registered

_TELL = """
WITH {candidates}
SELECT obligation, rung, channel, person.username, candidate.due_version, due, label, state
FROM candidate JOIN core_user AS person ON person.id = candidate.recipient_id
WHERE NOT EXISTS (
    SELECT FROM core_notice AS notice
    WHERE notice.obligation = candidate.obligation AND notice.rung = candidate.rung
        AND notice.channel = candidate.channel AND notice.recipient_id = candidate.recipient_id
        AND notice.due_version = candidate.due_version)
ORDER BY due, obligation, person.username, channel
"""


@dataclass(frozen=True, slots=True)
class ReminderPreview:
    """One notice that would be made."""

    obligation: str
    rung: str
    channel: str
    recipient: str
    due_version: int
    due: date
    label: str
    state: str


def tell(actor: Actor, *, today: date, kinds: tuple[str, ...] = ()) -> Iterator[ReminderPreview]:
    """Every notice a sweep on `today` would make, those overtaken by a later rung included."""
    actor.require(Perm.SYSTEM)
    for kind, source in registered().items():
        if not kinds or kind in kinds:
            yield from _tell(source, today)


def _tell(source: ObligationSource, today: date) -> Iterator[ReminderPreview]:
    steps = ladder(source.kind)
    start = steps.first_day(today)
    mark = Watermark.objects.filter(name=source.kind).first()
    before = start if start == date.min else start - timedelta(days=1)
    span = Span(min(before, mark.day) if mark else before, today)
    for rung in steps.rungs:
        if source.roles(rung):
            statement = sql.SQL(_TELL).format(candidates=common_rows(source, steps, rung, span))
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters(source, steps, rung, span))
                rows = cursor.fetchall()
            yield from (ReminderPreview(*row) for row in rows)
