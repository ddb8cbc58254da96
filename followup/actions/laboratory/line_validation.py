"""What becomes of a line that was read: whether code, value and day of its specimen hold."""

from collections.abc import Callable
from functools import partial

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
from followup.core.stored_words import Words, spoken
from followup.domain.laboratory import LineState, names_unit
from followup.domain.laboratory.messages import Standing
from followup.models import LaboratoryCode, LaboratoryLine

Line = LaboratoryLine | NewLine


class SpecimenDays:
    """What is wrong with the day of a specimen, asked once for the values of one patient."""

    def __init__(self) -> None:
        self._said: dict[tuple[object, ...], Words | str] = {}

    def problem(self, line: Line) -> Words | str:
        """Why the day of a line cannot be, in words; empty when it can."""
        asked = (line.patient_id, line.specimen_on, line.specimen_at)
        if asked not in self._said:
            check = partial(_check, line)
            self._said[asked] = spoken(partial(_refusal, check)) if _refusal(check) else ""
        return self._said[asked]


def _check(line: Line) -> None:
    check_day(line.patient, specimen_of(line))


def _refusal(act: Callable[[], object]) -> str:
    """Why something is refused, in the language that is active; empty when it is not."""
    try:
        act()
    except Refused as refused:
        return str(refused)
    return ""


@part
def validate(
    actor: Actor,
    line: Line,
    code: LaboratoryCode | None,
    known: Measures,
    days: SpecimenDays,
) -> tuple[LineState, Words | str]:
    """What becomes of a line: waits for its code, is not kept, cannot be read, or is reviewed."""
    if code is None:
        return LineState.UNMAPPED, ""
    if not code.measure:
        return LineState.IGNORED, ""
    given = given_of(line, code.measure, known)
    try:
        read(actor, given, known)
    except Refused:
        said = spoken(partial(_refusal, partial(read, actor, given, known)))
        return LineState.UNREADABLE, said
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
