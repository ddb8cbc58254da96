"""Products, their holders and their approved indications, with provenance."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.scope import Scope


class Holder(models.Model):
    """A marketing authorisation holder."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)

    scope = Scope(reference=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name_zh or self.name_en


class Product(models.Model):
    """A cell or gene therapy product."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="products")
    inn = models.CharField(max_length=120)
    generic_zh = models.CharField(max_length=120)
    brand_en = models.CharField(max_length=120, blank=True)
    brand_zh = models.CharField(max_length=120, blank=True)
    target = models.CharField(max_length=60, blank=True)
    vector_type = models.CharField(max_length=60, blank=True)
    atmp_class = models.CharField(max_length=60, blank=True)
    is_car_t = models.BooleanField()
    approval_number = models.CharField(max_length=60, blank=True)
    citation = models.TextField(blank=True)
    confidence = models.TextField(blank=True)
    as_of = models.DateField()
    entered_here_at = models.DateTimeField(
        null=True, help_text="Since two persons entered it here, loading leaves the row alone"
    )

    scope = Scope(reference=True, product="id")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.generic_zh or self.inn

    @property
    def english_names(self) -> dict[str, str]:
        """Its English names by the Chinese ones; a brand without one goes by the INN."""
        return {self.generic_zh: self.inn, self.brand_zh: self.brand_en or self.inn}


class Indication(models.Model):
    """One indication of a product; unknown status is never shown as full."""

    class Status(models.TextChoices):
        CONDITIONAL = "conditional"
        FULL = "full"
        UNKNOWN = "unknown"

    class Precision(models.TextChoices):
        DAY = "day"
        MONTH = "month"
        YEAR = "year"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="indications")
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    disease = models.CharField(max_length=40, blank=True)
    approved_from = models.DateField(null=True, help_text="First day the stated date can mean")
    approved_precision = models.CharField(max_length=5, choices=Precision.choices, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.UNKNOWN)
    decided_on = models.DateField(
        null=True, help_text="Day of a decision recorded here; loading leaves the status alone then"
    )
    citation = models.TextField(blank=True)
    confidence = models.TextField(blank=True)
    entered_here_at = models.DateTimeField(
        null=True, help_text="Since two persons entered it here, loading leaves the row alone"
    )

    scope = Scope(reference=True, product="product_id")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name_zh


class ReferenceItem(models.Model):
    """Versioned reference data: protocols, code lists, rule sets, thresholds; with citation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=80)
    version = models.CharField(max_length=20)
    data = models.JSONField()
    sha256 = models.CharField(max_length=64)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    citation = models.TextField(blank=True)
    confidence = models.TextField(blank=True)
    loaded_at = models.DateTimeField()

    scope = Scope(reference=True)

    class Meta:
        ordering = ("kind", "code", "version")
        constraints = (
            models.UniqueConstraint(fields=("kind", "code", "version"), name="reference_once"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.version}"
