"""Reveals of an identity to somebody who may not normally see it: asked, timed, assessed."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from followup.core.identifiers import uuid7
from followup.core.models.users import User
from followup.core.permissions import Perm
from followup.core.scope import Scope


class IdentityReveal(models.Model):
    """One person saw the identity of one patient until `expires_at`, for a stated reason.

    The patient's hospital assesses afterwards whether it was justified. Patients are on a higher
    floor, so `patient_id` is no foreign key here.
    """

    class Ground(models.TextChoices):
        TREATMENT = "treatment"
        DANGER = "danger"
        INSPECTION = "inspection"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient_id = models.UUIDField()
    study_code = models.CharField(max_length=30)
    site_id = models.UUIDField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    roles = models.CharField(max_length=200)
    ground = models.CharField(max_length=12, choices=Ground.choices)
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    asked_on = models.DateField()
    expires_at = models.DateTimeField()
    assessed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    assessed_at = models.DateTimeField(null=True, blank=True)
    justified = models.BooleanField(null=True)
    assessment = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.PRIVACY_READ, site="site_id", patient="patient_id")

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(condition=~Q(reason=""), name="reveal_has_reason"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="reveal_ends"),
            models.CheckConstraint(
                condition=Q(assessed_by__isnull=True) | ~Q(assessed_by=F("asked_by")),
                name="reveal_assessed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(assessed_by=None, assessed_at=None, justified=None, assessment="")
                | (
                    Q(assessed_by__isnull=False, assessed_at__isnull=False)
                    & Q(justified__isnull=False)
                    & ~Q(assessment="")
                ),
                name="reveal_assessed_whole",
            ),
        )
        indexes: ClassVar = (
            models.Index(fields=("site_id", "-id"), name="reveal_site"),
            models.Index(fields=("asked_by", "-id"), name="reveal_asker"),
        )

    def __str__(self) -> str:
        return f"{self.study_code} {self.ground}"
