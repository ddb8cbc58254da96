"""Who may be the same person, with the fields that agree, in words."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from followup.core.actor import Actor
from followup.queries import identity, patients
from followup.queries.duplicates import Agreement, Doubt

WORDS = {
    Agreement.DOCUMENT: gettext_lazy("same identity document"),
    Agreement.NAME: gettext_lazy("same name"),
    Agreement.SOUND: gettext_lazy("name sounds the same"),
    Agreement.BIRTH_DATE: gettext_lazy("same birth date"),
    Agreement.PHONE: gettext_lazy("same telephone number"),
    Agreement.HOSPITAL_NUMBER: gettext_lazy("same hospital number"),
}


def suspects(actor: Actor, doubts: Sequence[Doubt]) -> list[dict[str, Any]]:
    """The known patients of some doubts, masked, each with what agrees."""
    if not doubts:
        return []
    agrees = {doubt.patient_id: [WORDS[a] for a in doubt.agrees] for doubt in doubts}
    known = patients.many(actor, list(agrees))
    shown = identity.masked(actor, list(agrees))
    return [{"patient": p, "person": shown.get(p.id), "agrees": agrees[p.id]} for p in known]
