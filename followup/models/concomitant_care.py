"""Later therapies, exposures to mutagens, supportive care, vaccinations and stays in hospital."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.concomitant_care import CareKind
from followup.models.infusions import Infusion
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site

KINDS = [(each.value, each.value) for each in CareKind]


class ConcomitantCare(models.Model):
    """One treatment or stay, in a row that is never changed; a correction is a new row.

    `taken_back` says that the one before was none. `infusion` is the last one before it began, or
    the first one of the patient. Dates are as exact as they are known.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="concomitant_care")
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=KINDS)
    detail = models.CharField(max_length=24, blank=True, help_text="Code of the list of the kind")
    name = models.TextField(blank=True, help_text="Agent, vaccine or hospital")
    started_on_text = models.CharField(max_length=10, help_text="As far as it is known")
    ended_on_text = models.CharField(max_length=10, blank=True)
    ongoing = models.CharField(max_length=8, blank=True)
    dose = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    dose_unit = models.CharField(max_length=12, blank=True)
    mutagenic = models.CharField(max_length=8, blank=True, help_text="Confirmed by a person")
    live_vaccine = models.CharField(max_length=8, blank=True)
    given_for = models.TextField(blank=True, help_text="Why it was given, or sought")
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
        indexes = (models.Index(fields=("patient", "-started_on_text"), name="care_patient"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, taken_back=False)
                | (Q(replaces__isnull=False) & ~Q(reason="")),
                name="care_correction_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(dose__isnull=True, dose_unit="") | (Q(dose__gt=0) & ~Q(dose_unit="")),
                name="care_dose_with_unit",
            ),
            models.CheckConstraint(
                condition=Q(ended_on_text="") | ~Q(ongoing="YES"), name="care_ended_or_ongoing"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.started_on_text}"
