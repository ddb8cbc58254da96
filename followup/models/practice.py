"""Which patients are practice patients: set with the registration, for good."""

from uuid import UUID

from django.db import models
from django.db.models import F

from followup.core import scope
from followup.core.scope import Scope
from followup.models.patients import Patient


class PracticePatient(models.Model):
    """That a patient is invented, to learn the product on; counts nowhere and leaves no hospital.

    It holds numbers only, so that everyone's counts can leave it out. A trigger refuses a row for
    a patient of whom something is recorded, and any change of a row: nobody becomes a practice
    patient, or a real one, later.
    """

    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, primary_key=True, related_name="practice_row"
    )

    scope = Scope(reference=True)

    def __str__(self) -> str:
        return str(self.patient_id)


class RealPerson(models.Func):
    """Whether the patient of a row is no practice patient: one look at a short list a statement."""

    template = (
        "(%(expressions)s <> ALL (ARRAY(SELECT patient_id FROM followup_practicepatient)))"
        " IS NOT FALSE"
    )
    output_field = models.BooleanField()
    arity = 1


def _is_practice(patient: UUID) -> bool:
    return PracticePatient.objects.filter(patient_id=patient).exists()


scope.state_practice(lambda path: RealPerson(F(path)), _is_practice)
