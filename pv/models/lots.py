"""What is known of a lot beside its infusions: complaints, clusters, and who was reached."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.models.cases import Case


class ProductComplaint(models.Model):
    """A quality complaint about a lot, with the clock to the manufacturer and its end."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", pgettext_lazy("complaint", "Identity or chain of custody")
        VIABILITY = "viability", pgettext_lazy("complaint", "Viability, dose or release limits")
        CONTAMINATION = "contamination", pgettext_lazy("complaint", "Contamination")
        TEMPERATURE = "temperature", pgettext_lazy("complaint", "Temperature or transport")
        CONTAINER = "container", pgettext_lazy("complaint", "Bag, leak or particles")
        LABEL = "label", pgettext_lazy("complaint", "Label or papers")
        OTHER = "other", pgettext_lazy("complaint", "Another defect")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="complaints")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    lot = models.CharField(max_length=60)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    received_on = models.DateField(help_text="Day of awareness")
    source = models.CharField(max_length=200, help_text="Who complained")
    description = models.TextField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="complaints", null=True)
    due = models.DateField(help_text="Last day the manufacturer is told")
    told_on = models.DateField(null=True, help_text="Day the manufacturer was told")
    proof = models.CharField(max_length=300, blank=True)
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    concluded_on = models.DateField(null=True)
    concluded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    conclusion = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, product="product_id", site="site_id")

    class Meta:
        indexes = (
            models.Index("product", Upper("lot"), name="complaint_lot"),
            models.Index(
                fields=("due", "id"), name="complaint_untold", condition=Q(told_on__isnull=True)
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(told_on__isnull=True) | ~Q(proof=""), name="complaint_told_has_proof"
            ),
            models.CheckConstraint(
                condition=Q(concluded_on__isnull=True) | ~Q(conclusion=""),
                name="complaint_end_has_conclusion",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.lot}"


class LotCluster(models.Model):
    """Cases of a lot, or of adjacent ones, seen as a cluster; its clock runs on those cases."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=60)
    adjacent = models.CharField(max_length=300, blank=True, help_text="Other lots of it")
    seen_on = models.DateField(help_text="Day of awareness of the cluster")
    reason = models.TextField()
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    declared_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, product="product_id")
    insert_only = True

    def __str__(self) -> str:
        return f"{self.lot} {self.seen_on}"


class LotContact(models.Model):
    """A hospital that was reached about a lot: when, how, and what it answered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=60)
    reached_on = models.DateField()
    how = models.CharField(max_length=200)
    answer = models.CharField(max_length=500)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, product="product_id", site="site_id")
    insert_only = True

    class Meta:
        ordering = ("site", "reached_on")

    def __str__(self) -> str:
        return f"{self.lot} {self.site_id} {self.reached_on}"
