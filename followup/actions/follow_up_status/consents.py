"""Consents after the first: a further paper, a withdrawal by purpose, and its undoing."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import consent_papers
from followup.actions.consent_papers import ConsentInput
from followup.actions.follow_up_status import states
from followup.core import clock, confirmations
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.domain.visits import FollowUpState
from followup.models import Consent, ConsentWithdrawal, Identity, Patient
from followup.models.states import PATIENT_FOLLOW_UP
from followup.queries import consents as queries
from followup.queries import follow_up_status, identity


@action("consent.withdraw", needs=Perm.PATIENT_WRITE)
def withdraw(
    actor: Actor,
    consent: Consent,
    *,
    withdrawn_on: date,
    purposes: Collection[str] = (),
    reason: str = "",
) -> Consent:
    """Note a withdrawal, of the whole paper or of some `purposes`.

    Without a consent to follow-up nothing new is collected from that day, without one to samples
    none is taken or sent, without one to the holder the holder sees the patient no more. What was
    collected before stays, and what the law already asks to report stays due. `purposes` that are
    named end on papers signed before as well; the rest of this paper goes on in a row of its own.
    """
    patient = states.locked(consent.patient)
    row = Consent.objects.select_for_update().get(id=consent.id)
    problems: dict[str, Any] = {}
    if row.withdrawn_on is not None:
        raise Refused(_("This consent was withdrawn before."))
    if withdrawn_on > clock.today():
        problems["withdrawn_on"] = _("The withdrawal cannot be later than today.")
    elif withdrawn_on < row.signed.earliest:
        problems["withdrawn_on"] = _("The withdrawal cannot be before the consent (%(day)s).") % {
            "day": row.signed.isoformat()
        }
    if not row.purposes or set(purposes) - set(row.purposes):
        problems["purposes"] = _("The patient did not agree to this on that form.")
    if problems:
        raise Refused(problems)
    ConsentWithdrawal.objects.create(
        patient_id=row.patient_id,
        site_id=row.site_id,
        consent=row,
        purposes=[code for code in row.purposes if not purposes or code in purposes],
        withdrawn_on=withdrawn_on,
        earlier_too=bool(purposes),
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )
    consent_papers.settle(patient)
    states.settle(patient)
    row.refresh_from_db()
    return row


@action("consent.undo_withdrawal", needs=Perm.PATIENT_WRITE)
def undo_withdrawal(actor: Actor, withdrawal: ConsentWithdrawal, *, reason: str) -> None:
    """Undo a withdrawal that was recorded by mistake; what it ended counts again.

    A patient who agrees again after a withdrawal signs a paper; this is for a slip alone.
    """
    patient = states.locked(withdrawal.patient)
    row = ConsentWithdrawal.objects.select_for_update().get(id=withdrawal.id)
    if row.undone_at is not None:
        raise Refused(_("This withdrawal was undone before."))
    if not reason.strip():
        raise Refused({"reason": _("Say why the withdrawal was wrong.")})
    row.undone_at = clock.now()
    row.save(update_fields=["undone_at"])
    consent_papers.settle(patient)
    states.settle(patient)


@action("consent.add", needs=Perm.PATIENT_WRITE)
def add(
    actor: Actor, patient: Patient, *, given: ConsentInput, confirmed: Collection[str] = ()
) -> Consent:
    """A further signed consent; one to follow-up takes a withdrawn patient in again."""
    row = states.locked(patient)
    state = PATIENT_FOLLOW_UP.of(row)
    form, problems, questions = consent_papers.check(
        consent_papers.known(given),
        queries.fitting_patient(row),
        today=clock.today(),
        born=_born(row),
    )
    renews = follow_up_status.FOLLOW_UP in given.purposes
    withdrawn = state is FollowUpState.WITHDRAWN_NEW_DATA
    signed = consent_papers.signed_on(consent_papers.known(given))
    if renews and withdrawn and signed and signed.earliest < row.state_since:
        # An older paper cannot overrule what the patient said after it.
        problems["given_on"] = _("Signed before the withdrawal (%(day)s): it renews nothing.") % {
            "day": row.state_since
        }
    if problems:
        raise Refused(problems)
    confirmations.settle(questions, confirmed)
    consent = consent_papers.insert(row, given, form)
    consent_papers.settle(row)
    states.settle(row)
    consent.refresh_from_db()
    return consent


def _born(patient: Patient) -> PartialDate | None:
    """The birth date as far as it is recorded; the year alone without an identity."""
    row = Identity.objects.filter(patient=patient).first()
    text = identity.decrypted(row, "birth_date") if row else ""
    if text:
        return PartialDate.from_iso(text)
    return PartialDate(patient.birth_year) if patient.birth_year else None
