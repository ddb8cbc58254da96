"""Transfers between sites: what waits, what was, who follows a patient, what speaks against one."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from followup.core import naming, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.models import Grant
from followup.core.permissions import ROLES, Perm
from followup.core.row_security import contexts
from followup.domain.transfers import OPEN, TransferState
from followup.domain.visits import FollowUpState
from followup.models import (
    Identity,
    IdentityErasure,
    Infusion,
    Patient,
    PatientSite,
    PatientTransfer,
    PlannedVisit,
    RetiredPatient,
    Site,
)
from followup.models.transfers import followed_there
from followup.queries import registrations

PAGE = 50
_AT_ITS_SITE = Q(infused_site__isnull=True, site=OuterRef("pk"))
MOST = 100


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the site that is asked needs to know: product, day of infusion, next last day."""

    product: UUID
    infused_on: date
    next_due: date | None


def snapshot(patient: Patient) -> Snapshot | None:
    """The latest infusion of a patient and what is next; None without one that counts."""
    given = Infusion.objects.filter(patient=patient, retired=False).order_by("-infused_on").first()
    if given is None:
        return None
    ahead = PlannedVisit.objects.filter(patient=patient, state="PLANNED").order_by("due")
    return Snapshot(given.product_id, given.infused_on, ahead.values_list("due", flat=True).first())


def against(patient: Patient, *, besides: PatientTransfer | None = None) -> str:
    """Why a patient cannot be transferred now; empty where nothing speaks against it."""
    if patient.practice:
        return _("A practice patient stays where it was made.")
    if RetiredPatient.objects.filter(patient=patient).exists():
        return _("This registration was merged or voided.")
    if patient.vital_status == Patient.VitalStatus.DEAD:
        return _("The patient is dead: there is nothing left to follow.")
    if patient.follow_up_state == FollowUpState.WITHDRAWN_NEW_DATA:
        return _("Consent to follow-up was withdrawn: nothing may be passed on.")
    if registrations.open_decision([patient.id]):
        return _("A decision about this registration waits: it is decided first.")
    erasing = IdentityErasure.objects.filter(patient=patient).exclude(state="REFUSED").exists()
    if erasing or Identity.objects.filter(patient=patient, erased_on__isnull=False).exists():
        return _("The identity of this patient is erased, or is to be: nobody else could call.")
    waiting = PatientTransfer.objects.filter(patient=patient, state__in=OPEN)
    if besides is not None:
        waiting = waiting.exclude(id=besides.id)
        if besides.from_site_id != patient.site_id:
            return _("The patient is followed elsewhere meanwhile.")
    if waiting.exists():
        return _("A transfer of this patient waits already.")
    return ""


@dataclass(frozen=True, slots=True)
class TransferDestination:
    """A site that can be asked; `gave` says that it has infused the product itself."""

    site: Site
    gave: bool


@contexts.reads_whole
def destinations(patient: Patient) -> list[TransferDestination]:
    """The other sites of the register at which somebody can accept the patient, by their codes.

    Following takes no site that infuses the product; which do is told by what was infused.
    """
    given = Infusion.objects.filter(patient=patient, retired=False)
    products = list(given.order_by().values_list("product_id", flat=True))
    able = Grant.objects.in_force().filter(
        Q(all_products=True) | Q(product_id__in=products),
        Q(all_sites=True) | Q(site_id=OuterRef("pk")),
        role__in=[role for role, spec in ROLES.items() if Perm.PATIENT_WRITE in spec.permissions],
        user__is_active=True,
    )
    here = Infusion.objects.filter(Q(infused_site=OuterRef("pk")) | _AT_ITS_SITE)
    gave = here.filter(product_id__in=products, retired=False)
    rows = Site.objects.filter(Exists(able), is_active=True).exclude(id=patient.site_id)
    return [TransferDestination(row, row.gave) for row in rows.annotate(gave=Exists(gave))]


def _rows() -> QuerySet[PatientTransfer]:
    return PatientTransfer.objects.select_related(
        "from_site", "to_site", "product", "asked_by", "decided_by"
    ).defer("moved")


def page(actor: Actor, *, key: str = "") -> tuple[list[PatientTransfer], str]:
    """A page of the transfers from and to one's own sites, the latest first; the next key."""
    actor.require(Perm.PATIENT_READ)
    rows = scope.visible(actor, _rows())
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__lt=key)
    return keyset.page(rows.order_by("-id")[: PAGE + 1], PAGE, lambda row: str(row.id))


def one(actor: Actor, transfer_id: UUID | str) -> PatientTransfer:
    """One transfer; NotFound otherwise."""
    return scope.one(actor, _rows(), id=transfer_id)


def moved(transfer: PatientTransfer) -> list[tuple[str, int]]:
    """How many rows went along, by the name of their table."""
    rows = PatientTransfer.objects.filter(id=transfer.id).values_list("moved", flat=True)
    tables = {label: len(keys) for label, keys in (rows.first() or {}).items()}
    named = ((naming.table(apps.get_model(label)._meta.db_table), n) for label, n in tables.items())
    return sorted(named)


def of_patient(actor: Actor, patient: Patient) -> list[PatientTransfer]:
    """The transfers of a patient, the latest first."""
    return list(scope.visible(actor, _rows().filter(patient=patient)).order_by("-id")[:MOST])


def waiting(actor: Actor) -> int:
    """How many requests wait for an answer of one's own site."""
    if not actor.may(Perm.PATIENT_WRITE):
        return 0
    asked = PatientTransfer.objects.filter(state=TransferState.ASKED)
    rows = scope.counting(actor, asked, Perm.PATIENT_WRITE)
    return rows[: MOST + 1].count()


def followed_now(actor: Actor, patient: Patient) -> str:
    """For somebody of a former site: where the patient is followed now; empty for anybody else."""
    row = PatientSite.objects.select_related("site").filter(patient=patient, follows=True).first()
    if row is None or actor.may(Perm.PATIENT_READ, site=row.site_id):
        return ""
    return followed_there(row)


def former_numbers(codes: list[str], *, start: str = "") -> list[UUID]:
    """Patients who had one of these study numbers, or one of this start, at a site before."""
    rows = PatientTransfer.objects.filter(~Q(new_code=""), state=TransferState.IN_FORCE)
    rows = rows.filter(code__istartswith=start) if start else rows.filter(code__in=codes)
    return list(rows.values_list("patient_id", flat=True)[:MOST])
