"""Monitoring items: an analysis owed after a result of long-term follow-up, until it is there."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Infusion, MolecularResult, Product, Site

INTEGRATION_SITES = "INTEGRATION_SITES"
REPEAT_ANALYSIS = "REPEAT_ANALYSIS"
KINDS = (
    (INTEGRATION_SITES, pgettext_lazy("watch", "Integration-site analysis")),
    (REPEAT_ANALYSIS, pgettext_lazy("watch", "Repeat of the integration-site analysis")),
)


class WatchItem(models.Model):
    """One thing to be done after a result, with its last day; closed by a result or a correction.

    `open_share` says that the share of positive cells is not certain: the copies per cell are
    not known, and the limit is passed only at one copy per cell.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=KINDS)
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="+")
    result = models.ForeignKey(MolecularResult, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    open_share = models.BooleanField(default=False)
    citation = models.TextField()
    opened_on = models.DateField(help_text="Day the result was received")
    due = models.DateField()
    closed_on = models.DateField(null=True)
    closed_by = models.ForeignKey(
        MolecularResult, on_delete=models.PROTECT, related_name="+", null=True
    )

    scope = Scope(
        read=Perm.SAMPLE_READ, site="site_id", product="product_id", patient="infusion__patient_id"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("infusion", "kind"),
                condition=Q(closed_on__isnull=True),
                name="watch_open_once",
            ),
            models.CheckConstraint(condition=Q(due__gte=F("opened_on")), name="watch_due_after"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_by__isnull=True)
                | Q(closed_on__isnull=False, closed_by__isnull=False),
                name="watch_closed_by_a_result",
            ),
        )
        indexes = (
            models.Index(fields=("due",), name="watch_open", condition=Q(closed_on__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.due}"
