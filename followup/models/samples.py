"""Samples, their chain of custody, and the molecular results they gave."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.samples import Comparator, CustodyEventKind, Phase
from followup.models.events import AdverseEvent
from followup.models.infusions import Infusion
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.schedules import PlannedVisit
from followup.models.sites import Site
from followup.models.states import SAMPLE_CUSTODY

PHASES = (
    (Phase.PRE.value, pgettext_lazy("sample phase", "Before treatment")),
    (Phase.BETWEEN.value, pgettext_lazy("sample phase", "Follow-up")),
    (Phase.POST.value, pgettext_lazy("sample phase", "At the event")),
    (Phase.ANY.value, pgettext_lazy("sample phase", "Any time")),
)
STATES = SAMPLE_CUSTODY.choices
STEPS = tuple((kind.value, word) for kind, word in SAMPLE_CUSTODY.events.items())
HELD = (
    ("YES", pgettext_lazy("sample held", "Held")),
    ("NO", pgettext_lazy("sample held", "Not held")),
    ("UNKNOWN", pgettext_lazy("sample held", "Not known")),
)
COMPARATORS = [(each.value, each.value) for each in Comparator if each.value]


class Sample(models.Model):
    """One tube, block or vial. Its state is what the chain of custody leads to.

    `held` is the answer to "does it exist?" for material that was kept before anybody suspected
    anything; empty means nobody has answered.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="samples")
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="samples")
    event = models.ForeignKey(
        AdverseEvent, on_delete=models.PROTECT, related_name="samples", null=True
    )
    planned_visit = models.ForeignKey(
        PlannedVisit, on_delete=models.PROTECT, related_name="samples", null=True
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=6)
    phase = models.CharField(max_length=8, choices=PHASES)
    visit_code = models.CharField(max_length=12, blank=True)
    planned_for = models.DateField(null=True)
    because = models.CharField(max_length=30, help_text="The condition that asked for it")
    condition_known = models.BooleanField(default=True)
    held = models.CharField(max_length=8, choices=HELD, blank=True)
    state = models.CharField(max_length=20, choices=SAMPLE_CUSTODY.choices)
    created_at = models.DateTimeField()

    scope = Scope(read=Perm.SAMPLE_READ, site="site_id", product="product_id", patient="patient_id")

    class Meta:
        indexes = (
            models.Index(fields=("patient", "code"), name="sample_patient"),
            models.Index(Collate("number", "C"), name="sample_last_number"),
            models.Index(fields=("site", "number"), name="sample_site"),
            models.Index(fields=("site", "state", "number"), name="sample_state"),
            models.Index(fields=("product", "number"), name="sample_product"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(phase__in=[phase.value for phase in Phase]), name="sample_phase_known"
            ),
            models.CheckConstraint(condition=SAMPLE_CUSTODY.known(), name="sample_state_known"),
        )

    def __str__(self) -> str:
        return self.number


class CustodyEvent(models.Model):
    """One step in the chain of custody, in a row that is never changed.

    A wrong row is followed by one that `replaces` it; with `taken_back` the replacing row only
    says that the step did not happen. A day nobody knows stays null.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="custody")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(help_text="Order of recording within the sample")
    step = models.CharField(max_length=20, choices=STEPS)
    happened_on = models.DateField(null=True)
    happened_at = models.DateTimeField(null=True, help_text="Only when the time was given")
    place = models.CharField(max_length=120, blank=True)
    carrier = models.CharField(max_length=120, blank=True)
    condition = models.CharField(max_length=30, blank=True)
    abroad = models.BooleanField(null=True, help_text="Asked of a shipment only")
    permit = models.CharField(max_length=80, blank=True, help_text="HGR approval or notice number")
    permit_on = models.DateField(null=True)
    reason = models.CharField(max_length=30, blank=True)
    note = models.CharField(max_length=500, blank=True)
    result = models.UUIDField(null=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True
    )
    taken_back = models.BooleanField(default=False)

    scope = Scope(
        read=Perm.SAMPLE_READ, site="site_id", product="product_id", patient="sample__patient_id"
    )
    insert_only = True

    class Meta:
        ordering = ("sample", "number")
        constraints = (
            models.UniqueConstraint(fields=("sample", "number"), name="custody_order"),
            models.CheckConstraint(
                condition=Q(step__in=[kind.value for kind in CustodyEventKind]),
                name="custody_step_known",
            ),
            models.CheckConstraint(
                condition=Q(happened_at__isnull=True) | Q(happened_on__isnull=False),
                name="custody_time_has_day",
            ),
            models.CheckConstraint(
                condition=Q(taken_back=False) | Q(replaces__isnull=False),
                name="custody_taken_back_replaces",
            ),
            models.CheckConstraint(
                condition=Q(abroad__isnull=True)
                | Q(abroad=False, permit="", permit_on__isnull=True)
                | (Q(abroad=True, permit_on__isnull=False) & ~Q(permit="")),
                name="abroad_has_permit",
            ),
        )

    def __str__(self) -> str:
        return f"{self.sample_id} {self.step}"


class MolecularResult(models.Model):
    """One result of one assay. Below quantification keeps its limit and is never a zero.

    With a comparator the value is a bound and no measurement; `reported` is the text as typed.

    `details` holds what is no number: integration sites, variants, markers. `same_clone` says of
    a tumour that its CAR-positive cells are its clone, of any other sample that the tumour's
    clone is in it. A correction is a new row that replaces the old one, with a reason.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="results")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="results")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    assay = models.CharField(max_length=30)
    method = models.CharField(max_length=30, blank=True)
    finding = models.CharField(max_length=20)
    measure = models.CharField(max_length=30, blank=True)
    reported = models.CharField(max_length=80, blank=True, help_text="As the laboratory wrote it")
    comparator = models.CharField(max_length=3, blank=True, choices=COMPARATORS)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    below_quantification = models.BooleanField(default=False)
    unit = models.CharField(max_length=40, blank=True)
    lower_limit = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    detection_limit = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    lod_met = models.BooleanField(null=True)
    tumour_content = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    same_clone = models.BooleanField(null=True)
    details = models.JSONField(default=dict)
    comment = models.TextField(blank=True)
    laboratory = models.CharField(max_length=120)
    final = models.BooleanField()
    resulted_on = models.DateField()
    received_on = models.DateField(help_text="Day the reporting person learned of it")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True
    )
    reason = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.SAMPLE_READ, site="site_id", product="product_id", patient="patient_id")
    insert_only = True

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(below_quantification=False)
                | Q(value__isnull=True, lower_limit__isnull=False),
                name="below_quantification_has_limit",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True, lower_limit__isnull=True) | ~Q(unit=""),
                name="value_has_unit",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gt=0), name="result_is_never_zero"
            ),
            models.CheckConstraint(
                condition=Q(comparator="")
                | Q(comparator__in=(">", "≥"), value__isnull=False)
                | Q(comparator__in=("<", "≤", "BLQ"), below_quantification=True)
                | Q(comparator="ND", value__isnull=True, below_quantification=False),
                name="comparator_means_a_bound",
            ),
            models.CheckConstraint(
                condition=Q(received_on__gte=F("resulted_on")), name="resulted_then_received"
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(reason=""), name="correction_has_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.assay} {self.finding}"
