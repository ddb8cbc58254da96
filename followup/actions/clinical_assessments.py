"""Assessments of toxicity and response: recorded with their reasoning, retracted with a reason."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.actions import collection_days, replacements
from followup.actions.laboratory import findings
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.clinical_assessments import (
    ECOG_DEAD,
    PROGRESSED,
    RESPONSES,
    AnswerProblem,
    Answers,
    AnswersRefused,
    Assessed,
    Instrument,
    read_answers,
)
from followup.domain.dates import PartialDate
from followup.domain.laboratory import MEASURES
from followup.models import ClinicalAssessment, Infusion, Patient
from followup.queries import clinical_assessments as queries
from followup.queries import laboratory
from followup.queries.replacements import replaced_by

_TEXTS = {
    AnswerProblem.UNKNOWN_ITEM: gettext_lazy("This assessment has no such item."),
    AnswerProblem.NOT_OFFERED: gettext_lazy("This is not among the answers of this item."),
    AnswerProblem.NOT_A_NUMBER: gettext_lazy(
        "Enter a number in digits, for example 6.5; a bound such as <0.1 where the report has one."
    ),
    AnswerProblem.NOT_WHOLE: gettext_lazy("Enter a whole number in digits, for example 12."),
    AnswerProblem.OUT_OF_RANGE: gettext_lazy("This number is out of range. Check it and its unit."),
    AnswerProblem.NEEDED: gettext_lazy("This is needed for the assessment."),
    AnswerProblem.NO_TARGET: gettext_lazy("Describe at least one target lesion."),
    AnswerProblem.BELOW_NADIR: gettext_lazy("The smallest so far cannot be above the baseline."),
    AnswerProblem.AGE_DIFFERS: gettext_lazy("This age does not agree with the year of birth."),
    AnswerProblem.TOTAL_DIFFERS: gettext_lazy(
        "This total does not agree with the observations. Leave it out, or correct them."
    ),
    AnswerProblem.NOT_AT_THIS_AGE: gettext_lazy(
        "Not asked at the patient's age on that day: ICE from 12 years on, CAPD below."
    ),
}


@contextmanager
def _worded() -> Iterator[None]:
    """Refused names each answer that cannot be taken, at its item."""
    try:
        yield
    except AnswersRefused as refused:
        raise Refused({code: str(_TEXTS[why]) for code, why in refused.problems.items()}) from None


def _infusion(patient: Patient, on: PartialDate) -> Infusion:
    """The infusion a day belongs to; Refused for a day nothing can have been assessed on."""
    if on.earliest > clock.today():
        raise Refused({"assessed_on": _("The date cannot be later than today.")})
    if patient.birth_year and on.latest.year < patient.birth_year:
        raise Refused({"assessed_on": _("The patient was not born yet. Check the date.")})
    infusion = laboratory.infusion_at(patient.id, on.latest)
    if infusion is None:
        raise Refused({"assessed_on": _("No infusion is recorded for this patient.")})
    if on.latest < infusion.infused_on:
        raise Refused({"assessed_on": _("The day of the assessment lies before the infusion.")})
    collection_days.check_consent(patient, on.earliest, field="assessed_on")
    collection_days.check_alive(patient, on.earliest, field="assessed_on")
    return infusion


def _assessed(
    actor: Actor, patient: Patient, instrument: Instrument, on: PartialDate, seen: Answers
) -> Assessed:
    """What the answers come to; Refused for the score of the dead of somebody who lives."""
    if seen.written.get("ecog") == ECOG_DEAD and patient.vital_status != "DEAD":
        raise Refused({"ecog": _("A death is recorded at a contact first.")})
    return queries.assessed(actor, patient, instrument, on=on, seen=seen)


@action("assessment.preview", needs=Perm.VISIT_WRITE)
def preview(
    actor: Actor,
    patient: Patient,
    *,
    instrument: Instrument,
    on: PartialDate,
    answers: Mapping[str, str | Sequence[str]],
) -> Assessed:
    """What recording would give, refused like it; writes nothing."""
    _infusion(patient, on)
    with _worded():
        seen = read_answers(instrument, answers)
        return _assessed(actor, patient, instrument, on, seen)


@action("assessment.record", needs=Perm.VISIT_WRITE)
def record(
    actor: Actor,
    patient: Patient,
    *,
    instrument: Instrument,
    on: PartialDate,
    answers: Mapping[str, str | Sequence[str]],
    stated: str = "",
    note: str = "",
) -> ClinicalAssessment:
    """Keep an assessment with its answers and its reasoning, whether or not they decide it.

    `stated` is the physician's own code of response, only for criteria of response; without any
    answer it stands alone.
    """
    if stated and stated not in RESPONSES.get(instrument, ()):
        raise Refused({"stated": _("This is not among the answers of this item.")})
    infusion = _infusion(patient, on)
    with _worded():
        seen = read_answers(instrument, answers)
        if not seen.written and not stated:
            raise Refused(_("No value was given."))
        made = (
            _assessed(actor, patient, instrument, on, seen)
            if seen.written
            else Assessed("", None, "", (), (), "", queries.rules(actor)[1].version)
        )
    row = ClinicalAssessment(
        patient=patient,
        infusion=infusion,
        site_id=patient.site_id,
        product_id=infusion.product_id,
        instrument=instrument.value,
        assessed_on_text=on.isoformat(),
        answers=dict(seen.written),
        result=made.result,
        at_least=made.at_least,
        scale=made.scale,
        stated=stated,
        rules=[[each.rule, each.answer] for each in made.rules],
        missing=list(made.missing),
        citation=made.citation,
        rules_version=made.version[:40],
        note=note.strip(),
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )
    row.save(force_insert=True)
    _recount(actor, row)
    return row


def _recount(actor: Actor, row: ClinicalAssessment) -> None:
    """Progression ends the counting of days with a low count."""
    if (row.stated or row.result) in PROGRESSED:
        findings.recount(actor, row.patient_id, measures=MEASURES)


@action("assessment.take_back", needs=Perm.VISIT_WRITE)
def take_back(actor: Actor, assessment: ClinicalAssessment, *, reason: str) -> ClinicalAssessment:
    """Say that an assessment was none (another patient's, another day's): it stays in the trail."""
    Patient.objects.select_for_update(of=("self",)).get(id=assessment.patient_id)
    before = ClinicalAssessment.objects.get(id=assessment.id)
    if before.taken_back or replaced_by(before) is not None:
        raise Conflict({"result": (before.stated or before.result, _("corrected meanwhile"))})
    row = replacements.retraction(actor, before, reason=reason)
    row.save(force_insert=True)
    _recount(actor, before)
    return row
