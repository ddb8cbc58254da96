"""Which patients a role reaches that is not in their care: by consent, or by a reported event."""

from django.db.models import Exists, OuterRef, Q

from followup.core import scope
from followup.core.permissions import Basis
from followup.domain.consents import Purpose
from followup.models.consents import Consent
from followup.models.events import AdverseEvent


def agreed(patient: OuterRef) -> Q:
    """A consent to passing coded data to the holder, in force."""
    rows = Consent.objects.filter(patient_id=patient, withdrawn_on__isnull=True)
    return Q(Exists(rows.filter(purposes__contains=[Purpose.HOLDER.value])))


def _owed(patient: OuterRef) -> Q:
    """The same, or an event that was reported: its case needs the patient's coded data."""
    return agreed(patient) | Q(Exists(AdverseEvent.objects.filter(patient_id=patient)))


scope.state_bases({Basis.CONSENT: agreed, Basis.DUTY: _owed})
