"""What the register says of a product or an indication, entered by one person, confirmed by
another; confirmed, it is written to the product or the indication."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Indication, Product
from pv.models.second_persons import SecondPerson, second_person


class ProductEntry(SecondPerson):
    """One entry. `values` and `before` map columns to text or yes/no; `before` is what stood there
    when it was entered, empty for something new. A partial date is ISO: `2024-08`."""

    class Subject(models.TextChoices):
        PRODUCT = "PRODUCT", pgettext_lazy("product entry", "Product")
        INDICATION = "INDICATION", pgettext_lazy("product entry", "Indication")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=10, choices=Subject.choices)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", null=True, help_text="Null: a new one"
    )
    indication = models.ForeignKey(
        Indication, on_delete=models.PROTECT, related_name="+", null=True
    )
    values = models.JSONField()
    before = models.JSONField(default=dict)
    source = models.CharField(max_length=300, help_text="The document the entry was taken from")

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("product", "-entered_at"), name="product_entry_of"),)
        constraints = (
            *second_person("product_entry"),
            models.CheckConstraint(
                condition=Q(subject="PRODUCT", indication__isnull=True)
                | Q(subject="INDICATION", product__isnull=False),
                name="product_entry_subject",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="product_entry_has_source"),
        )

    def __str__(self) -> str:
        named = self.values.get("generic_zh") or self.values.get("name_zh") or ""
        return str(named or self.values.get("inn") or self.values.get("name_en"))
