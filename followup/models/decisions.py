"""What was decided about a patient's follow-up: a loss, care elsewhere, a death retracted."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.patients import Patient
from followup.models.sites import Site


class FollowUpDecision(models.Model):
    """One decision, kept for good: the status is folded from these, contacts and consents."""

    class Event(models.TextChoices):
        LOSS_DECLARED = "LOSS_DECLARED"
        LOSS_RETRACTED = "LOSS_RETRACTED"
        TRANSFERRED_OUT = "TRANSFERRED_OUT"
        DEATH_RETRACTED = "DEATH_RETRACTED"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="decisions")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=20, choices=Event.choices)
    on = models.DateField()
    vital_status = models.CharField(max_length=8, blank=True, help_text="Known after a death")
    reason = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(
        read=Perm.PATIENT_READ,
        site="site_id",
        product="patient__infusions__product_id",
        patient="patient_id",
    )

    def __str__(self) -> str:
        return f"{self.event} {self.on}"
