"""Legal clocks of a case: the rule as it was, its days, and what ended it."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.domain.clocks import Stop
from pv.models.cases import Case


class ReportClock(models.Model):
    """One legal clock of a case, with the rule as it stood and its reasoning."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    case_version = models.PositiveIntegerField(default=1)
    rule = models.CharField(max_length=20)
    rule_set = models.CharField(max_length=40)
    citation = models.TextField()
    confidence = models.TextField(blank=True)
    reasoning = models.JSONField(default=list)
    day_zero = models.DateField()
    due = models.DateField()
    due_at = models.DateTimeField(null=True, help_text="Of a limit in hours")
    due_version = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField()
    met_on = models.DateField(null=True)
    met_at = models.DateTimeField(null=True, help_text="Where the limit is in hours")
    stopped_at = models.DateTimeField(null=True)
    stop_code = models.CharField(max_length=16, blank=True)
    stop_days = models.JSONField(default=list, help_text="Day before and after, of what moved")
    stop_reason = models.CharField(max_length=200, blank=True, help_text="In a person's own words")

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(due__gte=models.F("day_zero")), name="due_after_day_zero"
            ),
            models.UniqueConstraint(
                fields=("case", "rule", "day_zero", "case_version"),
                condition=Q(stopped_at__isnull=True),
                name="clock_once",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stop_code="", stop_reason="")
                | (Q(stopped_at__isnull=False) & Q(stop_code__in=[stop.value for stop in Stop])),
                name="clock_stop_has_code",
            ),
        )
        indexes = (
            models.Index(
                fields=("due",),
                name="clock_open",
                condition=Q(met_on__isnull=True, stopped_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.due}"
