"""Infusions: what was given, when, from which lot, to whom."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.infusion_details import CODES
from followup.models.patients import Patient
from followup.models.products import Indication, Product
from followup.models.sites import Site


def _positive(*names: str) -> Q:
    """Numbers that are more than zero where they are known."""
    found = Q()
    for name in names:
        found &= Q((f"{name}__isnull", True)) | Q((f"{name}__gt", 0))
    return found


def _offered(name: str) -> Q:
    """A coded answer is one of its codes, or empty."""
    return Q((f"{name}__in", ["", *CODES[name]]))


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
    manufacturing_site = models.CharField(max_length=200, blank=True)
    apheresis_on_text = models.CharField(
        max_length=10, blank=True, help_text="As far as it is known"
    )
    vector_copy_number = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        null=True,
        help_text="Copies per transduced cell, at release",
    )
    viability = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, help_text="Per cent of the cells"
    )
    out_of_specification = models.CharField(max_length=10, blank=True)
    out_of_specification_note = models.TextField(blank=True)
    thawed_at = models.TimeField(null=True, help_text="China's time, on the day of the infusion")
    dose_per_kg = models.DecimalField(
        max_digits=10, decimal_places=3, null=True, help_text="10^6 CAR-positive cells per kg"
    )
    fludarabine_dose = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, help_text="mg/m2, the whole course"
    )
    cyclophosphamide_dose = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, help_text="mg/m2, the whole course"
    )
    bridging_therapy = models.CharField(max_length=10, blank=True)
    bridging_note = models.TextField(blank=True)
    prior_hsct = models.CharField(max_length=10, blank=True)
    prior_alkylator = models.CharField(max_length=10, blank=True)
    prior_radiation = models.CharField(max_length=10, blank=True)
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
            models.CheckConstraint(
                condition=_positive(
                    "vector_copy_number",
                    "dose_per_kg",
                    "fludarabine_dose",
                    "cyclophosphamide_dose",
                ),
                name="infusion_details_positive",
            ),
            models.CheckConstraint(
                condition=Q(viability__isnull=True) | Q(viability__range=(0, 100)),
                name="viability_is_a_percentage",
            ),
            *(
                models.CheckConstraint(condition=_offered(name), name=f"infusion_{name}_known")
                for name in CODES
            ),
            models.CheckConstraint(
                condition=(Q(out_of_specification="YES") & ~Q(out_of_specification_note=""))
                | (~Q(out_of_specification="YES") & Q(out_of_specification_note="")),
                name="out_of_specification_says_what",
            ),
            models.CheckConstraint(
                condition=Q(bridging_therapy="YES") | Q(bridging_note=""),
                name="bridging_note_of_a_bridging_therapy",
            ),
        )

    def __str__(self) -> str:
        return f"{self.product_id} {self.infused_on}"
