"""Locks of signed contacts: put by an investigator's signature, lifted with a reason.

A locked contact is changed by nobody, through whatever door; see `require_open`.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.models import Signature
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.facts import RecordSigned
from followup.domain.visits import INVESTIGATOR
from followup.models import Patient, Visit, VisitCut, VisitLock
from followup.queries import visit_locks as queries

VISIT, CUT = "visit", "visit_cut"


def problem(visits: Iterable[UUID]) -> str:
    """Why these contacts cannot be changed; empty when none is locked."""
    if not queries.locked(visits):
        return ""
    return _(
        "An investigator signed these data: they are locked. Whoever may sign unlocks them with a"
        " reason first; the signature then stands no longer."
    )


def require_open(*visits: Visit, moves_to: date | None = None) -> None:
    """Refused when one of these contacts is signed and locked, or its new day lies in signed days.

    A contact that was unlocked alone keeps its day, and is corrected where it was signed.
    """
    if text := problem(visit.id for visit in visits):
        raise Refused(text, code="locked")
    for visit in visits:
        if moves_to is not None and moves_to != visit.contact_on:
            require_day_open(visit.patient, moves_to)


def require_day_open(patient: Patient, day: date) -> None:
    """Refused when the data of this day were signed as a whole: nothing is added to them."""
    cut = queries.cut_over(patient.id, day)
    if cut is not None:
        text = _(
            "The contacts up to %(day)s were signed and are locked. Whoever may sign unlocks them"
            " with a reason first."
        )
        raise Refused({"contact_on": text % {"day": cut.until.isoformat()}}, code="locked")


def patient_problems(*patients: Patient) -> dict[str, Any]:
    """Why the records of these patients cannot move or be voided."""
    for patient in patients:
        held = VisitLock.objects.filter(patient=patient, unlocked_at__isnull=True).exists()
        signed = VisitCut.objects.filter(
            patient=patient, signed_at__isnull=False, unlocked_at__isnull=True
        )
        if held or signed.exists():
            text = _("Contacts of %(code)s are signed and locked: they are unlocked first.")
            return {"": text % {"code": patient.study_code}}
    return {}


@action("visit_cut.make", needs=Perm.VISIT_SIGN)
def make_cut(actor: Actor, patient: Patient, *, until: date) -> VisitCut:
    """All contacts up to a day, to be read and signed as one; one of that day may wait already."""
    if until >= clock.today():
        raise Refused({"until": _("Choose a day before today: contacts of today may still come.")})
    if not queries.standing(patient.id, until).exists():
        raise Refused({"until": _("No contact is recorded up to this day.")})
    waiting = VisitCut.objects.filter(patient=patient, until=until, signed_at__isnull=True)
    return waiting.first() or VisitCut.objects.create(
        patient=patient,
        site_id=patient.site_id,
        until=until,
        made_by_id=actor.id,
        made_at=clock.now(),
    )


@part
def on_signature(actor: Actor, fact: RecordSigned) -> None:
    """Lock what an investigator signed, in the transaction of the signature."""
    if fact.meaning != INVESTIGATOR:
        return
    if fact.kind == VISIT:
        visit = Visit.objects.select_for_update(of=("self",)).get(id=fact.record)
        Patient.objects.select_for_update().get(id=visit.patient_id)
        if visit.undone_at or hasattr(visit, "replaced_by"):
            raise Refused(_("This contact was corrected or undone: sign the one that stands."))
        _lock(actor, [visit], None)
    elif fact.kind == CUT:
        cut = VisitCut.objects.select_for_update(of=("self",)).get(id=fact.record)
        Patient.objects.select_for_update().get(id=cut.patient_id)
        if cut.signed_at is not None:
            raise Refused(_("These data were signed before."))
        cut.signed_at = clock.now()
        cut.save(update_fields=["signed_at"])
        _lock(actor, _as_signed(cut), cut)


def _as_signed(cut: VisitCut) -> list[Visit]:
    """The contacts of a cut; Conflict when one came in while it was read and signed."""
    signed = Signature.objects.filter(kind=CUT, record_id=str(cut.id)).order_by("-signed_at")
    shown = signed.values_list("content", flat=True).first() or ""
    rows = list(queries.standing(cut.patient_id, cut.until))
    if any(str(row.id) not in shown for row in rows):
        raise Conflict()
    return rows


@part
def _lock(actor: Actor, visits: Iterable[Visit], cut: VisitCut | None) -> None:
    rows = list(visits)
    held = queries.locked(row.id for row in rows)
    if cut is None and held:
        raise Refused(_("This contact is signed and locked already."))
    for row in rows:
        if row.id not in held:
            VisitLock.objects.create(
                visit=row,
                cut=cut,
                patient_id=row.patient_id,
                site_id=row.site_id,
                product_id=row.product_id,
                locked_by_id=actor.id,
                locked_at=clock.now(),
            )


@action("visit_lock.unlock", needs=Perm.VISIT_SIGN)
def unlock(actor: Actor, lock: VisitLock, *, reason: str) -> VisitLock:
    """Lift the lock of one contact; the signature stands no longer.

    Of a data cut the other contacts stay locked, and the cut takes no further contact.
    """
    Patient.objects.select_for_update().get(id=lock.patient_id)
    row = VisitLock.objects.select_for_update(of=("self",)).get(id=lock.id)
    if row.unlocked_at is not None:
        raise Refused(_("This was unlocked before."))
    _lift(actor, row, reason)
    return row


@action("visit_cut.unlock", needs=Perm.VISIT_SIGN)
def unlock_cut(actor: Actor, cut: VisitCut, *, reason: str) -> VisitCut:
    """Lift a data cut with the locks it put; contacts signed alone stay locked."""
    Patient.objects.select_for_update().get(id=cut.patient_id)
    row = VisitCut.objects.select_for_update(of=("self",)).get(id=cut.id)
    if row.signed_at is None or row.unlocked_at is not None:
        raise Refused(_("There is nothing to unlock."))
    _lift(actor, row, reason)
    for lock in VisitLock.objects.select_for_update().filter(cut=row, unlocked_at__isnull=True):
        _lift(actor, lock, reason)
    return row


@part
def _lift(actor: Actor, row: VisitLock | VisitCut, reason: str) -> None:
    if not reason.strip():
        raise Refused({"reason": _("Say why the data are unlocked.")})
    row.unlocked_at, row.unlocked_by_id = clock.now(), actor.id
    row.unlock_reason = reason.strip()
    row.save(update_fields=["unlocked_at", "unlocked_by", "unlock_reason"])
