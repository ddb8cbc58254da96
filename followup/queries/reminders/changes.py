"""What there is to do: obligations the trail says have changed, mail that waits."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from psycopg import sql

from followup.queries.reminders.sources import ObligationSource

# Entries a transaction wrote before the mark and committed after it. What one longer than the
# overlap hides is found by the daily look back.
_OVERLAP = 5000
_FRESH = """id > %(position)s - %(overlap)s
    AND (id > %(position)s OR transaction >= %(horizon)s)"""
_END = """SELECT coalesce(max(id), 0), pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    FROM core_change"""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far the trail has been read."""

    position: int
    horizon: int


def trail_end() -> Seen:
    """Where the trail ends at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_END)
        row = cursor.fetchone()
    return Seen(*row) if row else Seen(0, 0)


def touched(source: ObligationSource, *, since: Seen, today: date) -> list[str]:
    """Keys of obligations that changed since the trail was read and have opened by `today`."""
    statement = sql.SQL(source.touched).format(fresh=sql.SQL(_FRESH))
    values: dict[str, Any] = {
        "position": since.position,
        "horizon": since.horizon,
        "overlap": _OVERLAP,
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [str(row[0]) for row in cursor.fetchall()]
