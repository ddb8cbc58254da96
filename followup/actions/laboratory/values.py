"""Laboratory values: recorded once, corrected or retracted by a row that replaces them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import replacements
from followup.actions.laboratory import findings, value_parsing
from followup.actions.laboratory.value_parsing import Read, Specimen, ValueInput
from followup.core import clock, confirmations
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.core.templatetags.everwatch import listed
from followup.domain.laboratory.messages import fitted
from followup.models import LaboratoryFinding, LaboratoryResult, Patient
from followup.queries import laboratory


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording did: the new rows, and how many values were recorded already."""

    made: tuple[LaboratoryResult, ...]
    known: int


def _values(one: Read) -> dict[str, Any]:
    """The columns a reading fills."""
    seen = one.reading
    number = seen.value is not None
    limits = number or bool(seen.comparator.value)
    return {
        "comparator": seen.comparator.value,
        "value": seen.value,
        "unit": one.measure.unit if limits else "",
        "written": seen.written[:80],
        "unit_written": seen.unit_written[:40],
        "finding": seen.finding,
        "missing_because": seen.missing.value if seen.missing else "",
        "range_low": one.printed.low,
        "range_high": one.printed.high,
        "range_text": one.printed.text[:80],
        "flag": seen.flag[:10],
        "lower_limit": one.lower_limit,
        "detection_limit": one.detection_limit,
    }


def _status(specimen: Specimen) -> str:
    if specimen.preliminary:
        return "PRELIMINARY"
    return "CORRECTED" if specimen.corrected else "FINAL"


SAID = ("comparator", "value", "finding", "missing_because")


def _row(
    actor: Actor, patient: Patient, specimen: Specimen, one: Read, *, source: str, **more: Any
) -> LaboratoryResult:
    infusion = laboratory.infusion_at(patient.id, specimen.on)
    if infusion is None:
        raise Refused({"on": _("No infusion is recorded for this patient.")})
    values = {"status": _status(specimen)} | _values(one) | more
    return LaboratoryResult(
        patient=patient,
        infusion=infusion,
        site_id=patient.site_id,
        product_id=infusion.product_id,
        measure=one.measure.code,
        specimen_on=specimen.on,
        specimen_at=specimen.at,
        source=source,
        laboratory=fitted(specimen.laboratory.strip(), 120),
        received_on=specimen.received_on or clock.today(),
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **values,
    )


def same_moment(patient: Patient, measure: str, specimen: Specimen) -> list[LaboratoryResult]:
    """The recorded values of the same specimen: its day and time, as far as both are given."""
    rows = laboratory.standing().filter(
        patient=patient, measure=measure, specimen_on=specimen.on, specimen_at=specimen.at
    )
    return list(rows.order_by("recorded_at"))


def _known(actor: Actor, row: LaboratoryResult, before: Sequence[LaboratoryResult]) -> bool:
    """Whether a value is recorded already; Refused where the same specimen has another one."""
    if any(all(getattr(row, n) == getattr(old, n) for n in SAID) for old in before):
        return True
    if before:
        missing = laboratory.rules(actor).laboratory.missing
        reasons = {each.code: localized_name(each) for each in missing}
        shown = listed(
            old.written or reasons.get(old.missing_because, old.missing_because) for old in before
        )
        text = _("%(value)s is recorded for this specimen: correct it there, or give the time.")
        raise Refused({row.measure: text % {"value": shown}})
    return False


def on_file(patient: Patient, one: Read, specimen: Specimen) -> LaboratoryResult:
    """The recorded value that says the same as one that was read."""
    return same_moment(patient, one.measure.code, specimen)[0]


@part
def add(
    actor: Actor, patient: Patient, specimen: Specimen, read: Sequence[Read], *, source: str
) -> Recorded:
    """Write values that were read, each once, and look at what they say."""
    Patient.objects.select_for_update(of=("self",)).get(id=patient.id)
    rows, known, problems = [], 0, dict[str, Any]()
    for one in read:
        row = _row(actor, patient, specimen, one, source=source)
        try:
            if _known(actor, row, same_moment(patient, row.measure, specimen)):
                known += 1
                continue
        except Refused as refused:
            problems |= refused.fields
            continue
        rows.append(row)
    if problems:
        raise Refused(problems)
    for row in rows:
        row.save(force_insert=True)
    findings.note(actor, rows)
    return Recorded(tuple(rows), known)


@action("laboratory.record", needs=Perm.VISIT_WRITE)
def record(
    actor: Actor,
    patient: Patient,
    *,
    specimen: Specimen,
    values: Sequence[ValueInput],
    source: str = "TYPED",
    confirmed: Collection[str] = (),
) -> Recorded:
    """Record the values of one specimen, all or none; problems are named by their measure.

    A value that is recorded already is not written twice; another value of the same specimen is
    refused: it is a correction.
    """
    read = _checked(actor, patient, specimen, values, confirmed)
    return add(actor, patient, specimen, read, source=source)


