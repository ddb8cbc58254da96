"""Transfers of patients between sites of the register, and where a patient was followed."""

from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from followup.core import scope, stored_words
from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.scope import Scope, SitesOfPatients
from followup.domain.transfers import OPEN, TransferState
from followup.models.infusions import Infusion
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site
from followup.models.transfer_states import TRANSFER


class PatientTransfer(models.Model):
    """That another site is asked to follow a patient, and what came of it.

    The site that is asked cannot see the patient yet: the row itself says what it needs to decide.
    `code` is the study number when it was asked, `new_code` the one at the other site where that
    had somebody of the number; `moved` are the rows that went along, by table.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="transfers")
    from_site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    to_site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=30)
    new_code = models.CharField(max_length=30, blank=True)
    infused_on = models.DateField()
    next_due = models.DateField(null=True, help_text="Last day of the next visit's window")
    state = models.CharField(max_length=10, choices=TRANSFER.choices, default=TransferState.ASKED)
    reason = models.TextField()
    proposed_on = models.DateField(help_text="Effective day as asked")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField()
    effective_on = models.DateField(null=True, help_text="First day the other site follows")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(blank=True, help_text="Why refused or withdrawn")
    decision_words = models.JSONField(default=dict, help_text="By which it is read in any language")
    in_force_at = models.DateTimeField(null=True)
    moved = models.JSONField(default=dict)

    scope = Scope(
        read=Perm.PATIENT_READ,
        site="to_site_id",
        other_site="from_site_id",
        product="product_id",
        patient="patient_id",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=TRANSFER.known(), name="transfer_state_known"),
            models.CheckConstraint(
                condition=~Q(from_site=F("to_site")), name="transfer_to_another_site"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="transfer_has_reason"),
            models.CheckConstraint(
                condition=Q(state="ASKED", decided_at__isnull=True, effective_on__isnull=True)
                | Q(state="ACCEPTED", decided_at__isnull=False, effective_on__isnull=False)
                | Q(state="IN_FORCE", in_force_at__isnull=False, effective_on__isnull=False)
                | (Q(state__in=("REFUSED", "WITHDRAWN")) & ~Q(decision_note="")),
                name="transfer_decided",
            ),
            models.UniqueConstraint(
                fields=("patient",),
                condition=Q(state__in=[state.value for state in OPEN]),
                name="one_open_transfer",
            ),
        )
        indexes = (
            models.Index(fields=("to_site", "-asked_at"), name="transfer_to"),
            models.Index(fields=("from_site", "-asked_at"), name="transfer_from"),
            models.Index(
                fields=("effective_on",),
                condition=Q(state="ACCEPTED"),
                name="transfer_accepted",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.state}"

    @property
    def why_not(self) -> str:
        """Why refused or withdrawn; in the reader's language where the product found it."""
        return stored_words.told(self.decision_words, self.decision_note)


class PatientSite(models.Model):
    """A site that follows a transferred patient, or did before; nothing of any other patient.

    It holds numbers only, so that every list can ask it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="sites")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    follows = models.BooleanField()
    since = models.DateField(help_text="First day it followed, or ceased to")

    scope = Scope(reference=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("patient", "site"), name="site_of_patient_once"),
            models.UniqueConstraint(
                fields=("patient",), condition=Q(follows=True), name="one_site_follows"
            ),
        )
        indexes = (models.Index(fields=("site", "follows"), name="site_of_patients"),)

    def __str__(self) -> str:
        return f"{self.patient_id} {self.site_id}"


class FollowedAt(models.Func):
    """Whether a site follows the patient of a row, or did: one look at a short list a statement."""

    template = (
        "(%(expressions)s = ANY (ARRAY(SELECT patient_id FROM followup_patientsite"
        " WHERE site_id = '%(site)s'::uuid AND follows = %(follows)s)))"
    )
    output_field = models.BooleanField()
    arity = 1


def followed_at(path: str, site: UUID | None, follows: bool) -> FollowedAt:
    """That a transferred patient is followed at a site now, or was before; of a patient's id."""
    key = UUID(str(site)) if site else UUID(int=0)  # of a grant without a site: nobody
    return FollowedAt(F(path), site=key, follows="true" if follows else "false")


def _among(patient: UUID) -> list[UUID]:
    rows = PatientSite.objects.filter(patient_id=patient).order_by("-follows", "id")
    return list(rows.values_list("site_id", flat=True))


def followed_there(now: PatientSite) -> str:
    """For somebody of a former site: where the patient is followed now, with its site read."""
    text = _(
        "Since %(day)s this patient is followed at %(site)s. What your hospital recorded stays"
        " readable; whatever is new is recorded there."
    )
    return text % {"day": now.since, "site": localized_name(now.site)}


def _refusal(patient: UUID, site: UUID) -> str:
    """Why a row of this site is not for somebody of another site of the patient."""
    now = PatientSite.objects.select_related("site").get(patient_id=patient, follows=True)
    if site == now.site_id:
        return followed_there(now)
    text = _(
        "%(site)s recorded this before the transfer and corrects it. Ask that hospital, or record"
        " what is new."
    )
    return text % {"site": localized_name(Site.objects.get(id=site))}


scope.state_sites(
    SitesOfPatients(
        followed_at,
        _among,
        _refusal,
        (PatientSite._meta.db_table, Infusion._meta.db_table),
    )
)
