"""Consents: which version, for which purposes, given and withdrawn when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.patients import Patient
from followup.models.sites import Site


class Consent(models.Model):
    """One signed consent. Withdrawal keeps what was lawful before it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    form_version = models.CharField(max_length=40)
    purposes = ArrayField(models.CharField(max_length=30))
    given_on = models.DateField()
    withdrawn_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.PATIENT_READ, site="site_id", patient="patient_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("given_on")),
                name="withdrawn_after_given",
            ),
            models.CheckConstraint(condition=~Q(purposes=[]), name="consent_has_purpose"),
        )

    def __str__(self) -> str:
        return self.form_version
