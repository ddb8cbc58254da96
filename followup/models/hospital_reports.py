"""Reports of an event that its hospital made itself, in the national system."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.events import AdverseEvent
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site


class HospitalReport(models.Model):
    """One report: its day, and the number the system gave it; retracted when entered wrongly."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(
        AdverseEvent, on_delete=models.PROTECT, related_name="hospital_reports"
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    reported_on = models.DateField()
    number = models.CharField(max_length=60, help_text="Of the report, as its system gave it")
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    noted_at = models.DateTimeField()
    retracted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    retracted_at = models.DateTimeField(null=True)
    retracted_because = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.EVENT_READ, site="site_id", product="product_id", patient="patient_id")

    class Meta:
        indexes = (models.Index(fields=("event", "reported_on"), name="hospital_report_event"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(retracted_at__isnull=True, retracted_because="")
                | (Q(retracted_at__isnull=False) & ~Q(retracted_because="")),
                name="hospital_report_retracted_because",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="hospital_report_has_number"),
            models.UniqueConstraint(
                fields=("event", "number"),
                condition=Q(retracted_at__isnull=True),
                name="hospital_report_once",
            ),
        )

    def __str__(self) -> str:
        return self.number
