"""Risk management plans of a product: versions with risks, measures, and what came of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.domain.risk_plans import MeasureKind
from pv.models.aggregate_reports import AggregateReport
from pv.models.second_persons import SecondPerson, second_person
from pv.models.signals import Signal

MEASURE_KINDS = (
    (MeasureKind.ROUTINE_ACTIVITY.value, pgettext_lazy("risk plan", "Routine pharmacovigilance")),
    (
        MeasureKind.ADDITIONAL_ACTIVITY.value,
        pgettext_lazy("risk plan", "Additional pharmacovigilance"),
    ),
    (
        MeasureKind.ROUTINE_MINIMISATION.value,
        pgettext_lazy("risk plan", "Routine risk minimisation"),
    ),
    (
        MeasureKind.ADDITIONAL_MINIMISATION.value,
        pgettext_lazy("risk plan", "Additional risk minimisation"),
    ),
)


class RiskPlan(SecondPerson):
    """One version of a product's plan: written until a second person confirms it, then fixed.

    The version confirmed last holds; `base` is the version it was written from.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="risk_plans")
    number = models.CharField(max_length=40)
    valid_from = models.DateField()
    rationale = models.TextField(help_text="Why there is a new version")
    base = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    report = models.ForeignKey(
        AggregateReport, on_delete=models.PROTECT, related_name="risk_plans", null=True
    )
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("product", "-confirmed_at"), name="risk_plan_of_product"),)
        constraints = (
            *second_person("risk_plan"),
            models.UniqueConstraint(
                fields=("product", "number"),
                condition=Q(refused_because=""),
                name="risk_plan_number_once",
            ),
        )

    def __str__(self) -> str:
        return self.number


class PlanRisk(models.Model):
    """One risk, or missing information, of a version; the signal it came from, if any."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(RiskPlan, on_delete=models.PROTECT, related_name="risks")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=24)
    name = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="+", null=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        ordering = ("plan", "category", "written_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("plan", "name"), name="plan_risk_once"),
            models.CheckConstraint(condition=~Q(name=""), name="plan_risk_has_name"),
        )

    def __str__(self) -> str:
        return self.name


class PlanMeasure(models.Model):
    """What is done about a risk, by whom, until when; `lineage` stays from version to version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(RiskPlan, on_delete=models.PROTECT, related_name="measures")
    risk = models.ForeignKey(PlanRisk, on_delete=models.PROTECT, related_name="measures")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    lineage = models.UUIDField()
    kind = models.CharField(max_length=24, choices=MEASURE_KINDS)
    description = models.CharField(max_length=500)
    owner_name = models.CharField(max_length=120, blank=True)
    due = models.DateField(null=True, help_text="Empty: goes on, without a day")
    duty = models.CharField(
        max_length=20, blank=True, help_text="Duty of the certificate it is reported with"
    )
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        ordering = ("risk", "kind", "written_at", "id")
        indexes = (models.Index(fields=("due",), name="plan_measure_due"),)
        constraints = (
            models.UniqueConstraint(fields=("plan", "lineage"), name="plan_measure_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in MeasureKind]),
                name="plan_measure_kind_known",
            ),
        )

    def __str__(self) -> str:
        return self.description


class MeasureCompletion(models.Model):
    """That a measure was done, with the proof: for the day it was owed by, whatever version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    lineage = models.UUIDField()
    due = models.DateField()
    done_on = models.DateField()
    evidence = models.CharField(max_length=300)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.REPORT_READ, product="product_id")
    insert_only = True

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("lineage", "due"), name="measure_done_once"),
            models.CheckConstraint(condition=~Q(evidence=""), name="measure_done_has_evidence"),
        )

    def __str__(self) -> str:
        return f"{self.lineage} {self.due}"


class EffectivenessCheck(models.Model):
    """Whether a measure works: what was measured, against which target, with what result."""

    class Outcome(models.TextChoices):
        REACHED = "REACHED", pgettext_lazy("effectiveness", "Target reached")
        NOT_REACHED = "NOT_REACHED", pgettext_lazy("effectiveness", "Target not reached")
        OPEN = "OPEN", pgettext_lazy("effectiveness", "Cannot be assessed yet")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    measure = models.ForeignKey(PlanMeasure, on_delete=models.PROTECT, related_name="checks")
    lineage = models.UUIDField()
    indicator = models.CharField(max_length=200)
    target = models.CharField(max_length=200)
    result = models.CharField(max_length=300)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    checked_on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.REPORT_READ, product="product_id")
    insert_only = True

    class Meta:
        ordering = ("-checked_on", "-recorded_at")
        indexes = (models.Index(fields=("lineage",), name="effectiveness_of_measure"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome__in=["REACHED", "NOT_REACHED", "OPEN"]),
                name="effectiveness_outcome_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.indicator} {self.checked_on}"
