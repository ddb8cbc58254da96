"""What passes between holder and authority: meetings, questions, inspections, and their answers."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.models.withdrawals import withdrawn_whole


class Interaction(models.Model):
    """One letter, meeting or inspection; corrected in place with a reason, which the trail keeps.

    `due` follows the rule of its kind, or is the day the letter names. One entered by mistake is
    withdrawn and stays listed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    certificate_number = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=40, help_text="Of the reference data authority_interactions")
    subject = models.CharField(max_length=200)
    content = models.TextField(blank=True, max_length=8000)
    reference_number = models.CharField(
        max_length=60, blank=True, help_text="Acceptance number of the dossier, or of the letter"
    )
    happened_on = models.DateField(help_text="Received, requested or held on")
    due = models.DateField(null=True, help_text="Last day of the answer")
    due_named = models.BooleanField(help_text="The letter names the day; otherwise the rule does")
    due_predicted = models.BooleanField(help_text="An official holiday notice may still move it")
    due_version = models.PositiveIntegerField(default=1, help_text="Grows when the day moves")
    owed_by = models.CharField(max_length=12, help_text="By the rule of its kind, as it was then")
    stops_review = models.BooleanField(help_text="The time of review stands until the answer")
    rule_version = models.CharField(max_length=20)
    owner_name = models.CharField(max_length=120, blank=True)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    version = models.PositiveIntegerField(default=1)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    withdrawn_because = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        indexes = (
            models.Index(fields=("product", "-happened_on"), name="interaction_of_product"),
            models.Index(fields=("due",), name="interaction_due"),
        )
        constraints = (
            withdrawn_whole("interaction"),
            models.CheckConstraint(
                condition=Q(due__isnull=True) | Q(due__gte=models.F("happened_on")),
                name="interaction_due_after",
            ),
            models.CheckConstraint(condition=~Q(subject=""), name="interaction_has_subject"),
            models.CheckConstraint(
                condition=Q(owed_by__in=["HOLDER", "AUTHORITY", "NOBODY"]),
                name="interaction_debtor_known",
            ),
        )

    def __str__(self) -> str:
        return self.subject


class InteractionAnswer(models.Model):
    """The answer with its proof; one recorded by mistake is withdrawn with a reason."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    interaction = models.ForeignKey(Interaction, on_delete=models.PROTECT, related_name="answers")
    answered_on = models.DateField()
    content = models.TextField(blank=True, max_length=8000)
    evidence = models.CharField(max_length=300, help_text="The proof: a receipt, a letter")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    withdrawn_because = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("interaction",),
                condition=Q(withdrawn_at__isnull=True),
                name="interaction_answered_once",
            ),
            models.CheckConstraint(condition=~Q(evidence=""), name="interaction_answer_has_proof"),
            withdrawn_whole("interaction_answer"),
        )

    def __str__(self) -> str:
        return str(self.interaction_id)
