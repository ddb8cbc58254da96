"""Whether something may be collected of a patient on a day: after a withdrawal, after a death."""

from datetime import date

from django.utils.translation import gettext as _

from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.domain.visits import FollowUpState
from followup.models import Patient


def check_consent(patient: Patient, on: date, *, field: str) -> None:
    """Refused at `field` for a day on which the consent to follow-up was withdrawn already.

    What was found before that day may still be recorded.
    """
    withdrawn = patient.follow_up_state == FollowUpState.WITHDRAWN_NEW_DATA
    if withdrawn and on >= patient.state_since:
        raise Refused(
            {field: _("Consent to follow-up was withdrawn: nothing new may be collected.")}
        )


def check_alive(patient: Patient, on: date, *, field: str) -> None:
    """Refused at `field` for a day after the death, as far as its date is known."""
    died = patient.died_on_text
    if died and on > PartialDate.from_iso(died).latest:
        raise Refused({field: _("The patient had died before this day. Check the date.")})
