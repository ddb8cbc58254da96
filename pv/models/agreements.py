"""Agreements with partners: who owes whom which cases in how many days; by two persons."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.models.second_persons import SecondPerson, second_person

_DAYS = "Calendar days; null where this class is not owed"


class PartnerAgreement(SecondPerson):
    """What a safety data exchange agreement says, as one entry; never changed.

    A change is entered again and confirmed again; from its first day on it replaces the entries of
    the same partner that were confirmed before.
    """

    class DayZero(models.TextChoices):
        AWARENESS = "awareness", pgettext_lazy("agreement", "First receipt, complete or not")
        COMPLETE = "complete", pgettext_lazy("agreement", "Day zero: the four elements are known")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="agreements")
    partner = models.CharField(max_length=12, help_text="Short code, capitals and digits")
    partner_name = models.CharField(max_length=120)
    sender = models.CharField(max_length=100, blank=True, help_text="Identifier in its messages")
    receiver = models.CharField(max_length=20, help_text="Profile its files are made for")
    number = models.CharField(max_length=120, help_text="Title or number, with its version")
    to_fatal_days = models.PositiveSmallIntegerField(null=True, help_text=_DAYS)
    to_serious_days = models.PositiveSmallIntegerField(null=True, help_text=_DAYS)
    to_other_days = models.PositiveSmallIntegerField(null=True, help_text=_DAYS)
    from_fatal_days = models.PositiveSmallIntegerField(null=True, help_text=_DAYS)
    from_serious_days = models.PositiveSmallIntegerField(null=True, help_text=_DAYS)
    from_other_days = models.PositiveSmallIntegerField(null=True, help_text=_DAYS)
    day_zero_rule = models.CharField(max_length=10, choices=DayZero.choices)
    territory = models.CharField(
        max_length=300, blank=True, help_text="Countries of occurrence; empty: everywhere"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="Last day")
    document_name = models.CharField(max_length=200)
    document_sha256 = models.CharField(max_length=64)

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("product", "partner"), name="agreement_partner"),)
        constraints = (
            *second_person("agreement"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="agreement_ends_after",
            ),
            models.CheckConstraint(
                condition=Q(day_zero_rule__in=["awareness", "complete"]),
                name="agreement_day_zero_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner} {self.number}"
