"""Consents: which version, for which purposes, signed by whom, refused and withdrawn when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.dates import PartialDate
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site


class ConsentVersion(models.Model):
    """A version of a consent form as a site uses it, for one product or protocol, or for all.

    `renews` demands that whoever signed an earlier version signs again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="consent_versions")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    protocol = models.CharField(max_length=40, blank=True, help_text="Code; empty means any")
    code = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    purposes = ArrayField(models.CharField(max_length=30))
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    document_sha256 = models.CharField(max_length=64)
    renews = models.BooleanField(default=False)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.PATIENT_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("site", "product", "protocol", "code"),
                nulls_distinct=False,
                name="consent_version_once",
            ),
            models.CheckConstraint(condition=~Q(purposes=[]), name="consent_version_asks"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="consent_version_in_order",
            ),
            models.CheckConstraint(
                condition=Q(document_sha256__regex=r"^[0-9a-f]{64}$"),
                name="consent_version_has_hash",
            ),
        )

    def __str__(self) -> str:
        return self.code


class Consent(models.Model):
    """Purposes of one signed paper that share one fate. Withdrawal keeps what was lawful before.

    `withdrawn_on`, the first day without, follows from all papers and withdrawals of the patient;
    a paper whose purposes end on different days has a row for each day, all naming its first row
    as `paper`. `given_on` is the day it counts from, `given_on_text` what is known of the day it
    was signed where that is no full date.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    paper = models.ForeignKey("self", on_delete=models.PROTECT, related_name="parts", null=True)
    form = models.ForeignKey(
        ConsentVersion, on_delete=models.PROTECT, related_name="consents", null=True
    )
    form_version = models.CharField(max_length=40, help_text="As printed on the paper")
    purposes = ArrayField(models.CharField(max_length=30))
    refused = ArrayField(models.CharField(max_length=30), default=list)
    signed_by = models.CharField(max_length=10, blank=True, help_text="Empty: not recorded")
    assent = models.CharField(max_length=10, blank=True, help_text="Of a child; empty: not asked")
    given_on = models.DateField()
    given_on_text = models.CharField(max_length=7, blank=True, help_text="Year, or year and month")
    withdrawn_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(
        read=Perm.PATIENT_READ,
        site="site_id",
        product="patient__infusions__product_id",
        patient="patient_id",
        follows=True,
        former="patient_id",
    )

    class Meta:
        indexes = (
            models.Index(
                fields=("patient",), condition=Q(signed_by="GUARDIAN"), name="consent_guardian"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("given_on")),
                name="withdrawn_after_given",
            ),
            models.CheckConstraint(
                condition=~Q(purposes=[]) | ~Q(refused=[]), name="consent_has_purpose"
            ),
            models.CheckConstraint(
                condition=Q(signed_by__in=("", "PATIENT", "GUARDIAN", "PROXY")),
                name="consent_signer_known",
            ),
        )

    def __str__(self) -> str:
        return self.form_version

    @property
    def signed(self) -> PartialDate:
        """The day it was signed, as far as it is known."""
        text = self.given_on_text
        return PartialDate.from_iso(text) if text else PartialDate.of(self.given_on)


class ConsentWithdrawal(models.Model):
    """What was withdrawn on a day, said of one paper. Undone ones stay, and count no more.

    `earlier_too` ends the same purposes on papers signed before: they were named when withdrawn.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="consent_withdrawals"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="withdrawals")
    purposes = ArrayField(models.CharField(max_length=30))
    withdrawn_on = models.DateField()
    earlier_too = models.BooleanField(default=False)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField(null=True, help_text="Empty: before it was kept")
    undone_at = models.DateTimeField(null=True)

    scope = Scope(
        read=Perm.PATIENT_READ,
        site="site_id",
        product="patient__infusions__product_id",
        patient="patient_id",
        follows=True,
        former="patient_id",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(purposes=[]), name="withdrawal_has_purpose"),
        )

    def __str__(self) -> str:
        return str(self.withdrawn_on)
