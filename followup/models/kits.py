"""Sampling kits: what is in one, what happened to it, and which samples were filled from it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Collate
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.samples.kits import KitReason, KitStepKind
from followup.models.products import Product
from followup.models.samples import Sample
from followup.models.sites import Site
from followup.models.states import KIT

KIT_STATES = KIT.choices
KIT_STEPS = tuple((kind.value, word) for kind, word in KIT.events.items())
KIT_REASONS = (
    (KitReason.NOT_ARRIVED.value, pgettext_lazy("kit reason", "Never arrived")),
    (KitReason.MISLAID.value, pgettext_lazy("kit reason", "Not found at the site")),
    (KitReason.EXPIRED.value, pgettext_lazy("kit reason", "Expired")),
    (KitReason.DAMAGED.value, pgettext_lazy("kit reason", "Damaged or opened")),
    (KitReason.RECALLED.value, pgettext_lazy("kit reason", "A part was recalled")),
    (KitReason.USED_UP.value, pgettext_lazy("kit reason", "Used up")),
    (KitReason.NOT_NEEDED.value, pgettext_lazy("kit reason", "No longer needed")),
    (KitReason.OTHER.value, pgettext_lazy("kit reason", "Other reason")),
)


class Kit(models.Model):
    """A box of empty tubes for one collection. Its state is what its steps lead to.

    `site` fills it; who assembled it and where the filled tubes go back to are places of their
    own. `code` is what its assembler printed on it, beside our number.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)
    code = models.CharField(max_length=60, blank=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assembler = models.CharField(max_length=120, help_text="Laboratory or site that packed it")
    return_to = models.CharField(max_length=120, help_text="Where the filled tubes go")
    expires_on = models.DateField(null=True, help_text="Last day of use: the earliest of its parts")
    state = models.CharField(max_length=20, choices=KIT_STATES)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField()

    scope = Scope(read=Perm.SAMPLE_READ, site="site_id")

    class Meta:
        indexes = (
            models.Index(Collate("number", "C"), name="kit_last_number"),
            models.Index(fields=("site", "number"), name="kit_site"),
            models.Index(fields=("site", "state", "expires_on"), name="kit_stock"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("site", "code"), condition=~Q(code=""), name="kit_code_once"
            ),
            models.CheckConstraint(condition=KIT.known(), name="kit_state_known"),
        )

    def __str__(self) -> str:
        return self.number


class KitItem(models.Model):
    """The tubes of a kit for one planned sample, and the sample they were filled for.

    `sample` is what the steps of the kit lead to; `deviation` what was out of order when it was
    filled, such as a kit past its last day.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, related_name="items")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(help_text="Order within the kit, from 1")
    specimen = models.CharField(max_length=6, help_text="Code of the sample it is for")
    tubes = models.CharField(max_length=120, help_text="What and how many, as on the packing list")
    lot = models.CharField(max_length=60)
    expires_on = models.DateField(null=True)
    sample = models.OneToOneField(
        Sample, on_delete=models.PROTECT, related_name="kit_item", null=True
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", null=True, help_text="Of the sample"
    )
    deviation = models.CharField(max_length=500, blank=True)

    scope = Scope(
        read=Perm.SAMPLE_READ,
        site="site_id",
        product="product_id",
        patient="sample__patient_id",
        assigned="sample",
    )

    class Meta:
        ordering = ("kit", "number")
        constraints = (
            models.UniqueConstraint(fields=("kit", "number"), name="kit_item_order"),
            models.CheckConstraint(
                condition=Q(deviation="") | Q(sample__isnull=False), name="kit_deviation_of_use"
            ),
        )

    def __str__(self) -> str:
        return f"{self.specimen} {self.tubes}"


class KitStep(models.Model):
    """One step of a kit, in a row that is never changed.

    A wrong row is followed by one that `replaces` it; with `taken_back` the replacing row only
    says that the step did not happen. The moment of a use is that of the sample's collection.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, related_name="steps")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(help_text="Order of recording within the kit")
    step = models.CharField(max_length=20, choices=KIT_STEPS)
    happened_on = models.DateField(null=True)
    happened_at = models.DateTimeField(null=True, help_text="Only when the time was given")
    place = models.CharField(max_length=120, blank=True)
    carrier = models.CharField(max_length=120, blank=True)
    person = models.CharField(max_length=80, blank=True, help_text="Who took it at the site")
    reason = models.CharField(max_length=20, blank=True, choices=KIT_REASONS)
    note = models.CharField(max_length=500, blank=True)
    item = models.ForeignKey(KitItem, on_delete=models.PROTECT, related_name="uses", null=True)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="+", null=True)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", null=True, help_text="Of the sample"
    )
    deviation = models.CharField(max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True
    )
    taken_back = models.BooleanField(default=False)

    scope = Scope(
        read=Perm.SAMPLE_READ,
        site="site_id",
        product="product_id",
        patient="sample__patient_id",
        assigned="sample",
    )
    insert_only = True

    class Meta:
        ordering = ("kit", "number")
        constraints = (
            models.UniqueConstraint(fields=("kit", "number"), name="kit_step_order"),
            models.CheckConstraint(
                condition=Q(step__in=[kind.value for kind in KitStepKind]), name="kit_step_known"
            ),
            models.CheckConstraint(
                condition=Q(happened_at__isnull=True) | Q(happened_on__isnull=False),
                name="kit_step_time_has_day",
            ),
            models.CheckConstraint(
                condition=Q(taken_back=False) | Q(replaces__isnull=False),
                name="kit_step_taken_back_replaces",
            ),
            models.CheckConstraint(
                condition=(Q(step="USE") & Q(item__isnull=False, sample__isnull=False))
                | (~Q(step="USE") & Q(item__isnull=True, sample__isnull=True, deviation="")),
                name="kit_use_has_sample",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kit_id} {self.step}"
