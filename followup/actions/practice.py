"""Practice patients: invented people to learn the product on, and the end of one."""

from typing import Any

from django.utils.translation import gettext as _

from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.practice import is_invented
from followup.models import Patient, PracticePatient, RetiredPatient


def infusion_problems(chain_of_identity: str, *, practice: bool) -> dict[str, Any]:
    """What is wrong with whose bag it is: practice has none, a real patient has a real one.

    So a number of practice never keeps the number of a real bag.
    """
    if not chain_of_identity.strip() or is_invented(chain_of_identity) is practice:
        return {}
    if practice:
        text = _("A practice patient has no real bag: invent a number that begins with PRACTICE-.")
    else:
        text = _("This number is of practice: copy the bag's, or register a practice patient.")
    return {"chain_of_identity": text}


def identity_problems(national_id: str, *, practice: bool) -> dict[str, Any]:
    """A document is somebody's: a practice patient who had it would keep a real one out."""
    if practice and national_id.strip():
        return {"national_id": _("A practice patient is nobody: leave the identity number empty.")}
    return {}


def mixing(one: Patient, other: Patient) -> str:
    """Why records cannot go from one patient to the other; empty when both are of one kind."""
    if one.practice is other.practice:
        return ""
    return _("One of the two is a practice patient: nothing goes from practice to a real record.")


@part
def mark(patient: Patient) -> None:
    """Make a patient who was registered this moment one of practice."""
    PracticePatient.objects.create(patient=patient)


@action("practice.change", needs=Perm.PATIENT_WRITE)
def change(actor: Actor, patient: Patient, *, practice: bool) -> Patient:
    """Refused always, with what to do instead: what was real stays real, and the reverse."""
    if practice is patient.practice:
        raise Refused(_("Nothing is different from what is recorded."))
    if practice:
        raise Refused(
            _(
                "A real patient never becomes a practice patient: figures and reports may hold the"
                " records already. Ask for the registration to be voided."
            )
        )
    raise Refused(
        _(
            "A practice patient never becomes a real one: what was recorded is invented. End the"
            " practice patient and register the person."
        )
    )


@action("practice.end", needs=Perm.PATIENT_WRITE)
def end(actor: Actor, patient: Patient) -> Patient:
    """Put a practice patient out of every list; what was recorded stays in the trail."""
    row = Patient.objects.select_for_update().get(id=patient.id)
    if not row.practice:
        raise Refused(_("This is no practice patient: ask for the registration to be voided."))
    if RetiredPatient.objects.filter(patient=row).exists():
        raise Refused(_("This practice patient is ended already."))
    RetiredPatient.objects.create(patient=row, survivor=None, study_code=row.study_code)
    row.version += 1
    row.save(update_fields=["version"])
    return row
