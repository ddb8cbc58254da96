"""How far the sections of a planned visit are, from what is recorded inside its window."""

from collections.abc import Sequence
from dataclasses import dataclass

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http.numbers import whole_number
from followup.core.permissions import Perm
from followup.domain.clinical_assessments import RESPONSES
from followup.domain.contents import Record
from followup.domain.protocols import Point
from followup.domain.samples import CustodyState
from followup.domain.visit_sections import (
    GROUPS,
    Progress,
    Section,
    answered,
    counted,
    sections,
)
from followup.models import Patient, PlannedVisit, Visit
from followup.queries import clinical_assessments, laboratory, patients, protocols, samples
from followup.queries.laboratory import results


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A section with its assessments; `done` of `total` where its parts can be counted."""

    section: Section
    codes: tuple[str, ...]
    progress: Progress
    done: int = 0
    total: int = 0


def lines(actor: Actor, planned: PlannedVisit) -> list[SectionLine]:
    """The sections of a visit in order."""
    point = protocols.of(planned.schedule.protocol).by_code.get(planned.code)
    visits = patients.records(actor, planned)
    records = [_record(row) for row in visits]
    return [
        _line(actor, planned, point, section, codes, records)
        for section, codes in sections(point).items()
        if section is not Section.SAMPLES or actor.may(Perm.SAMPLE_READ)
    ]


def planned_of(actor: Actor, patient: Patient, key: str) -> PlannedVisit | None:
    """The planned visit of a patient that an address names; None where it names no such one."""
    rows = scope.visible(actor, PlannedVisit.objects.filter(patient=patient))
    number = whole_number(key)
    return rows.filter(pk=number).first() if number else None


def _line(
    actor: Actor,
    planned: PlannedVisit,
    point: Point | None,
    section: Section,
    codes: tuple[str, ...],
    records: Sequence[Record],
) -> SectionLine:
    if section in GROUPS:
        done, total = _values(actor, planned, GROUPS[section])
        return SectionLine(section, codes, counted(done, total), done, total)
    if section is Section.SAMPLES:
        rows = samples.of_visit(actor, planned)
        done = sum(row.state != CustodyState.PLANNED for row in rows)
        progress = counted(done, len(rows)) if done else Progress.STARTED
        return SectionLine(
            section, codes, progress if rows else Progress.NOT_STARTED, done, len(rows)
        )
    if section is Section.DISEASE and _assessed(actor, planned):
        return SectionLine(section, codes, Progress.DONE)
    return SectionLine(section, codes, answered(point, codes, records))


def _record(row: Visit) -> Record:
    names = ("vital_status", "disease_status", "new_malignancy", "other_event", "new_therapy")
    return Record(
        on=row.contact_on,
        contact_type=row.contact_type,
        vital_status=row.vital_status,
        answers={name: getattr(row, name) for name in names},
        assessments=row.assessments,
        reason=row.unanswered_reason,
        counts_outside=row.counts_outside,
    )


def _values(actor: Actor, planned: PlannedVisit, groups: Sequence[str]) -> tuple[int, int]:
    """How many measures of the groups have a value, or the reason why not, in the window."""
    measures = laboratory.rules(actor).laboratory.measures
    wanted = {code for code, measure in measures.items() if measure.group in groups}
    rows = results.of_patient(actor, planned.patient, first=planned.window_start, last=planned.due)
    return len(wanted & {row.measure for row in rows}), len(wanted)


def _assessed(actor: Actor, planned: PlannedVisit) -> bool:
    """Whether a response was assessed on a day of the window."""
    first, last = planned.window_start.isoformat(), planned.due.isoformat()
    rows = clinical_assessments.of_patient(actor, planned.patient)
    return any(
        row.instrument in RESPONSES and first <= row.assessed_on_text <= last for row in rows
    )
