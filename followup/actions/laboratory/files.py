"""Files of laboratories: kept first, mapped by a person, read into lines, taken in review."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from followup.actions import data_keys
from followup.actions.laboratory.line_rows import NewLine
from followup.actions.laboratory.sheet_words import PROBLEMS
from followup.actions.laboratory.value_parsing import (
    Measures,
    Specimen,
    ValueInput,
    check_day,
    measures,
    read,
)
from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import secrets
from followup.domain.laboratory import (
    NEEDED,
    LineEvent,
    LineState,
    Role,
    SheetFault,
    SheetProblem,
    SheetRow,
    names_unit,
    read_sheet,
)
from followup.domain.laboratory.messages import Standing
from followup.models import (
    DataKey,
    LaboratoryCode,
    LaboratoryFile,
    LaboratoryLine,
    LaboratorySource,
    Patient,
    Site,
)
from followup.models.laboratory_states import LABORATORY_LINE
from followup.queries import laboratory
from followup.queries.laboratory import files

MOST_BYTES = 5_000_000
Line = LaboratoryLine | NewLine


@action("laboratory.add_source", needs=Perm.VISIT_WRITE)
def add_source(actor: Actor, site: Site, *, name: str) -> LaboratorySource:
    """A laboratory that sends files to this hospital."""
    text = name.strip()[:80]
    if not text:
        raise Refused({"name": _("Enter the name of the laboratory.")})
    if LaboratorySource.objects.filter(site=site, name=text).exists():
        raise Refused({"name": _("This laboratory is on the list already.")})
    return LaboratorySource.objects.create(site=site, name=text)


@action("laboratory.receive_file", needs=Perm.VISIT_WRITE)
def receive(actor: Actor, source: LaboratorySource, *, name: str, content: bytes) -> LaboratoryFile:
    """Keep a file as it came, sealed; the same file again is the one on record."""
    if len(content) > MOST_BYTES:
        raise Refused({"file": str(PROBLEMS[SheetProblem.TOO_LARGE])})
    sha256 = hashlib.sha256(content).hexdigest()
    if known := LaboratoryFile.objects.filter(source=source, sha256=sha256).first():
        return known
    try:
        charset = read_sheet(content).charset
    except ValueError as error:
        raise Refused({"file": str(PROBLEMS[SheetProblem(error.args[0])])}) from error
    row = LaboratoryFile(
        source=source,
        site_id=source.site_id,
        name=name.strip()[-120:] or "-",
        sha256=sha256,
        size=len(content),
        charset=charset,
        received_by_id=actor.id,
        received_at=clock.now(),
    )
    place = files.content_place(row.id, row.site_id)
    key = data_keys.ensure(row.id, DataKey.Kind.FILE, row.site_id)
    row.content_sealed = secrets.encrypt_bytes(content, place, key)
    row.save(force_insert=True)
    return row


@action("laboratory.confirm_columns", needs=Perm.VISIT_WRITE)
def confirm_columns(
    actor: Actor, source: LaboratorySource, *, columns: Mapping[str, str], version: int
) -> LaboratorySource:
    """Say which heading holds what; the four that are needed must be named, none twice."""
    row = LaboratorySource.objects.select_for_update(of=("self",)).get(id=source.id)
    versions.must_be(row, version)
    named = {role: text for role, text in columns.items() if text}
    missing = [role.value for role in NEEDED if role.value not in named]
    if missing:
        raise Refused({role: _("Choose the column.") for role in missing})
    doubled = [text for text, count in Counter(named.values()).items() if count > 1]
    if doubled:
        wrong = [role for role, text in named.items() if text in doubled]
        raise Refused({role: _("One column cannot hold two things.") for role in wrong})
    row.columns = {Role(role).value: text for role, text in named.items()}
    row.version += 1
    row.confirmed_by_id, row.confirmed_at = actor.id, clock.now()
    row.save()
    return row


@dataclass
class FileOutcome:
    """What an import did or would do, in counts; `faults` are the rows that were refused."""

    rows: int = 0
    known: int = 0
    states: Counter[str] = field(default_factory=Counter)
    faults: list[SheetFault] = field(default_factory=list)


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
    )


@action("laboratory.import_rows", needs=Perm.VISIT_WRITE)
def import_rows(
    actor: Actor, row: LaboratoryFile, *, rows: Sequence[SheetRow], dry: bool, out: FileOutcome
) -> None:
    """Write rows of a file as lines, each once; rows of people who are not ours are not kept."""
    source = LaboratorySource.objects.select_related("site").get(id=row.source_id)
    codes, known = files.codes(source), measures(actor)
    whose: dict[str, Patient | None] = {}
    days = SpecimenDays()
    done = set(files.lines_of(row).values_list("row", flat=True))
    for given in rows:
        out.rows += 1
        if given.number in done:
            out.known += 1
            continue
        if given.patient not in whose:
            whose[given.patient] = files.patient_of(actor, source.site, given.patient)
        patient = whose[given.patient]
        if patient is None:
            out.faults.append(SheetFault(given.number, "", given.patient, SheetProblem.NO_PATIENT))
            continue
        line = _line(row, source, patient, given)
        code = codes.get((line.item, line.unit))
        state, line.problem = validate(actor, line, code, known, days)
        LABORATORY_LINE.begin(line, state)
        line.measure = code.measure if code else ""
        out.states[state.value] += 1
        if not dry:
            line.save(force_insert=True)


def _line(
    row: LaboratoryFile, source: LaboratorySource, patient: Patient, given: SheetRow
) -> LaboratoryLine:
    at = datetime.combine(given.on, given.at, clock.SHANGHAI) if given.at else None
    return LaboratoryLine(
        file=row,
        source=source,
        site_id=row.site_id,
        patient=patient,
        row=given.number,
        specimen_on=given.on,
        specimen_at=at,
        item=given.item[:80],
        written=given.value[:80],
        unit=given.unit[:40],
        range_text=given.range_text[:80],
        flag=given.flag[:10],
    )


@action("laboratory.confirm_code", needs=Perm.VISIT_WRITE)
def confirm_code(
    actor: Actor, source: LaboratorySource, *, item: str, unit: str, measure: str
) -> int:
    """Say what an item in a unit means; the lines that waited are read again. Returns how many.

    An empty measure says that the item is not kept. The unit must be one the measure knows: a
    factor is never typed.
    """
    LaboratorySource.objects.select_for_update(of=("self",)).get(id=source.id)
    rules = laboratory.rules(actor).laboratory
    if measure:
        found = rules.measures.get(measure)
        if found is None:
            raise Refused({"measure": _("This measure is not known here.")})
        if unit and found.unit and found.factor(unit) is None:
            text = _("%(unit)s is no unit of this measure: choose another measure.")
            raise Refused({"measure": text % {"unit": unit}})
    before = files.codes(source).get((item, unit))
    if before is not None and before.measure == measure:
        raise Refused(_("Nothing is different from what is recorded."))
    code = LaboratoryCode.objects.create(
        source=source,
        site_id=source.site_id,
        item=item[:80],
        unit=unit[:40],
        measure=measure,
        rules_version=rules.version,
        confirmed_by_id=actor.id,
        confirmed_at=clock.now(),
        replaces=before,
    )
    return _replay(actor, source, code)


def _replay(actor: Actor, source: LaboratorySource, code: LaboratoryCode) -> int:
    waiting = LaboratoryLine.objects.select_for_update(of=("self",)).filter(
        source=source, item=code.item, unit=code.unit
    )
    fitting = [s.value for s in LABORATORY_LINE.machine.sources(LineEvent.MAP)]
    count, known, days = 0, measures(actor), SpecimenDays()
    for line in waiting.filter(state__in=fitting).select_related("patient", "source"):
        state, line.problem = validate(actor, line, code, known, days)
        if state is LineState.IGNORED:
            if not LABORATORY_LINE.allows(line, LineEvent.IGNORE):
                continue
            LABORATORY_LINE.move(line, LineEvent.IGNORE)
        else:
            LABORATORY_LINE.move(line, LineEvent.MAP, state)
        line.measure = code.measure
        line.save(update_fields=["state", "problem", "measure"])
        count += 1
    return count
