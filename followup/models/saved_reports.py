"""Filters and columns of a report kept under a name, for oneself or for one's colleagues."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.products import Product
from followup.models.sites import Site


class SavedReport(models.Model):
    """What a report page was asked, as the query of its address; it holds no data of a patient.

    `kind` is the page. A shared one is offered to whoever reaches its hospital and product.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=4000)
    shared = models.BooleanField(default=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    saved_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    saved_at = models.DateTimeField()

    scope = Scope(read=Perm.REFERENCE_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("saved_by", "kind", "name"), name="saved_report_once"),
            models.CheckConstraint(
                condition=Q(site__isnull=False) | Q(product__isnull=False),
                name="saved_report_of_somewhere",
            ),
        )

    def __str__(self) -> str:
        return self.name
