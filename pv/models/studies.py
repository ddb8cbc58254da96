"""Investigator-initiated trials and trial applications of a product: status, safety, the link."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.models.withdrawals import withdrawn_whole


class StudyRecord(models.Model):
    """Who recorded it, and that it was withdrawn as a mistake."""

    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    withdrawn_because = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True


class Study(StudyRecord):
    """An investigator-initiated trial (IIT), or an application for a clinical trial (IND)."""

    class Kind(models.TextChoices):
        IIT = "IIT", pgettext_lazy("study", "Investigator-initiated trial (IIT)")
        IND = "IND", pgettext_lazy("study", "Clinical trial application (IND)")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=3, choices=Kind.choices)
    number = models.CharField(max_length=60, help_text="Registration or acceptance number")
    title = models.CharField(max_length=200)
    institution = models.CharField(max_length=200, blank=True)
    planned = models.PositiveIntegerField(null=True, help_text="Participants planned")
    follows = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        constraints = (
            withdrawn_whole("study"),
            models.CheckConstraint(condition=Q(kind__in=["IIT", "IND"]), name="study_kind_known"),
            models.UniqueConstraint(
                fields=("product", "number"),
                condition=Q(withdrawn_at__isnull=True),
                name="study_number_once",
            ),
        )

    def __str__(self) -> str:
        return self.number


class StudyStatus(StudyRecord):
    """What happened to a study on a day; the latest that stands is its status."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="statuses")
    status = models.CharField(max_length=40, help_text="Of the reference data studies")
    happened_on = models.DateField()
    reasons = models.JSONField(default=list, help_text="Codes of the reasons of non-approval")
    note = models.CharField(max_length=500, blank=True)
    evidence = models.CharField(max_length=300)
    due = models.DateField(null=True, help_text="Last day of what the status calls for")
    due_until = models.JSONField(default=list, help_text="Statuses of which each ends what is owed")
    due_predicted = models.BooleanField(
        default=False, help_text="An official holiday notice may still move it"
    )
    due_version = models.PositiveIntegerField(default=1, help_text="Grows when the day moves")
    rule_version = models.CharField(
        max_length=20, blank=True, help_text="Of the rules it was counted by; empty: not counted"
    )

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        indexes = (
            models.Index(fields=("study", "-happened_on"), name="status_of_study"),
            models.Index(fields=("due",), name="status_due", condition=Q(due__isnull=False)),
        )
        constraints = (
            withdrawn_whole("study_status"),
            models.CheckConstraint(condition=~Q(evidence=""), name="study_status_has_evidence"),
        )

    def __str__(self) -> str:
        return self.status


class StudySafety(StudyRecord):
    """What was seen of one term in a study up to a cut-off, over those who were treated.

    A count nobody stated is empty, never zero.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="safety")
    cutoff_on = models.DateField()
    term = models.CharField(max_length=200)
    term_code = models.CharField(max_length=8, blank=True, help_text="MedDRA preferred term")
    participants = models.PositiveIntegerField(help_text="Treated: the denominator")
    affected = models.PositiveIntegerField(help_text="Participants with the event")
    serious = models.PositiveIntegerField(null=True)
    fatal = models.PositiveIntegerField(null=True)
    source = models.CharField(max_length=300)

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("product", "term"), name="study_safety_of_product"),)
        constraints = (
            withdrawn_whole("study_safety"),
            models.CheckConstraint(
                condition=Q(participants__gte=1, affected__lte=models.F("participants")),
                name="study_safety_of_participants",
            ),
            models.CheckConstraint(
                condition=(Q(serious__isnull=True) | Q(serious__lte=models.F("affected")))
                & (Q(fatal__isnull=True) | Q(fatal__lte=models.F("affected"))),
                name="study_safety_parts",
            ),
        )

    def __str__(self) -> str:
        return self.term
