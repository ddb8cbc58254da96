"""Commitments of conditional approvals, their milestones and their history."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Indication, Product


class Commitment(models.Model):
    """What a holder owes for an indication, until which legal end."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="commitments")
    indication = models.ForeignKey(Indication, on_delete=models.PROTECT, related_name="commitments")
    kind = models.CharField(max_length=24)
    title = models.CharField(max_length=200)
    trial_number = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=24)
    approved_on = models.DateField(help_text="Earliest day the approval date can mean")
    approved_precision = models.CharField(max_length=5)
    legal_end = models.DateField()
    legal_end_version = models.PositiveIntegerField(default=1)
    override_reason = models.TextField(blank=True)
    condition_text = models.TextField(blank=True)
    citation = models.TextField(blank=True)
    forecast_p50 = models.DateField(null=True)
    forecast_p80 = models.DateField(null=True)
    target_enrolment = models.PositiveIntegerField(null=True)
    enrolled = models.PositiveIntegerField(null=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="commitments", null=True)
    lock_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("indication", "kind", "title"), name="commitment_once"),
            models.CheckConstraint(
                condition=Q(legal_end__gt=models.F("approved_on")), name="end_after_approval"
            ),
        )

    def __str__(self) -> str:
        return self.title


class Milestone(models.Model):
    """One milestone of a commitment: due, forecast, actual, evidence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="milestones")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=24)
    order = models.PositiveSmallIntegerField()
    baseline = models.DateField(null=True)
    due = models.DateField(null=True)
    forecast = models.DateField(null=True)
    actual = models.DateField(null=True)
    evidence = models.CharField(max_length=200, blank=True)
    due_version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        ordering = ("commitment", "order")
        constraints = (
            models.UniqueConstraint(fields=("commitment", "code"), name="milestone_once"),
        )
        indexes = (
            models.Index(fields=("due",), name="milestone_open", condition=Q(actual__isnull=True)),
        )

    def __str__(self) -> str:
        return self.code


class CommitmentEvent(models.Model):
    """One step in the life of a commitment or one slip of a milestone, with its reason."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="events")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=40)
    from_state = models.CharField(max_length=24, blank=True)
    to_state = models.CharField(max_length=24, blank=True)
    milestone_code = models.CharField(max_length=24, blank=True)
    old_date = models.DateField(null=True)
    new_date = models.DateField(null=True)
    happened_on = models.DateField()
    reason = models.TextField(blank=True)
    document = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        ordering = ("recorded_at",)

    def __str__(self) -> str:
        return self.event
