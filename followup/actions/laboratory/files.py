"""Files of laboratories: kept first, mapped by a person, read into lines, taken in review."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from followup.actions import data_keys
from followup.actions.laboratory.line_validation import SpecimenDays, validate
from followup.actions.laboratory.sheet_words import PROBLEMS
from followup.actions.laboratory.value_parsing import (
    measures,
)
from followup.core import clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import secrets
from followup.core.stored_words import columns
from followup.domain.laboratory import (
    NEEDED,
    LineEvent,
    LineState,
    Role,
    SheetFault,
    SheetProblem,
    SheetRow,
    read_sheet,
)
from followup.domain.laboratory.messages import fitted, named
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


@action("laboratory.add_source", needs=Perm.VISIT_WRITE)
def add_source(actor: Actor, site: Site, *, name: str) -> LaboratorySource:
    """A laboratory that sends files to this hospital."""
    text = within(name, 80, "name")
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
    data_keys.arriving(source.site_id)
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


@action("laboratory.import_rows", needs=Perm.VISIT_WRITE)
def import_rows(
    actor: Actor, row: LaboratoryFile, *, rows: Sequence[SheetRow], dry: bool, out: FileOutcome
) -> None:
    """Write rows of a file as lines, each once; rows of people who are not ours are not kept."""
    source = LaboratorySource.objects.select_related("site").get(id=row.source_id)
    codes, known = files.codes(source), measures(actor)
    whose: dict[str, Patient | SheetProblem] = {}
    days = SpecimenDays()
    done = set(files.lines_of(row).values_list("row", flat=True))
    for given in rows:
        out.rows += 1
        if given.number in done:
            out.known += 1
            continue
        if given.patient not in whose:
            whose[given.patient] = _whose(actor, source, given)
        patient = whose[given.patient]
        if isinstance(patient, SheetProblem):
            out.faults.append(SheetFault(given.number, "", given.patient, patient))
            continue
        line = _line(row, source, patient, given)
        code = codes.get((line.item, line.unit, line.specimen_kind))
        state, problem = validate(actor, line, code, known, days)
        line.problem, line.problem_words = columns(problem)
        LABORATORY_LINE.begin(line, state)
        line.measure = code.measure if code else ""
        out.states[state.value] += 1
        if not dry:
            line.save(force_insert=True)


def _whose(actor: Actor, source: LaboratorySource, given: SheetRow) -> Patient | SheetProblem:
    """Whose a row is; a number that may have lost its zeros is nobody's."""
    found = files.patient_of(actor, source.site, given.patient)
    if (found is None or given.numeric) and files.zeros_lost(actor, source.site, given.patient):
        return SheetProblem.ZEROS_LOST
    return found or SheetProblem.NO_PATIENT


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
        item=named(given.item, 80),
        written=fitted(given.value, 80),
        unit=fitted(given.unit, 40),
        specimen_kind=named(given.specimen_kind, 40),
        range_text=fitted(given.range_text, 80),
        flag=given.flag[:10],
    )


@action("laboratory.confirm_code", needs=Perm.VISIT_WRITE)
def confirm_code(
    actor: Actor,
    source: LaboratorySource,
    *,
    item: str,
    unit: str,
    measure: str,
    specimen_kind: str = "",
) -> int:
    """Say what an item in a unit and specimen means; returns how many lines were read again.

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
    before = files.codes(source).get((item, unit, specimen_kind))
    if before is not None and before.measure == measure:
        raise Refused(_("Nothing is different from what is recorded."))
    code = LaboratoryCode.objects.create(
        source=source,
        site_id=source.site_id,
        item=item[:80],
        unit=unit[:40],
        specimen_kind=specimen_kind[:40],
        measure=measure,
        rules_version=rules.version,
        confirmed_by_id=actor.id,
        confirmed_at=clock.now(),
        replaces=before,
    )
    return _replay(actor, source, code)


def _replay(actor: Actor, source: LaboratorySource, code: LaboratoryCode) -> int:
    waiting = LaboratoryLine.objects.select_for_update(of=("self",)).filter(
        source=source, item=code.item, unit=code.unit, specimen_kind=code.specimen_kind
    )
    fitting = [s.value for s in LABORATORY_LINE.machine.sources(LineEvent.MAP)]
    count, known, days = 0, measures(actor), SpecimenDays()
    for line in waiting.filter(state__in=fitting).select_related("patient", "source"):
        state, problem = validate(actor, line, code, known, days)
        line.problem, line.problem_words = columns(problem)
        if state is LineState.IGNORED:
            if not LABORATORY_LINE.allows(line, LineEvent.IGNORE):
                continue
            LABORATORY_LINE.move(line, LineEvent.IGNORE)
        else:
            LABORATORY_LINE.move(line, LineEvent.MAP, state)
        line.measure = code.measure
        line.save(update_fields=["state", "problem", "problem_words", "measure"])
        count += 1
    return count
