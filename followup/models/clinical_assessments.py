"""Toxicity and response as a person assessed them, with the answers and the reasoning kept."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.clinical_assessments import Instrument
from followup.models.infusions import Infusion
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site

INSTRUMENTS = [(each.value, each.value) for each in Instrument]


class ClinicalAssessment(models.Model):
    """One assessment, in a row that is never changed; `taken_back` says the one before was none.

    `result` is what the answers decide, empty while one is missing; `stated` is the code of a
    response the physician gave, kept apart from it. `rules` holds each rule with its answer, as
    the version of the criteria named here gave it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="clinical_assessments"
    )
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    instrument = models.CharField(max_length=20, choices=INSTRUMENTS)
    assessed_on_text = models.CharField(max_length=10, help_text="As far as it is known")
    answers = models.JSONField(default=dict, help_text="Item to answer, answered items alone")
    result = models.CharField(max_length=12, blank=True)
    at_least = models.PositiveSmallIntegerField(null=True, help_text="Grade certain already")
    scale = models.CharField(max_length=20, blank=True)
    stated = models.CharField(max_length=12, blank=True)
    rules = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    citation = models.TextField(blank=True)
    rules_version = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True
    )
    taken_back = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id", patient="patient_id")
    insert_only = True

    class Meta:
        indexes = (
            models.Index(fields=("patient", "-assessed_on_text"), name="assessment_patient"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, taken_back=False)
                | (Q(replaces__isnull=False) & ~Q(reason="")),
                name="assessment_correction_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(scale="", at_least__isnull=True)
                | (~Q(scale="") & Q(at_least__isnull=False, stated="")),
                name="assessment_grade_on_a_scale",
            ),
        )

    def __str__(self) -> str:
        return f"{self.instrument} {self.assessed_on_text}"
