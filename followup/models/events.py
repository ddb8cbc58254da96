"""Adverse events as the hospital observed them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.event_classes import ASKED, ITEMS, EventClass
from followup.domain.events import EventCategory, Kept
from followup.models.infusions import Infusion
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site
from followup.models.visits import Visit


class AdverseEvent(models.Model):
    """One event in the reporter's words. Grades keep the name of their scale."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="events")
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="events")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="events", null=True)
    verbatim = models.TextField()
    kind = models.CharField(max_length=30, blank=True)
    onset_text = models.CharField(max_length=10, blank=True, help_text="Partial date allowed")
    ended_text = models.CharField(max_length=10, blank=True)
    aware_on = models.DateField()
    reporter_name = models.CharField(max_length=60)
    reporter_qualification = models.CharField(max_length=30, blank=True)
    seriousness = ArrayField(models.CharField(max_length=40), default=list)
    serious = models.BooleanField(null=True, help_text="Null until somebody answered")
    grade = models.PositiveSmallIntegerField(null=True)
    grade_scale = models.CharField(max_length=30, blank=True)
    outcome = models.CharField(max_length=30, blank=True)
    causality = models.CharField(max_length=30, blank=True)
    is_new_malignancy = models.BooleanField(default=False)
    t_cell_suspected = models.CharField(max_length=8, blank=True, help_text="Of a malignancy")
    pathology = models.CharField(max_length=20, blank=True)
    pathology_note = models.TextField(blank=True)
    immunophenotype = models.TextField(blank=True)
    transgene = models.CharField(max_length=20, blank=True)
    specimen_kept = models.CharField(max_length=8, blank=True)
    event_class = models.CharField(
        max_length=20, blank=True, help_text="Of the event of special interest"
    )
    neurologic_type = models.CharField(max_length=30, blank=True)
    haematologic_type = models.CharField(max_length=30, blank=True)
    infection_type = models.CharField(max_length=30, blank=True)
    new_or_exacerbated = models.CharField(max_length=12, blank=True)
    infection_organism = models.TextField(blank=True)
    infection_site = models.TextField(blank=True)
    iv_anti_infective = models.CharField(
        max_length=8, blank=True, help_text="Whether one was given intravenously"
    )
    pregnancy_of = models.CharField(max_length=8, blank=True, help_text="Patient or partner")
    last_period_text = models.CharField(max_length=10, blank=True, help_text="Partial date allowed")
    pregnancy_outcome = models.CharField(max_length=20, blank=True)
    congenital_anomaly = models.CharField(max_length=8, blank=True)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    recorded_site = models.ForeignKey(
        Site,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        help_text="Which recorded it, once the patient is followed elsewhere",
    )
    withdrawn_at = models.DateTimeField(null=True, help_text="Entered by mistake; no event")
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    withdrawn_because = models.TextField(blank=True)

    scope = Scope(
        read=Perm.EVENT_READ,
        site="site_id",
        product="product_id",
        patient="patient_id",
        other_site="recorded_site_id",
    )

    class Meta:
        indexes = (
            models.Index(fields=("patient", "-recorded_at"), name="event_patient"),
            models.Index(fields=("product", "aware_on"), name="event_product"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(grade__isnull=True, grade_scale="")
                | (Q(grade__isnull=False) & ~Q(grade_scale="")),
                name="grade_has_scale",
            ),
            models.CheckConstraint(
                condition=Q(seriousness=[]) | Q(serious=True), name="criterion_means_serious"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because="")),
                name="withdrawal_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(t_cell_suspected="")
                | Q(is_new_malignancy=True, t_cell_suspected__in=[kept.value for kept in Kept]),
                name="t_cell_of_a_malignancy",
            ),
            models.CheckConstraint(
                condition=Q(event_class="")
                | Q(is_new_malignancy=True, event_class=EventClass.NEW_MALIGNANCY.value)
                | Q(
                    is_new_malignancy=False,
                    event_class__in=[str(of) for of in ASKED],
                ),
                name="malignancy_is_its_class",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{name: ""})
                    | Q(event_class__in=[str(of) for of, names in ASKED.items() if name in names]),
                    name=f"{name}_of_its_class",
                )
                for name in ITEMS
            ),
            models.CheckConstraint(
                condition=Q(kind=EventCategory.PREGNANCY.value)
                | Q(
                    pregnancy_of="",
                    last_period_text="",
                    pregnancy_outcome="",
                    congenital_anomaly="",
                ),
                name="pregnancy_answers_a_pregnancy",
            ),
        )

    def __str__(self) -> str:
        return self.verbatim[:60]
