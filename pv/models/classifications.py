"""Class of a product by a versioned decision table; answered and confirmed by two persons."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.models.second_persons import SecondPerson, second_person


class ProductClassification(SecondPerson):
    """What was answered and the row reached, as the table said it then; never changed.

    Of each product the entry confirmed last holds, until a newer scheme asks again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="classifications")
    scheme = models.CharField(max_length=40)
    scheme_version = models.CharField(max_length=20)
    answers = models.JSONField(help_text="Pairs of question and answer, as they were asked")
    code = models.CharField(max_length=40, help_text="Class of the row reached")
    level = models.CharField(max_length=12, blank=True, help_text="Empty: outside the scope")
    reason_en = models.CharField(max_length=300)
    reason_zh = models.CharField(max_length=300)
    citation = models.CharField(max_length=500)
    confidence = models.CharField(max_length=16)

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        indexes = (
            models.Index(fields=("product", "-confirmed_at"), name="classification_of_product"),
        )
        constraints = (
            *second_person("classification"),
            models.CheckConstraint(condition=~Q(code=""), name="classification_has_row"),
        )

    def __str__(self) -> str:
        return self.code
