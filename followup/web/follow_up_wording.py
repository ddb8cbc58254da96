"""Why a patient is not called, in words, and the lawful way on."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from followup.domain.deaths import cause
from followup.web.code_choices import label
from followup.web.date_tags import shown_date

KINDS = {
    "ACTIVE": "running",
    "LOST_PROVISIONAL": "query",
    "LOST": "lost",
    "WITHDRAWN_NEW_DATA": "withdrawn",
    "TRANSFERRED": "elsewhere",
    "DEAD": "dead",
}
AUTOPSY = {
    "YES": pgettext_lazy("death", "autopsy done"),
    "NO": pgettext_lazy("death", "no autopsy"),
    "UNKNOWN": pgettext_lazy("death", "whether there was an autopsy is not known"),
}


@dataclass(frozen=True, slots=True)
class Closed:
    """Why nobody is to call, and what may be recorded all the same."""

    why: str
    way: str


def closed(patient: Any) -> Closed | None:
    """None while the patient may be called."""
    words = {"day": patient.state_since}
    match patient.follow_up_state:
        case "WITHDRAWN_NEW_DATA":
            why = _("The consent to follow-up was withdrawn on %(day)s: nobody is to call.")
            way = _("Only a death that becomes known may still be recorded.")
        case "TRANSFERRED":
            why = _("Another hospital follows this patient since %(day)s: nobody is to call.")
            way = _("A contact that happened all the same brings the patient back.")
        case "DEAD":
            return Closed(
                _("This patient is dead: %(death)s.") % {"death": death(patient)},
                _("A contact before the death may still be recorded."),
            )
        case _other:
            return None
    return Closed(why % words, way)


def death(patient: Any) -> str:
    """Date, cause, autopsy and relation of a death; a cause nobody told is said to be unknown."""
    told = cause(patient.death_cause, patient.death_cause_code)
    parts = [shown_date(patient.died_on_text), told or _("cause not known")]
    if patient.autopsy:
        parts.append(str(AUTOPSY.get(patient.autopsy, patient.autopsy)))
    if patient.death_related:
        relation = label("death_relation", patient.death_related)
        parts.append(_("relation to the treatment: %(relation)s") % {"relation": relation})
    return " · ".join(parts)


def state(patient: Any) -> str:
    """The state of follow-up and since when; of the dead their day of death stands beside it."""
    name = label("patient_followup_state", patient.follow_up_state)
    if patient.follow_up_state == "DEAD":
        return name
    return _("%(state)s since %(day)s") % {"state": name, "day": patient.state_since}
