"""What was found at a contact, and the attempts that reached nobody."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.events import Kept
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.schedules import PlannedVisit
from followup.models.sites import Site


class Visit(models.Model):
    """Answers of one contact. A correction is a new row that replaces the old one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    planned = models.ForeignKey(
        PlannedVisit, on_delete=models.PROTECT, related_name="records", null=True
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visits")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    contact_on = models.DateField()
    contact_type = models.CharField(max_length=24)
    informant = models.CharField(max_length=12)
    vital_status = models.CharField(max_length=8)
    died_on_text = models.CharField(max_length=10, blank=True)
    death_cause = models.TextField(blank=True)
    death_cause_code = models.CharField(
        max_length=12, blank=True, help_text="ICD-10, underlying cause"
    )
    autopsy = models.CharField(max_length=8, blank=True)
    death_related = models.CharField(max_length=12, blank=True, help_text="To the treatment")
    disease_status = models.CharField(max_length=24, blank=True)
    progressed_on_text = models.CharField(max_length=10, blank=True)
    new_malignancy = models.CharField(max_length=8, blank=True)
    other_event = models.CharField(max_length=8, blank=True)
    new_therapy = models.CharField(max_length=8, blank=True)
    therapy_note = models.TextField(blank=True)
    unanswered_reason = models.TextField(
        blank=True, help_text="Why a question was not asked, not known or not done"
    )
    assessments = models.JSONField(default=dict, help_text="Protocol code to DONE or NOT_DONE")
    counts_outside = models.BooleanField(
        default=False, help_text="Stands for its planned visit though outside the window"
    )
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True
    )
    correction_reason = models.TextField(blank=True, help_text="Why it replaces the one before")
    undone_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id", patient="patient_id")

    class Meta:
        indexes = (models.Index(fields=("patient", "-contact_on"), name="visit_patient"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(vital_status="DEAD") | Q(died_on_text=""), name="death_day_of_dead"
            ),
            models.CheckConstraint(
                condition=Q(vital_status="DEAD", autopsy__in=["", *(kept.value for kept in Kept)])
                | Q(death_cause_code="", autopsy=""),
                name="autopsy_and_code_of_dead",
            ),
        )

    def __str__(self) -> str:
        return f"{self.patient_id} {self.contact_on}"


class ContactAttempt(models.Model):
    """A call, message or letter that reached nobody, and when to try again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    planned = models.ForeignKey(
        PlannedVisit, on_delete=models.PROTECT, related_name="attempts", null=True
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="attempts")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    attempted_on = models.DateField()
    method = models.CharField(max_length=24)
    result = models.CharField(max_length=24)
    next_try_on = models.DateField(null=True)
    next_try_at = models.TimeField(null=True, help_text="Only when an hour was agreed")
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id", patient="patient_id")

    def __str__(self) -> str:
        return f"{self.patient_id} {self.attempted_on}"
