"""Why a step of a sample, or the sample itself, is refused: its day, its consent, the border."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.samples import chain
from followup.actions.samples.chain import CustodyStep
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.problems import Refused
from followup.domain.consents import Purpose
from followup.domain.dates import add_months
from followup.domain.samples import CustodyEventKind, fits_phase
from followup.models import Infusion, MolecularResult, Patient, Sample
from followup.queries import codes, follow_up_status, samples

_LOOKED_FOR = frozenset({CustodyEventKind.LOCATE, CustodyEventKind.MARK_UNOBTAINABLE})
_ASK_CONSENT = frozenset({CustodyEventKind.COLLECT, CustodyEventKind.SHIP})


def require_consent(actor: Actor, patient: Patient) -> None:
    """Refused unless a consent to keeping and testing samples is in force today."""
    if not follow_up_status.agreed(actor, patient, Purpose.SAMPLES):
        raise Refused(
            _(
                "No consent to sample storage and testing is in force. Record it under the "
                "patient's follow-up status first; until then no sample is planned."
            )
        )


def _consent_problem(actor: Actor, sample: Sample, on: date) -> str:
    if follow_up_status.agreed(actor, sample.patient, Purpose.SAMPLES, on=on):
        return ""
    return _(
        "Consent needed: on %(day)s no consent to sample storage and testing was in force. "
        "Record it under the patient's follow-up status first."
    ) % {"day": on}


def questions(sample: Sample, step: CustodyStep) -> list[Question]:
    """What of a step is possible but unlikely: material kept for very many years."""
    day, infused = step.happened.on, sample.infusion.infused_on
    years = codes.plausible_range("years_before_infusion").get("high")
    if step.kind is not CustodyEventKind.COLLECT or day is None or years is None:
        return []
    if day >= add_months(infused, -12 * int(years)):
        return []
    text = _("This sample was collected on %(day)s, more than %(n)s years before the infusion.")
    words = text % {"day": day.isoformat(), "n": years}
    return [Question("collected_long_before", words, "happened_on", about=day)]


def _phase_problem(infusion: Infusion, phase: str, on: date) -> str:
    """A sample from before treatment, or after it, against the infusion it belongs to."""
    if fits_phase(phase, infusion.infused_on, on):
        return ""
    if phase == "PRE":
        return _(
            "This sample is from before treatment: it cannot be collected after the infusion of"
            " %(day)s."
        ) % {"day": infusion.infused_on}
    return _("This sample cannot be collected before the infusion.")


def _day_problem(actor: Actor, sample: Sample, step: CustodyStep) -> str:
    if said := chain.moment_problem(step.happened):
        return said
    day = step.happened.on
    assert day is not None
    if step.kind in _LOOKED_FOR and day < sample.infusion.infused_on:
        text = _("Kept material is looked for after the infusion of %(day)s.")
        return text % {"day": sample.infusion.infused_on}
    if step.kind is CustodyEventKind.COLLECT:
        born = sample.patient.birth_year
        if born is not None and day.year < born:
            text = _("The patient was born in %(year)s: it cannot be collected before.")
            return text % {"year": born}
        if said := _phase_problem(sample.infusion, sample.phase, day):
            return said
        results = MolecularResult.objects.filter(sample=sample, replaced_by__isnull=True)
        if results.filter(resulted_on__lt=day).exists():
            return _("A result of this sample is older: it cannot be collected after its report.")
    return _consent_problem(actor, sample, day) if step.kind in _ASK_CONSENT else ""


def _border_problems(actor: Actor, sample: Sample, step: CustodyStep) -> dict[str, str]:
    """What leaves mainland China needs the patient's own word and its permit.

    PIPL article 39; HGR regulation, articles 27 and 28.
    """
    if step.kind is not CustodyEventKind.SHIP:
        return {}
    if step.abroad is None:
        return {"abroad": _("Does the shipment leave mainland China? Answer yes or no.")}
    if not step.abroad:
        return {}
    problems: dict[str, str] = {}
    day = step.happened.on
    if day and not follow_up_status.agreed(actor, sample.patient, Purpose.CROSS_BORDER, on=day):
        problems["abroad"] = _(
            "Consent needed: on %(day)s no consent to data and samples outside mainland China was"
            " in force. Record it under the patient's follow-up status first."
        ) % {"day": day}
    return problems | permit_problems(step.permit, step.permit_on, shipped_on=day)


def permit_problems(
    permit: str, permit_on: date | None, *, shipped_on: date | None
) -> dict[str, str]:
    """What is wrong with the permit of what leaves mainland China, by field; a form asks first."""
    problems: dict[str, str] = {}
    if not permit:
        problems["permit"] = _(
            "What leaves mainland China needs the approval or notice number for human genetic"
            " resources."
        )
    if permit_on is None:
        problems["permit_on"] = _("Enter the date of the approval or notice.")
    elif shipped_on is not None and permit_on > shipped_on:
        problems["permit_on"] = _("The permit cannot be later than the shipment.")
    return problems


def step_problems(actor: Actor, sample: Sample, step: CustodyStep) -> dict[str, Any]:
    """What is wrong with a step by field, apart from its place in the chain."""
    problems: dict[str, Any] = {}
    if said := _day_problem(actor, sample, step):
        problems["happened_on"] = said
    problems |= _border_problems(actor, sample, step)
    known = samples.rules(actor).assays
    if step.reason and step.reason not in {row.code for row in known.reasons}:
        problems["reason"] = _("Choose the reason.")
    if step.reason == "OTHER" and not step.note:
        problems["note"] = _("Describe the other reason.")
    if step.condition and step.condition not in {row.code for row in known.conditions}:
        problems["condition"] = _("Choose the condition from the list.")
    return problems
