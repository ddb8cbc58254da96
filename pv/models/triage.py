"""What was decided of a case when it came in, and who stands in for whom while away."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.models.cases import Case
from pv.models.receptions import ReceivedReport


class TriageDecision(models.Model):
    """One decision of triage with its coded reason; undone, never deleted.

    `effective_at` of "not reportable" is the time of its signature; until then it is a proposal.
    """

    class Kind(models.TextChoices):
        ACCEPT = "accept", pgettext_lazy("triage", "Accept as a case")
        FOLLOW_UP = "follow_up", pgettext_lazy("triage", "Follow-up to an existing case")
        DUPLICATE = "duplicate", pgettext_lazy("triage", "Duplicate of an existing case")
        NOT_A_CASE = "not_a_case", pgettext_lazy("triage", "Not a case")
        NOT_REPORTABLE = "not_reportable", pgettext_lazy("triage", "A case, but not reportable")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="triage")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    received = models.ForeignKey(
        ReceivedReport, on_delete=models.PROTECT, related_name="+", null=True
    )
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    reason = models.CharField(max_length=30, help_text="Code of the reference document casework")
    note = models.CharField(max_length=1000, blank=True)
    stage_before = models.CharField(max_length=12)
    owner_before = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField()
    effective_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    undone_at = models.DateTimeField(null=True)
    undone_because = models.CharField(max_length=1000, blank=True)

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        ordering = ("case", "decided_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    kind__in=["accept", "follow_up", "duplicate", "not_a_case", "not_reportable"]
                ),
                name="triage_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["follow_up", "duplicate"], other__isnull=False)
                | (~Q(kind__in=["follow_up", "duplicate"]) & Q(other__isnull=True)),
                name="triage_names_the_other_case",
            ),
            models.CheckConstraint(
                condition=Q(other__isnull=True) | ~Q(other=F("case")), name="triage_of_another_case"
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_because="")
                | (Q(undone_at__isnull=False) & ~Q(undone_because="")),
                name="triage_undone_with_reason",
            ),
        )
        indexes = (models.Index(fields=("case", "decided_at"), name="triage_of_case"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Absence(models.Model):
    """Days on which a deputy sees and does the casework of somebody away."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="Last day away")
    ended_at = models.DateTimeField(null=True, help_text="Taken back before its last day")
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ)

    class Meta:
        ordering = ("starts_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="absence_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(person=F("deputy")), name="absence_has_another_deputy"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.starts_on}"
