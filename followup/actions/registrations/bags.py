"""The numbers of the bags of an infusion that two registrations record."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core.confirmations import Question
from followup.core.templatetags.everwatch import listed
from followup.domain.infusion_details import NAMES
from followup.models import Patient
from followup.queries import infusion_details
from followup.queries import registrations as queries

_ALONE = gettext_lazy(
    "Only %(left)s records of this infusion: %(names)s. This stays with the registration that is"
    " merged; enter it with %(kept)s. Go on?"
)


def questions(leaving: Patient, staying: Patient) -> list[Question]:
    """Whether infusions of one product and day are one; each bag has a number of its own."""
    text = _(
        "On %(day)s each registration has an infusion of one product, %(left)s and %(kept)s."
        " It counts once, with the number %(kept)s. Was it one infusion?"
    )
    asked = []
    for twin in queries.twin_numbers(leaving.id, staying.id):
        about = f"{twin.leaving}/{twin.staying}"
        numbers = {"day": twin.day, "left": twin.leaving, "kept": twin.staying}
        asked.append(Question("merge_infusion", text % numbers, "study_code", about=about))
        if twin.alone:
            names = [infusion_details.title(name) for name in NAMES if name in twin.alone]
            words = str(_ALONE) % (numbers | {"names": listed(names)})
            asked.append(Question("merge_details", words, "study_code", about=about))
    return asked
