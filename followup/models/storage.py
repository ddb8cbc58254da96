"""Where tubes are kept: boxes of a site, the position of each tube, and counts of a box."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.samples.storage import LARGEST, Position
from followup.models.products import Product
from followup.models.samples import Sample
from followup.models.sites import Site


class StorageBox(models.Model):
    """A box in a freezer or tank; rows are letters, columns numbers."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    freezer = models.CharField(max_length=60)
    name = models.CharField(max_length=40)
    rows = models.PositiveSmallIntegerField()
    columns = models.PositiveSmallIntegerField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    opened_at = models.DateTimeField()
    closed_on = models.DateField(null=True)

    scope = Scope(read=Perm.SAMPLE_READ, site="site_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("site", "freezer", "name"), name="box_once"),
            models.CheckConstraint(
                condition=Q(rows__gte=1, rows__lte=LARGEST, columns__gte=1, columns__lte=LARGEST),
                name="box_size",
            ),
        )

    def __str__(self) -> str:
        return f"{self.freezer} · {self.name}"


class StoragePlace(models.Model):
    """A tube at a position, until it leaves; what was there before stays readable."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    box = models.ForeignKey(StorageBox, on_delete=models.PROTECT, related_name="places")
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="places")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    row = models.PositiveSmallIntegerField()
    column = models.PositiveSmallIntegerField()
    put_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    put_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    scope = Scope(
        read=Perm.SAMPLE_READ, site="site_id", product="product_id", patient="sample__patient_id"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("box", "row", "column"),
                condition=Q(left_at__isnull=True),
                name="position_holds_one",
            ),
            models.UniqueConstraint(
                fields=("sample",), condition=Q(left_at__isnull=True), name="sample_at_one_place"
            ),
        )

    def __str__(self) -> str:
        return f"{self.box_id} {self.position}"

    @property
    def position(self) -> Position:
        """Row and column as B5."""
        return Position(self.row, self.column)


class StorageCount(models.Model):
    """One count of a box: how many should be there, and what did not agree."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    box = models.ForeignKey(StorageBox, on_delete=models.PROTECT, related_name="counts")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    expected = models.PositiveIntegerField()
    present = models.PositiveIntegerField()
    missing = models.JSONField(default=list, help_text="Sample numbers that were not there")
    unexpected = models.JSONField(default=list, help_text="Sample numbers of other places")
    unreadable = models.JSONField(default=list, help_text="Scans that are no sample number")
    counted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    counted_at = models.DateTimeField()

    scope = Scope(read=Perm.SAMPLE_READ, site="site_id")
    insert_only = True

    class Meta:
        ordering = ("-counted_at",)

    def __str__(self) -> str:
        return f"{self.box_id} {self.counted_at}"
