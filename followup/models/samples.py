"""Samples, their chain of custody, and the molecular results they gave."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.events import AdverseEvent
from followup.models.infusions import Infusion
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site


class Sample(models.Model):
    """One tube, block or vial. Its state is the last custody event."""

    class Timing(models.TextChoices):
        PRE = "pre"
        POST = "post"
        BETWEEN = "between"
        ANY = "any"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="samples")
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="samples")
    event = models.ForeignKey(
        AdverseEvent, on_delete=models.PROTECT, related_name="samples", null=True
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=6)
    timing = models.CharField(max_length=8, choices=Timing.choices)
    visit_code = models.CharField(max_length=12, blank=True)
    planned_for = models.DateField(null=True)
    state = models.CharField(max_length=20)
    created_at = models.DateTimeField()

    scope = Scope(read=Perm.SAMPLE_READ, site="site_id", product="product_id")

    class Meta:
        indexes = (
            models.Index(fields=("patient", "code"), name="sample_patient"),
            models.Index(fields=("site", "state", "number"), name="sample_state"),
        )

    def __str__(self) -> str:
        return self.number


class CustodyEvent(models.Model):
    """One step in the chain of custody; never changed, only followed by another."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="custody")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=20)
    happened_at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    condition = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.SAMPLE_READ, site="site_id", product="product_id")

    class Meta:
        ordering = ("happened_at", "recorded_at")

    def __str__(self) -> str:
        return f"{self.sample_id} {self.step}"


class MolecularResult(models.Model):
    """One result of one assay. Below quantification keeps its limit and is never a zero."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="results")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="results")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    assay = models.CharField(max_length=30)
    finding = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    below_quantification = models.BooleanField(default=False)
    unit = models.CharField(max_length=40, blank=True)
    lower_limit = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    detection_limit = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    comment = models.TextField(blank=True)
    resulted_on = models.DateField()
    received_on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True
    )

    scope = Scope(read=Perm.SAMPLE_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(below_quantification=False) | Q(value__isnull=True),
                name="below_quantification_is_no_number",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | ~Q(unit=""), name="value_has_unit"
            ),
        )

    def __str__(self) -> str:
        return f"{self.assay} {self.finding}"
