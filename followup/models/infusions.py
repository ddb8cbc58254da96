"""Infusions: what was given, when, from which lot, to whom."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.patients import Patient
from followup.models.products import Indication, Product
from followup.models.sites import Site


class Infusion(models.Model):
    """One infusion; day zero of its own lifelong schedule."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="infusions")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="infusions")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="infusions")
    indication = models.ForeignKey(
        Indication, on_delete=models.PROTECT, related_name="infusions", null=True
    )
    off_label_reason = models.TextField(blank=True)
    infused_on = models.DateField()
    lot = models.CharField(max_length=60)
    chain_of_identity = models.CharField(max_length=60)
    dose_cells = models.DecimalField(
        max_digits=12, decimal_places=3, null=True, help_text="10^6 CAR-positive cells"
    )
    lymphodepletion = models.CharField(max_length=200, blank=True)
    prior_lines = models.PositiveSmallIntegerField(null=True)
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()
    infused_site = models.ForeignKey(
        Site,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        help_text="Where it was given, once the patient is followed elsewhere",
    )
    retired = models.BooleanField(
        default=False, help_text="Of a registration that was voided, or recorded twice"
    )

    scope = Scope(
        read=Perm.PATIENT_READ,
        site="site_id",
        product="product_id",
        patient="patient_id",
        follows=True,
        former="patient_id",
    )

    class Meta:
        indexes = (
            models.Index(Upper("lot"), name="infusion_lot"),
            models.Index(Upper("chain_of_identity"), name="infusion_chain_of_identity"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("product", "chain_of_identity"),
                condition=Q(retired=False),
                name="chain_of_identity_once",
            ),
            models.CheckConstraint(
                condition=Q(dose_cells__isnull=True) | Q(dose_cells__gt=0), name="dose_positive"
            ),
            models.CheckConstraint(
                condition=Q(indication__isnull=False) | ~Q(off_label_reason=""),
                name="indication_or_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.product_id} {self.infused_on}"
