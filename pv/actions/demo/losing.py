"""Recording that a patient is lost, after the tries that prove it."""

from datetime import date

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import Patient


@action("demo.lose", needs=Perm.PATIENT_WRITE)
def lose(actor: Actor, patient: Patient, *, on: date) -> Patient:
    """Call a living patient lost from a day on; a later contact takes it back."""
    row = Patient.objects.select_for_update().get(id=patient.id)
    if row.vital_status != Patient.VitalStatus.DEAD:
        row.follow_up_state, row.state_since = Patient.FollowUpState.LOST, on
        row.version += 1
        row.save(update_fields=["follow_up_state", "state_since", "version"])
    return row
