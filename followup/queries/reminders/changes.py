"""Which obligations the trail says have changed."""

from datetime import date

from django.db import connection

from followup.queries.reminders.sources import Source


def touched(source: Source, *, since: int, today: date) -> list[str]:
    """Keys of obligations that changed after entry `since` of the trail and have opened."""
    with connection.cursor() as cursor:
        cursor.execute(source.touched, {"since": since, "today": today})
        return [str(row[0]) for row in cursor.fetchall()]
