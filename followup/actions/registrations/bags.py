"""The numbers of the bags of an infusion that two registrations record."""

from django.utils.translation import gettext as _

from followup.core.confirmations import Question
from followup.models import Patient
from followup.queries import registrations as queries


def questions(leaving: Patient, staying: Patient) -> list[Question]:
    """Whether infusions of one product and day are one; each bag has a number of its own."""
    text = _(
        "On %(day)s each registration has an infusion of one product, %(left)s and %(kept)s."
        " It counts once, with the number %(kept)s. Was it one infusion?"
    )
    return [
        Question(
            "merge_infusion",
            text % {"day": twin.day, "left": twin.leaving, "kept": twin.staying},
            "study_code",
            about=f"{twin.leaving}/{twin.staying}",
        )
        for twin in queries.twin_numbers(leaving.id, staying.id)
    ]
