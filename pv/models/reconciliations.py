"""Monthly reconciliations with partners: both lists as they were, each difference with its end."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.domain.reconciliations import DifferenceKind
from pv.models.agreements import PartnerAgreement

KINDS = (
    (DifferenceKind.MISSING_HERE.value, pgettext_lazy("reconciliation", "Missing here")),
    (DifferenceKind.MISSING_THERE.value, pgettext_lazy("reconciliation", "Missing there")),
    (DifferenceKind.DIFFERS.value, pgettext_lazy("reconciliation", "Differs")),
    (DifferenceKind.REPEATED.value, pgettext_lazy("reconciliation", "Several lines there")),
)


class PartnerReconciliation(models.Model):
    """One comparison of the cases exchanged in a month; both lists stay as they were compared."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(
        PartnerAgreement, on_delete=models.PROTECT, related_name="reconciliations"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="Its first day")
    ours = models.JSONField(help_text="Cases by worldwide identifier")
    theirs = models.JSONField(help_text="Cases by worldwide identifier, as read")
    faults = models.JSONField(default=list, help_text="Lines left out: number, column, value")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    compared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    compared_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        ordering = ("-month", "-compared_at")
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "month"),
                condition=Q(signed_at__isnull=False),
                name="reconciliation_signed_once",
            ),
        )
        indexes = (models.Index(fields=("agreement", "-month"), name="reconciliation_month"),)

    def __str__(self) -> str:
        return f"{self.agreement.partner} {self.month:%Y-%m}"


class ReconciliationDifference(models.Model):
    """One case on which the lists differ, and how it was resolved."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reconciliation = models.ForeignKey(
        PartnerReconciliation, on_delete=models.PROTECT, related_name="differences"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    worldwide_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=14, choices=KINDS)
    fields = models.JSONField(default=list, help_text="Name, ours, theirs")
    reason = models.CharField(max_length=1000, blank=True)
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    resolved_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        ordering = ("worldwide_id", "kind")
        constraints = (
            models.UniqueConstraint(
                fields=("reconciliation", "worldwide_id", "kind"),
                name="reconciliation_difference_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in DifferenceKind]),
                name="reconciliation_difference_known",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, reason="")
                | (Q(resolved_at__isnull=False) & ~Q(reason="")),
                name="reconciliation_resolved_with_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.worldwide_id} {self.kind}"
