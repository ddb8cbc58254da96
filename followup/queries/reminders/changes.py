"""What there is to do: obligations the trail says have changed, mail that waits."""

from datetime import date

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from followup.core.models import Outbox
from followup.queries.reminders.sources import Source


def touched(source: Source, *, since: int, today: date) -> list[str]:
    """Keys of obligations that changed after entry `since` of the trail and have opened."""
    with connection.cursor() as cursor:
        cursor.execute(source.touched, {"since": since, "today": today})
        return [str(row[0]) for row in cursor.fetchall()]


def mail_waiting() -> bool:
    """Whether any mail could be claimed at this moment."""
    rows = Outbox.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=Now()),
        state__in=("pending", "retry", "sending", "committing"),
        not_before__lte=Now(),
    )
    return rows.exists()
