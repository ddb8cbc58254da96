"""Where a product may be sold or tried beside the Chinese certificate; entered by two persons."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.models.second_persons import SecondPerson, second_person


class Authorisation(SecondPerson):
    """One authorisation of a product in a market of the reporting rules, as one entry.

    The latest confirmed entry of a number holds. An entry is never changed: an end or a mistake is
    entered again and confirmed again.
    """

    class Setting(models.TextChoices):
        POST_MARKET = "POST_MARKET", pgettext_lazy("authorisation", "Marketing authorisation")
        TRIAL = "TRIAL", pgettext_lazy("authorisation", "Clinical trial (IND)")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="authorisations")
    market = models.CharField(max_length=8, help_text="Regime of the reporting rules: CN, EU, US")
    setting = models.CharField(max_length=12, choices=Setting.choices)
    number = models.CharField(max_length=60)
    authorised_on = models.DateField()
    ended_on = models.DateField(null=True, help_text="Last day it stood")
    source = models.CharField(max_length=300, help_text="The document the entry was taken from")
    owner_name = models.CharField(max_length=120, blank=True)
    born_on = models.DateField(null=True, help_text="International birth date, if another day")
    launched_on = models.DateField(null=True, help_text="First placed on this market")
    set_months = models.PositiveSmallIntegerField(
        null=True, help_text="Months of the cycle the authority set: EURD list, waiver of the FDA"
    )
    set_lock = models.DateField(null=True, help_text="One data lock point of that cycle")
    set_from = models.DateField(null=True, help_text="It took effect; empty: from the beginning")

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("product", "number"), name="authorisation_number"),)
        constraints = (
            *second_person("authorisation"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("authorised_on")),
                name="authorisation_ends_after",
            ),
            models.CheckConstraint(
                condition=Q(setting__in=["POST_MARKET", "TRIAL"]),
                name="authorisation_setting_known",
            ),
            models.CheckConstraint(
                condition=Q(set_months__isnull=True, set_lock__isnull=True, set_from__isnull=True)
                | Q(set_months__gte=1, set_lock__isnull=False),
                name="authorisation_set_cycle_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.market} {self.number}"
