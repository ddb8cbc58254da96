"""Contacts entered in a batch: the rows as they came, what came of them, and their undoing."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.batches import GRID, PASTED
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site
from followup.models.visits import Visit


class VisitBatch(models.Model):
    """One sheet or one grid of contacts; `rows` are the texts of the known columns by number.

    A column the register does not know is not kept, so that no name comes in by a side door.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    rows = models.JSONField(default=list)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField()
    tried = models.JSONField(default=dict)
    tried_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_because = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.VISIT_READ, site="site_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_because="")
                | (Q(undone_at__isnull=False) & ~Q(undone_because="")),
                name="batch_undone_because",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name of the file, or in the reader's language how the rows came."""
        day = self.name.removeprefix(GRID)
        if day != self.name:
            return _("Grid of %(day)s") % {"day": day}
        return _("Pasted rows") if self.name == PASTED else self.name


class VisitBatchRow(models.Model):
    """A contact and the row of the batch it came from."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.ForeignKey(VisitBatch, on_delete=models.PROTECT, related_name="recorded")
    number = models.PositiveIntegerField()
    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="batch_row")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id", patient="patient_id")
    insert_only = True

    class Meta:
        constraints = (models.UniqueConstraint(fields=("batch", "number"), name="batch_row_once"),)

    def __str__(self) -> str:
        return f"{self.batch_id} {self.number}"
