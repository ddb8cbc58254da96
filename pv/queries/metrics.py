"""What monitoring asks of safety: the reporting clocks that end soon or have ended."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Q

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.metrics import Gauge
from pv.models import ReportClock

SOON = timedelta(days=2)  # a due date is a day: 48 hours


def clocks(actor: Actor) -> Iterator[Gauge]:
    """Open clocks due within two days, and past their day."""
    today = clock.today()
    rows = ReportClock.objects.filter(met_on=None, stopped_at=None, due__lte=today + SOON)
    over = Q(due__lt=today) | Q(due_at__isnull=False, due_at__lt=clock.now())
    figures = scope.visible(actor, rows).aggregate(
        soon=Count("id", filter=~over), overdue=Count("id", filter=over)
    )
    yield Gauge.of("clocks_due_48h", "Reporting clocks that end within 48 hours", figures["soon"])
    yield Gauge.of("clocks_overdue", "Reporting clocks past their day", figures["overdue"])
