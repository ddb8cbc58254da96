"""What is recorded of a patient after a day that is said to be the day of the death."""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from uuid import UUID

from followup.domain.dates import PartialDate
from followup.domain.events import EventCategory
from followup.models import AdverseEvent, CustodyEvent, Infusion
from followup.queries import clinical_assessments, concomitant_care
from followup.queries.laboratory import results


class Later(StrEnum):
    """What can be dated after a death."""

    INFUSION = "INFUSION"
    EVENT = "EVENT"
    TREATMENT = "TREATMENT"
    ASSESSMENT = "ASSESSMENT"
    LABORATORY = "LABORATORY"
    SAMPLE = "SAMPLE"


def dated_after(patient: UUID, day: date) -> dict[Later, date]:
    """By kind the last day that is surely after `day`; a date known in part counts from its first.

    As the record stands: what was retracted, withdrawn or corrected says nothing.
    """
    found = {}
    for kind, days in _days(patient):
        if later := [each for each in days if each > day]:
            found[kind] = max(later)
    return found


def _days(patient: UUID) -> Iterator[tuple[Later, Iterable[date]]]:
    given = Infusion.objects.filter(patient_id=patient, retired=False)
    yield Later.INFUSION, given.values_list("infused_on", flat=True)
    events = AdverseEvent.objects.filter(patient_id=patient, withdrawn_at__isnull=True)
    others = events.exclude(kind=EventCategory.DEATH)  # that one is the death itself
    yield Later.EVENT, _first(others.values_list("onset_text", "ended_text"))
    care = concomitant_care.standing().filter(patient_id=patient)
    yield Later.TREATMENT, _first(care.values_list("started_on_text", "ended_on_text"))
    assessed = clinical_assessments.standing().filter(patient_id=patient)
    yield Later.ASSESSMENT, _first(assessed.values_list("assessed_on_text"))
    values = results.standing().filter(patient_id=patient)
    yield Later.LABORATORY, values.values_list("specimen_on", flat=True)
    taken = CustodyEvent.objects.filter(
        sample__patient_id=patient, step="COLLECT", taken_back=False, replaced_by__isnull=True
    )
    yield Later.SAMPLE, filter(None, taken.values_list("happened_on", flat=True))


def _first(rows: Iterable[tuple[str, ...]]) -> Iterator[date]:
    """The first day each stored date can mean; those not known left out."""
    for texts in rows:
        yield from (PartialDate.from_iso(text).earliest for text in texts if text)
