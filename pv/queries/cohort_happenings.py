"""What happened first to each patient of a cohort, out of the rows a caller may read."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from followup.models import AdverseEvent, Visit
from pv.domain.cohorts.times import Happening
from pv.domain.malignancies import Level
from pv.models import WorkUp

# Contacts of the dead whose day of death is not known whole: "", "2026" or "2026-11".
OF_DEATHS_IN_PART = Q(patient__vital_status="DEAD") & ~Q(patient__died_on_text__regex="-.*-")


def first_malignancies(
    rows: QuerySet[AdverseEvent], product: UUID, last_day: date
) -> dict[UUID, Happening]:
    """Of readable events the first malignancy of each patient that no work-up excluded."""
    excluded = WorkUp.objects.filter(event=OuterRef("pk"), level=Level.EXCLUDED.value)
    rows = rows.filter(is_new_malignancy=True, withdrawn_at=None, aware_on__lte=last_day)
    rows = rows.filter(~Exists(excluded), patient__infusions__product=product)
    return _first(rows.values_list("patient_id", "onset_text", "aware_on", "id"))


def first_progressions(
    rows: QuerySet[Visit], product: UUID, last_day: date
) -> dict[UUID, Happening]:
    """Of readable contacts the first relapse or progression they told of, by patient."""
    rows = rows.filter(disease_status="PROGRESSION", undone_at=None)
    rows = rows.filter(replaced_by=None, contact_on__lte=last_day)
    rows = rows.filter(patient__infusions__product=product)
    return _first(rows.values_list("patient_id", "progressed_on_text", "contact_on", "id"))


def last_alive(rows: QuerySet[Visit], last_day: date) -> dict[UUID, date]:
    """Of readable contacts the day of the last that found the patient alive, by patient."""
    rows = rows.filter(vital_status="ALIVE", undone_at=None, replaced_by=None)
    days = rows.filter(contact_on__lte=last_day).order_by().values_list("patient_id")
    return dict(days.annotate(last=Max("contact_on")))


def _first(rows: QuerySet[Any, Any]) -> dict[UUID, Happening]:
    """Of each patient the earliest happening, by its stated date or else the day it was known."""
    found: dict[UUID, Happening] = {}
    for patient, text, known_by, key in rows:
        new, old = Happening(text, known_by, str(key)), found.get(patient)
        if old is None or _order(new) < _order(old):
            found[patient] = new
    return found


def _order(happening: Happening) -> tuple[str, date, str]:
    stated = happening.text or happening.known_by.isoformat()
    return stated, happening.known_by, happening.source