def _checked(
    actor: Actor,
    patient: Patient,
    specimen: Specimen,
    values: Sequence[ValueInput],
    confirmed: Collection[str],
) -> list[Read]:
    """The values read, every problem and question at once."""
    value_parsing.check_day(patient, specimen)
    if not values:
        raise Refused(_("No value was given."))
    read: list[Read] = []
    problems: dict[str, Any] = {}
    for given in values:
        try:
            read.append(value_parsing.read(actor, given))
        except Refused as refused:
            problems[given.measure] = [m for ms in refused.fields.values() for m in ms]
    doubled = {v.measure for v in values if sum(v.measure == o.measure for o in values) > 1}
    problems |= {name: _("Given twice.") for name in doubled if name not in problems}
    if problems:
        raise Refused(problems)
    questions = [value_parsing.question(one, one.measure.code) for one in read]
    confirmations.settle([q for q in questions if isinstance(q, Question)], confirmed)
    return read


@action("laboratory.preview", needs=Perm.VISIT_WRITE)
def preview(actor: Actor, patient: Patient, *, specimen: Specimen, given: ValueInput) -> bool:
    """Whether a value is recorded already, refused and asked like recording; writes nothing."""
    (one,) = _checked(actor, patient, specimen, [given], ())
    row = _row(actor, patient, specimen, one, source="PASTED")
    return _known(actor, row, same_moment(patient, row.measure, specimen))


def _standing(result: LaboratoryResult) -> LaboratoryResult:
    """The value under a lock; Conflict when it was replaced meanwhile."""
    Patient.objects.select_for_update(of=("self",)).get(id=result.patient_id)
    row = LaboratoryResult.objects.select_related("patient").get(id=result.id)
    if row.taken_back or LaboratoryResult.objects.filter(replaces=row).exists():
        raise Conflict({"value": (row.written, _("corrected meanwhile"))})
    return row


def _why(reason: str) -> str:
    if not reason.strip():
        raise Refused({"reason": _("Say why the record is changed.")})
    return reason.strip()


@action("laboratory.correct", needs=Perm.VISIT_WRITE)
def correct(
    actor: Actor,
    result: LaboratoryResult,
    *,
    specimen: Specimen,
    given: ValueInput,
    reason: str,
    confirmed: Collection[str] = (),
    status: str = "CORRECTED",
) -> LaboratoryResult:
    """Replace a value by its correction; what it gave to look after is assessed again.

    `status` is another one where the laboratory only went on: preliminary, or now final.
    """
    before = _standing(result)
    value_parsing.check_day(before.patient, specimen, known_on=before.specimen_on)
    why = _why(reason)
    if given.measure != before.measure:
        raise Refused({"measure": _("A correction keeps the measure: retract the value instead.")})
    one = value_parsing.read(actor, given)
    asked = value_parsing.question(one, "text")
    confirmations.settle([asked] if asked else [], confirmed)
    row = _row(
        actor,
        before.patient,
        specimen,
        one,
        source="TYPED",
        replaces=before,
        reason=why,
        status=status,
    )
    others = [o for o in same_moment(before.patient, row.measure, specimen) if o.id != before.id]
    if others:
        raise Refused({"on": _("Another value of this measure is recorded for this specimen.")})
    kept = ("specimen_on", "specimen_at", "laboratory", *_values(one))
    if all(getattr(row, name) == getattr(before, name) for name in kept):
        raise Refused(_("Nothing is different from what is recorded."))
    row.save(force_insert=True)
    findings.reassess(actor, before, [row])
    return row


@action("laboratory.finalise", needs=Perm.VISIT_WRITE)
def finalise(
    actor: Actor, result: LaboratoryResult, *, reason: str, status: str = "FINAL"
) -> LaboratoryResult:
    """Say that a preliminary value is the final one: what it gave to look after stays as it is.

    `status` is CORRECTED where the laboratory calls its final form a correction.
    """
    before = _standing(result)
    if before.status != "PRELIMINARY":
        return before
    row = replacements.successor(actor, before, reason=reason, status=status)
    row.save(force_insert=True)
    LaboratoryFinding.objects.filter(result=before).update(result=row)
    return row


@action("laboratory.take_back", needs=Perm.VISIT_WRITE)
def take_back(actor: Actor, result: LaboratoryResult, *, reason: str) -> LaboratoryResult:
    """Say that a value was none (another patient's, another day's): it stays in the trail."""
    before = _standing(result)
    row = replacements.retraction(actor, before, reason=reason, status="CORRECTED")
    row.save(force_insert=True)
    findings.reassess(actor, before, [])
    return row
