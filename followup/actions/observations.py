"""What the hospital knows of an adverse event: the input of a report and of a correction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from followup.domain.dates import PartialDate
from followup.domain.event_classes import ITEMS, class_of
from followup.domain.events import EventFacts, criteria
from followup.models import AdverseEvent, Infusion, Patient


@dataclass(frozen=True, slots=True)
class EventInput:
    """What the hospital knows of an event. None and empty mean: not known or not asked.

    `confirmed` are the keys of the questions a person answered with yes (`core.confirmations`).
    """

    verbatim: str
    aware_on: date
    reporter_name: str
    reporter_qualification: str = ""
    onset: PartialDate | None = None
    ended: PartialDate | None = None
    serious: bool | None = None
    seriousness: Sequence[str] = ()
    grade: int | None = None
    grade_scale: str = ""
    outcome: str = ""
    causality: str = ""
    is_new_malignancy: bool = False
    t_cell_suspected: str | bool | None = ""
    pathology: str = ""
    pathology_note: str = ""
    immunophenotype: str = ""
    transgene: str = ""
    specimen_kept: str = ""
    event_class: str = ""
    neurologic_type: str = ""
    haematologic_type: str = ""
    infection_type: str = ""
    new_or_exacerbated: str = ""
    infection_organism: str = ""
    infection_site: str = ""
    iv_anti_infective: str = ""
    pregnancy_of: str = ""
    last_period: PartialDate | None = None
    pregnancy_outcome: str = ""
    congenital_anomaly: str = ""
    kind: str = ""
    note: str = ""
    confirmed: Collection[str] = ()


_SAME = frozenset(EventInput.__slots__) - {"onset", "ended", "last_period", "confirmed"}


def t_cell(given: EventInput) -> str:
    """YES, NO, UNKNOWN or nothing; true and false are taken as well, as callers always could."""
    answer = given.t_cell_suspected
    if answer is None or isinstance(answer, bool):
        return {True: "YES", False: "NO", None: ""}[answer]
    return answer


def facts_of(
    given: EventInput,
    infusion: Infusion,
    patient: Patient,
    *,
    today: date,
    other_pregnancy: bool,
) -> EventFacts:
    """What the rules of `domain.events` ask, of an event after an infusion of its patient."""
    return EventFacts(
        aware_on=given.aware_on,
        today=today,
        infused_on=infusion.infused_on,
        onset=given.onset,
        ended=given.ended,
        serious=given.serious,
        ticked=frozenset(given.seriousness),
        kind=given.kind,
        grade=given.grade,
        scale=given.grade_scale,
        outcome=given.outcome,
        malignancy=given.is_new_malignancy,
        haematologic_type=given.haematologic_type,
        pregnancy_of=given.pregnancy_of,
        pregnancy_outcome=given.pregnancy_outcome,
        last_period=given.last_period,
        anomaly=given.congenital_anomaly,
        other_pregnancy=other_pregnancy,
        sex=patient.sex,
        birth_year=patient.birth_year,
        died_on=PartialDate.from_iso(patient.died_on_text) if patient.died_on_text else None,
    )


def columns(given: EventInput, facts: EventFacts) -> dict[str, Any]:
    """The columns of the event; criteria the answers imply are added in their order."""
    made = criteria(facts)
    ticked = list(dict.fromkeys(given.seriousness))
    seriousness = [*ticked, *sorted(made - set(ticked))]
    return {
        "verbatim": given.verbatim.strip(),
        "kind": given.kind,
        "onset_text": given.onset.isoformat() if given.onset else "",
        "ended_text": given.ended.isoformat() if given.ended else "",
        "aware_on": given.aware_on,
        "reporter_name": given.reporter_name.strip(),
        "reporter_qualification": given.reporter_qualification,
        "seriousness": seriousness,
        "serious": True if seriousness else given.serious,
        "grade": given.grade,
        "grade_scale": given.grade_scale if given.grade is not None else "",
        "outcome": given.outcome,
        "causality": given.causality,
        "is_new_malignancy": given.is_new_malignancy,
        "t_cell_suspected": t_cell(given) if given.is_new_malignancy else "",
        "pathology": given.pathology,
        "pathology_note": given.pathology_note.strip(),
        "immunophenotype": given.immunophenotype.strip(),
        "transgene": given.transgene,
        "specimen_kept": given.specimen_kept,
        "event_class": class_of(given.event_class, malignancy=given.is_new_malignancy),
        **{name: getattr(given, name).strip() for name in ITEMS},
        "pregnancy_of": given.pregnancy_of,
        "last_period_text": given.last_period.isoformat() if given.last_period else "",
        "pregnancy_outcome": given.pregnancy_outcome,
        "congenital_anomaly": given.congenital_anomaly,
        "note": given.note.strip(),
    }


def given_of(row: AdverseEvent) -> EventInput:
    """A stored event as the input that would store it."""

    def partial(text: str) -> PartialDate | None:
        return PartialDate.from_iso(text) if text else None

    same = {name: getattr(row, name) for name in _SAME}
    return EventInput(
        **same,
        onset=partial(row.onset_text),
        ended=partial(row.ended_text),
        last_period=partial(row.last_period_text),
    )
