"""Who may be the same person, with the fields that agree, in words."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from followup.core.actor import Actor
from followup.queries import identity, patients
from followup.queries.duplicates import Agreement, PossibleDuplicate

WORDS = {
    Agreement.DOCUMENT: gettext_lazy("same identity document"),
    Agreement.NAME: gettext_lazy("same name"),
    Agreement.SOUND: gettext_lazy("name sounds the same"),
    Agreement.BIRTH_DATE: gettext_lazy("same birth date"),
    Agreement.PHONE: gettext_lazy("same telephone number"),
    Agreement.HOSPITAL_NUMBER: gettext_lazy("same hospital number"),
}


def possible_duplicates(
    actor: Actor, duplicates: Sequence[PossibleDuplicate]
) -> list[dict[str, Any]]:
    """The registered patients of possible duplicates, masked, each with what agrees."""
    if not duplicates:
        return []
    agrees = {row.patient_id: [WORDS[a] for a in row.agrees] for row in duplicates}
    known = patients.many(actor, list(agrees))
    shown = identity.masked(actor, list(agrees))
    return [{"patient": p, "person": shown.get(p.id), "agrees": agrees[p.id]} for p in known]
