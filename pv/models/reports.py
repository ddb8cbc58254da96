"""Periodic reports: which question, which rows, which file."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.models.aggregate_reports import AggregateReport


class PeriodicReport(models.Model):
    """A produced report with its manifest; a file that was produced is never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="reports")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+", null=True)
    written = models.ForeignKey(
        AggregateReport, on_delete=models.PROTECT, related_name="files", null=True
    )
    period_start = models.DateField()
    period_end = models.DateField()
    language = models.CharField(max_length=10)
    case_count = models.PositiveIntegerField()
    manifest = models.JSONField()
    sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200)
    file_path = models.CharField(max_length=300)
    produced_at = models.DateTimeField()

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    def __str__(self) -> str:
        return self.file_name
