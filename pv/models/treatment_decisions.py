"""Treatments of a hospital that somebody decided not to take into a case."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.domain.cases.concomitant_drugs import Outcome
from pv.models.cases import Case


class TreatmentDecision(models.Model):
    """That a treatment is left out of a case, or offered again; the latest of a treatment counts.

    `treatment` stays the same through every correction; `revision` is what the hospital said when
    it was decided: what it said afterwards nobody has decided.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="treatment_decisions")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    treatment = models.UUIDField()
    revision = models.UUIDField()
    outcome = models.CharField(
        max_length=10, choices=[(outcome.value, outcome.value) for outcome in Outcome]
    )
    reason = models.CharField(max_length=500)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("decided_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome__in=[outcome.value for outcome in Outcome]),
                name="treatment_outcome_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="treatment_decided_with_reason"),
        )
        indexes = (models.Index(fields=("case", "decided_at"), name="treatment_decided_of_case"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.treatment} {self.outcome}"
