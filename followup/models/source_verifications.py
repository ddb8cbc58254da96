"""Samples of patients compared with their source documents, field by field."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.source_verifications import CheckResult
from followup.models.data_queries import DataQuery
from followup.models.events import AdverseEvent
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site
from followup.models.states import SOURCE_VERIFICATION
from followup.models.visits import Visit

RESULTS = (
    (CheckResult.AGREES.value, pgettext_lazy("source check", "Agrees")),
    (CheckResult.DIFFERS.value, pgettext_lazy("source check", "Differs")),
    (CheckResult.SOURCE_MISSING.value, pgettext_lazy("source check", "Source missing")),
)


class SourceVerification(models.Model):
    """A plan with its sample: site, period, seed and what the sample was drawn from.

    `seed`, the codes of the patients and `size` draw the same sample again; `frame_sha256` shows
    that the patients were the same ones. Without a product it covers all of the site.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    since = models.DateField()
    until = models.DateField()
    seed = models.CharField(max_length=64)
    percent = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, help_text="Share asked for, if not a number"
    )
    size = models.PositiveIntegerField(help_text="Patients drawn")
    frame_size = models.PositiveIntegerField(help_text="Patients it was drawn from")
    frame_sha256 = models.CharField(max_length=64)
    left_out = models.PositiveIntegerField(
        default=0, help_text="Patients whose consent does not let the planner read them"
    )
    rules_version = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=SOURCE_VERIFICATION.choices)
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    drawn_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    ended_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.VERIFICATION_READ, site="site_id", product="product_id")

    class Meta:
        indexes = (models.Index(fields=("site", "-drawn_at"), name="source_verification_site"),)
        constraints = (
            models.CheckConstraint(
                condition=SOURCE_VERIFICATION.known(), name="source_verification_state_known"
            ),
            models.CheckConstraint(
                condition=Q(since__lte=F("until")), name="source_verification_period_in_order"
            ),
            models.CheckConstraint(
                condition=Q(size__gt=0) & Q(size__lte=F("frame_size")) & ~Q(seed=""),
                name="source_verification_sample_of_frame",
            ),
            models.CheckConstraint(
                condition=Q(state="CANCELLED") & ~Q(cancel_reason="")
                | ~Q(state="CANCELLED") & Q(cancel_reason=""),
                name="source_verification_cancelled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", ended_at__isnull=True)
                | ~Q(state="OPEN") & Q(ended_at__isnull=False),
                name="source_verification_ended",
            ),
        )

    def __str__(self) -> str:
        return f"{self.since} {self.until}"


class SourceCheck(models.Model):
    """One field of one record, with the value recorded when the sample was drawn.

    What is measured is the register of that day: a value corrected later stays an error here.
    `query` is the question about the difference, if it differs.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    verification = models.ForeignKey(
        SourceVerification, on_delete=models.PROTECT, related_name="checks"
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    record = models.UUIDField(help_text="Row of the dataset the field is of")
    record_on = models.DateField(null=True, help_text="Day the record is about")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="+", null=True)
    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="+", null=True)
    field = models.CharField(max_length=60, help_text="Key of the field dictionary")
    place = models.PositiveIntegerField(help_text="Order on the worklist of the patient")
    critical = models.BooleanField()
    recorded = models.TextField(blank=True, help_text="Value when the sample was drawn")
    result = models.CharField(max_length=15, choices=RESULTS, blank=True)
    source_value = models.CharField(max_length=300, blank=True)
    query = models.ForeignKey(DataQuery, on_delete=models.PROTECT, related_name="+", null=True)
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    checked_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(
        read=Perm.VERIFICATION_READ, site="site_id", product="product_id", patient="patient_id"
    )

    class Meta:
        indexes = (
            models.Index(fields=("verification", "patient", "place"), name="source_check_worklist"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("verification", "record", "field"), name="source_check_once"
            ),
            models.CheckConstraint(
                condition=Q(result="")
                | Q(result__in=[result.value for result in CheckResult], checked_at__isnull=False),
                name="source_check_result_known",
            ),
            models.CheckConstraint(
                condition=Q(result="DIFFERS") & ~Q(source_value="")
                | ~Q(result="DIFFERS") & Q(source_value=""),
                name="source_check_difference_has_source_value",
            ),
        )

    def __str__(self) -> str:
        return f"{self.field} {self.result}"
