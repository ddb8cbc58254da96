"""Aggregate reports while they are written: what is asked of which lock, and every text kept."""

from django.db import models
from django.db.models import F, Q

from followup.core.identifiers import uuid7
from followup.core.models import DataLock, User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.domain.periodic.stages import ReportState
from pv.models.commitments import Commitment
from pv.models.states import AGGREGATE_REPORT


class AggregateReport(models.Model):
    """One report of one kind on one period. Its figures come from the lock, its texts from the
    sections; approved once it is signed, and a later change opens the next edition."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="aggregate_reports")
    kind = models.CharField(max_length=20)
    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, related_name="reports", null=True
    )
    period_start = models.DateField()
    period_end = models.DateField()
    lock = models.ForeignKey(DataLock, on_delete=models.PROTECT, related_name="+", null=True)
    edition = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=12, choices=AGGREGATE_REPORT.choices)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    reviewed_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    returned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    returned_at = models.DateTimeField(null=True)
    returned_because = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        indexes = (
            models.Index(fields=("product", "-created_at"), name="aggregate_report_product"),
        )
        constraints = (
            models.CheckConstraint(
                condition=AGGREGATE_REPORT.known(), name="aggregate_report_state_known"
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="aggregate_report_period"
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.DRAFT.value)
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False, lock__isnull=False),
                name="aggregate_report_reviewed_at_a_lock",
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True, returned_by__isnull=True, returned_because="")
                | (
                    Q(returned_at__isnull=False, returned_by__isnull=False)
                    & ~Q(returned_because="")
                    & Q(state=ReportState.DRAFT.value)
                ),
                name="aggregate_report_returned_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.APPROVED.value) ^ Q(approved_at__isnull=True),
                name="aggregate_report_approved_has_its_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.period_start} – {self.period_end}"


class ReportSection(models.Model):
    """A text of a section in one language, as one version; the highest number holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    report = models.ForeignKey(AggregateReport, on_delete=models.PROTECT, related_name="sections")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=10)
    language = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    edition = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    scope = Scope(read=Perm.REPORT_READ, product="product_id")
    insert_only = True

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("report", "code", "language", "number"), name="report_section_version_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.language} {self.number}"
