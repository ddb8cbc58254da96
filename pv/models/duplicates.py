"""What cases are compared by in the search for duplicates, and what people decided of pairs."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.models.cases import Case


class CaseFeatures(models.Model):
    """The comparable values of a case as it stands, derived from its current version.

    `keys` are digests of what cases must share to be compared at all.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="features")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    values = models.JSONField()
    keys = ArrayField(models.CharField(max_length=16))

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        indexes = (GinIndex(fields=("keys",), name="case_features_keys"),)

    def __str__(self) -> str:
        return str(self.case_id)


class DuplicateDecision(models.Model):
    """What a person decided of two cases that look alike; the latest row of a pair counts."""

    class Outcome(models.TextChoices):
        SAME = "same", pgettext_lazy("duplicate", "The same case")
        DIFFERENT = "different", pgettext_lazy("duplicate", "Different cases")
        RELATED = "related", pgettext_lazy("duplicate", "Same patient, another event")
        LATER = "later", pgettext_lazy("duplicate", "Decide later")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="duplicate_decisions")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=500)
    bits = models.DecimalField(max_digits=6, decimal_places=1, help_text="Score when decided")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("decided_at",)
        constraints = (
            models.CheckConstraint(condition=~Q(case=F("other")), name="duplicate_of_another"),
            models.CheckConstraint(
                condition=Q(outcome__in=["same", "different", "related", "later"]),
                name="duplicate_outcome_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="duplicate_has_reason"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.outcome}"
