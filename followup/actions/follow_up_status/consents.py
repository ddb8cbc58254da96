"""Consents after the first: withdrawn, and given again."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.follow_up_status import states
from followup.actions.patients import ConsentInput, consent_problems
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.visits import FollowUpState
from followup.models import Consent, Patient
from followup.models.states import PATIENT_FOLLOW_UP
from followup.queries import follow_up_status


@action("consent.withdraw", needs=Perm.PATIENT_WRITE)
def withdraw(
    actor: Actor,
    consent: Consent,
    *,
    withdrawn_on: date,
    purposes: Collection[str] = (),
    reason: str = "",
) -> Consent:
    """Note a withdrawal, of the whole consent or of some `purposes` of it.

    Without a consent to follow-up nothing new is collected from that day, without one to samples
    none is taken or sent, without one to the holder the holder sees the patient no more. What was
    collected before stays, and what the law already asks to report stays due. Of a withdrawal in
    part the row keeps what was withdrawn, and the rest of the paper goes on in a row of its own.
    """
    row = Consent.objects.select_for_update().get(id=consent.id)
    problems: dict[str, Any] = {}
    if row.withdrawn_on is not None:
        raise Refused(_("This consent was withdrawn before."))
    if withdrawn_on > clock.today():
        problems["withdrawn_on"] = _("The withdrawal cannot be later than today.")
    elif withdrawn_on < row.given_on:
        problems["withdrawn_on"] = _("The withdrawal cannot be before the consent (%(day)s).") % {
            "day": row.given_on
        }
    if set(purposes) - set(row.purposes):
        problems["purposes"] = _("The patient did not agree to this on that form.")
    if problems:
        raise Refused(problems)
    kept = [code for code in row.purposes if purposes and code not in purposes]
    if kept:
        Consent.objects.create(
            patient_id=row.patient_id,
            site_id=row.site_id,
            form_version=row.form_version,
            purposes=kept,
            given_on=row.given_on,
            recorded_at=clock.now(),
        )
        row.purposes = [code for code in row.purposes if code in purposes]
    row.withdrawn_on = withdrawn_on
    row.save(update_fields=["purposes", "withdrawn_on"])
    states.settle(states.locked(row.patient))
    return row


@action("consent.add", needs=Perm.PATIENT_WRITE)
def add(actor: Actor, patient: Patient, *, given: ConsentInput) -> Consent:
    """A further signed consent; one to follow-up takes a withdrawn patient in again."""
    row = states.locked(patient)
    state = PATIENT_FOLLOW_UP.of(row)
    problems = consent_problems(given, clock.today())
    renews = follow_up_status.FOLLOW_UP in given.purposes
    withdrawn = state is FollowUpState.WITHDRAWN_NEW_DATA
    if renews and withdrawn and given.given_on < row.state_since:
        # An older paper cannot overrule what the patient said after it.
        problems["given_on"] = _("Signed before the withdrawal (%(day)s): it renews nothing.") % {
            "day": row.state_since
        }
    if problems:
        raise Refused(problems)
    consent = Consent.objects.create(
        patient=row,
        site_id=row.site_id,
        form_version=given.form_version.strip(),
        purposes=list(given.purposes),
        given_on=given.given_on,
        recorded_at=clock.now(),
    )
    states.settle(row)
    return consent
