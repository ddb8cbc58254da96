"""Who a patient is: encrypted values and keyed blind indexes, apart from clinical data."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.data_keys import DataKey
from followup.models.patients import Patient
from followup.models.sites import Site

_EMPTY = Q(
    name_sealed="",
    readings_sealed="",
    document_kind="",
    national_id_sealed="",
    birth_date_sealed="",
    contacts_sealed="",
    address_sealed="",
    hospital_number_sealed="",
    national_id_index__isnull=True,
    birth_date_index__isnull=True,
    tokens__len=0,
)


class IdentityManager(models.Manager["Identity"]):
    """Each row comes with the key that opens it, in the same statement."""

    def get_queryset(self) -> models.QuerySet["Identity"]:
        """The rows with `wrapped`, which is NULL once the key is destroyed."""
        key = DataKey.objects.filter(owner=OuterRef("patient_id")).values("wrapped")
        columns = {"wrapped": Subquery(key)}  # not a keyword: the plugin takes it for a field twice
        return super().get_queryset().annotate(**columns)


class Identity(models.Model):
    """Name, identity document, contacts, address and birth date of one patient, all sealed.

    One document stands for one person in the whole register. `repeats` marks rows written before
    that was refused, whose number another patient already has: they wait for their correction.
    """

    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, primary_key=True, related_name="identity"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name_sealed = models.TextField()
    readings_sealed = models.TextField(blank=True)
    document_kind = models.CharField(max_length=20, blank=True)
    national_id_sealed = models.TextField(blank=True)
    birth_date_sealed = models.TextField(blank=True)
    contacts_sealed = models.TextField(blank=True)
    address_sealed = models.TextField(blank=True)
    hospital_number_sealed = models.TextField(blank=True)
    national_id_index = models.BinaryField(max_length=16, null=True)
    birth_date_index = models.BinaryField(max_length=16, null=True)
    repeats = models.BooleanField(default=False)
    tokens = ArrayField(models.BinaryField(max_length=16), default=list)
    version = models.PositiveIntegerField(default=1)
    erased_on = models.DateField(null=True)

    objects = IdentityManager()
    wrapped: str | None

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id", follows=True)
    # Made again from the sealed values; a copy of them would let a name be tried for ever.
    out_of_trail = ("national_id_index", "birth_date_index", "tokens")

    class Meta:
        indexes = (
            GinIndex(fields=("tokens",), name="identity_tokens"),
            models.Index(fields=("site", "national_id_index"), name="identity_national_id"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("national_id_index",),
                condition=Q(repeats=False),
                name="one_document_one_person",
            ),
            models.CheckConstraint(
                condition=Q(erased_on__isnull=True) | _EMPTY, name="erased_identity_is_empty"
            ),
        )

    def __str__(self) -> str:
        return str(self.patient_id)
