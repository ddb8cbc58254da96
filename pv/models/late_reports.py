"""Why a report was late, and what is done so that it does not happen again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.models.report_clocks import ReportClock


class LateReport(models.Model):
    """Cause and corrective action of one report clock that was not met in time."""

    class Cause(models.TextChoices):
        LATE_RECEIPT = "late_receipt", pgettext_lazy("late report", "Information came late")
        PARTNER = "partner", pgettext_lazy("late report", "A partner passed it on late")
        ENTRY = "entry", pgettext_lazy("late report", "Case entry or quality check")
        REVIEW = "review", pgettext_lazy("late report", "Medical review")
        ASSESSMENT = "assessment", pgettext_lazy("late report", "Seriousness assessed wrongly")
        TECHNICAL = "technical", pgettext_lazy("late report", "Technical failure of ours")
        RECEIVER = "receiver", pgettext_lazy("late report", "Receiver's system or rejection")
        OTHER = "other", pgettext_lazy("late report", "Another cause")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clock = models.OneToOneField(ReportClock, on_delete=models.PROTECT, related_name="lateness")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    cause = models.CharField(max_length=14, choices=Cause.choices)
    explanation = models.CharField(max_length=1000)
    corrective_action = models.CharField(max_length=1000)
    action_due = models.DateField(null=True)
    action_done = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(explanation="") & ~Q(corrective_action=""),
                name="late_report_has_cause_and_action",
            ),
        )

    def __str__(self) -> str:
        return f"{self.clock_id} {self.cause}"
