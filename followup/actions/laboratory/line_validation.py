"""What becomes of a line that was read: whether code, value and day of its specimen hold."""

from django.utils.translation import gettext as _

from followup.actions.laboratory.line_rows import NewLine
from followup.actions.laboratory.value_parsing import (
    Measures,
    Specimen,
    ValueInput,
    check_day,
    read,
)
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.problems import Refused
from followup.domain.laboratory import LineState, names_unit
from followup.domain.laboratory.messages import Standing
from followup.models import LaboratoryCode, LaboratoryLine

Line = LaboratoryLine | NewLine


class SpecimenDays:
    """What is wrong with the day of a specimen, asked once for the values of one patient."""

    def __init__(self) -> None:
        self._said: dict[tuple[object, ...], str] = {}

    def problem(self, line: Line) -> str:
        """Why the day of a line cannot be, in words; empty when it can."""
        asked = (line.patient_id, line.specimen_on, line.specimen_at)
        if asked not in self._said:
            try:
                check_day(line.patient, specimen_of(line))
                self._said[asked] = ""
            except Refused as refused:
                self._said[asked] = str(refused)[:500]
        return self._said[asked]


@part
def validate(
    actor: Actor,
    line: Line,
    code: LaboratoryCode | None,
    known: Measures,
    days: SpecimenDays,
) -> tuple[LineState, str]:
    """What becomes of a line: waits for its code, is not kept, cannot be read, or is reviewed."""
    if code is None:
        return LineState.UNMAPPED, ""
    if not code.measure:
        return LineState.IGNORED, ""
    try:
        read(actor, given_of(line, code.measure, known), known)
    except Refused as refused:
        return LineState.UNREADABLE, str(refused)[:500]
    problem = days.problem(line) if line.specimen_on is not None else ""
    return (LineState.UNREADABLE, problem) if problem else (LineState.REVIEW, "")


def given_of(line: Line, measure: str, known: Measures) -> ValueInput:
    """A line as the action of values takes it; a unit in the value's own cell goes first."""
    found = known.get(measure)
    beside = found is not None and names_unit(found, line.written)
    return ValueInput(
        measure=measure,
        text=line.written,
        unit="" if beside else line.unit,
        range_text=line.range_text,
    )


def specimen_of(line: Line) -> Specimen:
    """What a line says of its specimen; Refused where its day was not sent."""
    if line.specimen_on is None:
        raise Refused({"on": _("Give the day of the specimen: it was not sent.")})
    return Specimen(
        on=line.specimen_on,
        at=line.specimen_at,
        laboratory=line.source.name,
        preliminary=line.standing == Standing.PRELIMINARY,
        corrected=line.standing == Standing.CORRECTED,
    )
