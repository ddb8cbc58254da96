"""Locks an investigator's signature puts on recorded contacts, and the data cuts they stand for."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site
from followup.models.visits import Visit


class VisitCut(models.Model):
    """All contacts of a patient up to a day, made to be signed as one.

    Signed and not unlocked, it takes no contact of a day up to `until` either.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visit_cuts")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    until = models.DateField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    unlocked_at = models.DateTimeField(null=True)
    unlocked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    unlock_reason = models.TextField(blank=True)

    scope = Scope(
        read=Perm.VISIT_READ,
        site="site_id",
        product="patient__infusions__product_id",
        patient="patient_id",
    )

    class Meta:
        indexes = (
            models.Index(
                fields=("patient", "until"),
                name="visit_cut_signed",
                condition=Q(signed_at__isnull=False, unlocked_at__isnull=True),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(unlocked_at__isnull=True) | ~Q(unlock_reason=""),
                name="visit_cut_unlock_reason",
            ),
        )

    def __str__(self) -> str:
        return str(self.until)


class VisitLock(models.Model):
    """The lock of one contact; `cut` is the data cut it was signed with, if not alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="locks")
    cut = models.ForeignKey(VisitCut, on_delete=models.PROTECT, related_name="locks", null=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    locked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    locked_at = models.DateTimeField()
    unlocked_at = models.DateTimeField(null=True)
    unlocked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    unlock_reason = models.TextField(blank=True)

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id", patient="patient_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("visit",), condition=Q(unlocked_at__isnull=True), name="visit_locked_once"
            ),
            models.CheckConstraint(
                condition=Q(unlocked_at__isnull=True) | ~Q(unlock_reason=""),
                name="visit_unlock_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.visit_id} {self.locked_at}"
