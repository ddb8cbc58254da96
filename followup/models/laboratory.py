"""Laboratory values as they were reported, and what they gave to look after."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.laboratory import FindingRule, MissingBecause
from followup.domain.samples import Comparator
from followup.models.events import AdverseEvent
from followup.models.infusions import Infusion
from followup.models.laboratory_states import LABORATORY_FINDING
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site

STATUSES = (
    ("PRELIMINARY", pgettext_lazy("laboratory status", "Preliminary")),
    ("FINAL", pgettext_lazy("laboratory status", "Final")),
    ("CORRECTED", pgettext_lazy("laboratory status", "Corrected")),
)
SOURCES = (
    ("TYPED", pgettext_lazy("laboratory source", "Typed")),
    ("PASTED", pgettext_lazy("laboratory source", "Pasted from a table")),
    ("FILE", pgettext_lazy("laboratory source", "File of the laboratory")),
    ("API", pgettext_lazy("laboratory source", "Sent by another system")),
)
COMPARATORS = [(each.value, each.value) for each in Comparator if each.value]
MISSING = [(each.value, each.value) for each in MissingBecause]
RULES = [(each.value, each.value) for each in FindingRule]


class LaboratoryResult(models.Model):
    """One value of one measure of one specimen, in a row that is never changed.

    `value` and the limits are in `unit`, the measure's own; `written` and `unit_written` are what
    the laboratory wrote. With a comparator the value is a bound and no measurement. A correction
    is a row that replaces the old one, with a reason; with `taken_back` it only says that the
    value was none. `infusion` is the last one before the specimen, or the first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="laboratory_results"
    )
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    measure = models.CharField(max_length=30)
    comparator = models.CharField(max_length=3, blank=True, choices=COMPARATORS)
    value = models.DecimalField(max_digits=24, decimal_places=9, null=True)
    unit = models.CharField(max_length=40, blank=True)
    written = models.CharField(max_length=80, help_text="As the laboratory wrote it")
    unit_written = models.CharField(max_length=40, blank=True)
    finding = models.CharField(max_length=20, blank=True)
    missing_because = models.CharField(max_length=20, blank=True, choices=MISSING)
    range_low = models.DecimalField(max_digits=24, decimal_places=9, null=True)
    range_high = models.DecimalField(max_digits=24, decimal_places=9, null=True)
    range_text = models.CharField(max_length=80, blank=True)
    flag = models.CharField(max_length=10, blank=True, help_text="As the laboratory sent it")
    lower_limit = models.DecimalField(max_digits=24, decimal_places=9, null=True)
    detection_limit = models.DecimalField(max_digits=24, decimal_places=9, null=True)
    specimen_on = models.DateField()
    specimen_at = models.DateTimeField(null=True, help_text="Only when the time was given")
    status = models.CharField(max_length=12, choices=STATUSES)
    source = models.CharField(max_length=8, choices=SOURCES)
    laboratory = models.CharField(max_length=120, blank=True)
    received_on = models.DateField(help_text="Day the hospital learned of it")
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
        indexes = (
            models.Index(fields=("patient", "specimen_on"), name="laboratory_patient"),
            models.Index(fields=("infusion", "measure", "specimen_on"), name="laboratory_series"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(missing_because="")
                | Q(value__isnull=True, comparator="", finding="", unit=""),
                name="laboratory_missing_is_no_value",
            ),
            models.CheckConstraint(
                condition=~Q(missing_because="", comparator="", finding="", value__isnull=True),
                name="laboratory_says_something",
            ),
            models.CheckConstraint(
                condition=Q(finding="") | Q(value__isnull=True, comparator=""),
                name="laboratory_finding_or_number",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | (Q(value__gte=0) & ~Q(unit="")),
                name="laboratory_value_has_unit",
            ),
            models.CheckConstraint(
                condition=~Q(comparator__in=("<", "≤")) | Q(value__gt=0),
                name="laboratory_bound_above_zero",
            ),
            models.CheckConstraint(
                condition=~Q(comparator__in=("ND", "BLQ")) | Q(value__isnull=True),
                name="laboratory_words_have_no_number",
            ),
            models.CheckConstraint(
                condition=Q(received_on__gte=F("specimen_on")), name="laboratory_received_after"
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, taken_back=False)
                | (Q(replaces__isnull=False) & ~Q(reason="")),
                name="laboratory_correction_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(range_low__isnull=True)
                | Q(range_high__isnull=True)
                | Q(range_low__lte=F("range_high")),
                name="laboratory_range_in_order",
            ),
        )

    def __str__(self) -> str:
        return f"{self.measure} {self.written}"


class LaboratoryFinding(models.Model):
    """A rule that a value met, to be answered by a person: reported as an event, or looked at.

    `level` is the grade that is certain, or 1 for a rule without grades; `grade` stays empty while
    an input is missing. One value meets one rule once; a corrected value ends its findings.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="laboratory_findings"
    )
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    result = models.ForeignKey(LaboratoryResult, on_delete=models.PROTECT, related_name="findings")
    rule = models.CharField(max_length=30, choices=RULES)
    measure = models.CharField(max_length=30)
    scale = models.CharField(max_length=20, blank=True)
    grade = models.PositiveSmallIntegerField(null=True)
    level = models.PositiveSmallIntegerField()
    reasoning = models.JSONField(default=list)
    citation = models.TextField(blank=True)
    rules_version = models.CharField(max_length=40)
    specimen_on = models.DateField()
    raised_on = models.DateField()
    due = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=LABORATORY_FINDING.choices)
    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="+", null=True)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    answered_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id", patient="patient_id")

    class Meta:
        indexes = (
            models.Index(fields=("infusion", "rule", "measure"), name="laboratory_finding_rule"),
            models.Index(
                fields=("site", "id"),
                condition=Q(state="OPEN"),
                name="laboratory_finding_open",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("result", "rule"), name="laboratory_finding_once"),
            models.CheckConstraint(
                condition=LABORATORY_FINDING.known(), name="laboratory_finding_state_known"
            ),
            models.CheckConstraint(
                condition=Q(grade__isnull=True) | (Q(grade=F("level")) & ~Q(scale="")),
                name="laboratory_grade_on_a_scale",
            ),
            models.CheckConstraint(
                condition=Q(due__isnull=True) | Q(due__gte=F("raised_on")),
                name="laboratory_finding_due_after",
            ),
            models.CheckConstraint(
                condition=(Q(state="OPEN", answered_at__isnull=True, event__isnull=True))
                | Q(state="REPORTED", answered_at__isnull=False, event__isnull=False)
                | (Q(state="ANSWERED", answered_at__isnull=False) & ~Q(answer=""))
                | Q(state="CORRECTED", answered_at__isnull=False),
                name="laboratory_finding_answered",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.specimen_on}"
