"""Taking up a cohort: each patient registered as by hand, each past visit recorded, or refused."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from followup.actions import cohort_values, infusion_details, patients, row_refusals, visits
from followup.actions.consent_papers import ConsentInput
from followup.actions.identity import IdentityInput
from followup.actions.patients import InfusionInput
from followup.actions.visits import VisitInput
from followup.core import confirmations
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.cohorts import CohortPatient, CohortVisit, Fault, fold
from followup.domain.dates import PartialDate
from followup.models import CohortFile, Infusion, Patient, PlannedVisit
from followup.queries import batch_visits, cohorts


def fault_text(fault: Fault) -> str:
    """Why a cell is refused, in words."""
    return {
        Fault.NO_KEY: _("Number the patient: rows of one number are one patient."),
        Fault.NO_DAY: _("A visit needs its date."),
        Fault.NO_PATIENT: _("The patient of this visit was refused."),
        Fault.TWICE: _("Another row of this patient says something else."),
        Fault.MISSING: _("This is needed."),
        Fault.NOT_A_DAY: _("Not a full date: write year-month-day, for example 2026-11-21."),
        Fault.NOT_A_CODE: _("This word is not known here: see the sheet of codes in the template."),
        Fault.NOT_A_NUMBER: _("Not a number."),
        Fault.NOT_A_TIME: _("Not a time of day: write it as 14:30."),
        Fault.TOO_MANY_DIGITS: _("More digits than are kept here: check the number."),
        Fault.FORMULA: _("A formula: paste the value."),
        Fault.ON_THE_PAGE: _("Record this contact on its page: it asks what safety needs to know."),
        Fault.ROUNDED: _("The spreadsheet has rounded this number: format the column as text."),
    }[fault]


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that was refused, with its reason in each of `row_refusals.LANGUAGES`."""

    number: int
    reasons: tuple[str, ...]


@dataclass
class ImportOutcome:
    """What was taken over or would be; a refused patient takes its visits along."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[RowFault] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)


@action("cohort.adopt", needs=Perm.PATIENT_WRITE)
def adopt(
    actor: Actor,
    row: CohortFile,
    *,
    records: Sequence[CohortPatient],
    dry: bool,
    out: ImportOutcome,
) -> None:
    """Register patients with their past visits, each as a person would; a dry run keeps none.

    A patient who is refused leaves the others alone, a refused visit leaves its patient alone.
    """
    with transaction.atomic():
        _adopt(actor, row, records, out)
        if dry:
            transaction.set_rollback(True)


@part
def _adopt(
    actor: Actor, row: CohortFile, records: Sequence[CohortPatient], out: ImportOutcome
) -> None:
    products = cohorts.products()
    for one in records:
        patient: Patient | None = None
        reasons = _twice(one, out)
        if not reasons:
            register = partial(_register, actor, row, one, products)
            patient, reasons = row_refusals.tried(register)
        if patient is None:
            out.counts["patients_refused"] += 1
            out.faults.append(RowFault(one.number, reasons))
            texts = row_refusals.spoken(partial(fault_text, Fault.NO_PATIENT))
            others = [v.number for v in one.visits if v.number != one.number]
            out.faults += [RowFault(number, texts) for number in others]
            continue
        out.counts["patients"] += 1
        _visits(actor, patient, one, out)


def _twice(one: CohortPatient, out: ImportOutcome) -> tuple[str, ...]:
    """Within the file nobody stands twice; a dry run forgets block by block, so it is kept here."""
    marks = [
        f"{name}:{fold(str(one.values[name]))}"
        for name in ("national_id", "chain_of_identity", "hospital_number")
        if one.values.get(name)
    ]
    twice = [out.seen[mark] for mark in marks if mark in out.seen]
    if twice:
        words = {"row": twice[0]}
        return row_refusals.spoken(lambda: _("Row %(row)s names the same person.") % words)
    out.seen |= dict.fromkeys(marks, one.number)
    return ()


@part
def _register(
    actor: Actor, row: CohortFile, one: CohortPatient, products: Mapping[str, Any]
) -> Patient:
    values: dict[str, Any] = one.values
    product = products.get(fold(values["product"]))
    if product is None:
        raise Refused(_("This product is not known: %(text)s") % {"text": values["product"]})
    text = values.get("indication", "")
    indication = cohorts.indications(product).get(fold(text)) if text else None
    if text and indication is None:
        raise Refused(_("The product has no such indication: %(text)s") % {"text": text})
    purposes = cohort_values.purposes(values["consent_purposes"])
    dose, lines = values.get("dose_cells"), values.get("prior_lines")
    checked = confirmations.ALL_CONFIRMED if values.get("checked") else ()
    patient = patients.register(
        actor,
        row.site,
        sex=values["sex"],
        identity=IdentityInput(
            name=values["name"],
            birth_date=values.get("birth_date"),
            national_id=values.get("national_id", ""),
            document_kind=values.get("document_kind", ""),
            hospital_number=values.get("hospital_number", ""),
            address=values.get("address", ""),
            contacts=cohort_values.contacts(values),
        ),
        consent=ConsentInput(values["consent_version"], purposes, values["consent_on"]),
        infusion=InfusionInput(
            product=product,
            indication=indication,
            off_label_reason=values.get("off_label_reason", ""),
            infused_on=values["infused_on"],
            lot=values["lot"],
            chain_of_identity=values["chain_of_identity"],
            dose_cells=Decimal(dose) if dose else None,
            prior_lines=int(Decimal(lines)) if lines else None,
        ),
        not_a_duplicate=bool(values.get("not_same")),
        confirmed=checked,
        adopted_on=row.adopted_on,
    )
    _describe(actor, patient, values, checked)
    return patient


@part
def _describe(
    actor: Actor, patient: Patient, values: Mapping[str, Any], checked: Collection[str]
) -> None:
    """Record how the product was made and given, and what went before, as far as it is told."""
    said = cohort_values.details(values)
    if said.recorded():
        given = Infusion.objects.get(patient=patient)
        infusion_details.describe(
            actor, given, given=said, version=given.version, confirmed=checked
        )


@part
def _visits(actor: Actor, patient: Patient, one: CohortPatient, out: ImportOutcome) -> None:
    """Record the past visits in the order of their days, a death last."""
    if not one.visits:
        return
    infusion = Infusion.objects.select_related("patient").get(patient=patient)
    ordered = sorted(
        one.visits, key=lambda v: (v.values.get("vital_status") == "DEAD", v.values["contact_on"])
    )
    for visit in ordered:
        record = partial(_recorded, actor, patient, infusion, visit, one)
        given, reasons = row_refusals.tried(record)
        if given is None:
            out.counts["visits_refused"] += 1
            out.faults.append(RowFault(visit.number, reasons))
            continue
        out.counts["visits"] += 1
        if given.vital_status == "DEAD":
            out.deaths.append(patient.study_code)


@part
def _recorded(
    actor: Actor, patient: Patient, infusion: Infusion, visit: CohortVisit, one: CohortPatient
) -> VisitInput:
    given = _answers(visit, checked=bool(one.values.get("checked")))
    planned, explicit = _planned(patient, visit)
    try:
        visits.record(
            actor,
            infusion,
            given=replace(given, counts_outside=explicit),
            planned=planned,
            tells=False,
            asks=False,
        )
    except Conflict as conflict:
        raise Refused(_("This visit is recorded already.")) from conflict
    return given


def _answers(visit: CohortVisit, *, checked: bool) -> VisitInput:
    values: dict[str, Any] = visit.values
    vital = values.get("vital_status")
    if not vital:
        raise Refused(_("A visit needs the vital status."))
    return VisitInput(
        contact_on=values["contact_on"],
        informant=values.get("informant") or "UNKNOWN",
        contact_type=values.get("contact_type") or "THIRD_PARTY_RECORD",
        vital_status=vital,
        died_on=cast(PartialDate | None, values.get("died_on")),
        death_cause=values.get("death_cause", ""),
        death_cause_code=values.get("death_cause_code", ""),
        autopsy=values.get("autopsy", ""),
        disease_status=values.get("disease_status", ""),
        progressed_on=cast(PartialDate | None, values.get("progressed_on")),
        new_malignancy=values.get("new_malignancy", ""),
        other_event=values.get("other_event", ""),
        new_therapy=values.get("new_therapy", ""),
        note=values.get("note", ""),
        confirmed=confirmations.ALL_CONFIRMED if checked else (),
    )


def _planned(patient: Patient, visit: CohortVisit) -> tuple[PlannedVisit | None, bool]:
    """The planned visit a row names, or the one whose window holds its day; whether it is named."""
    plan = cohorts.planned(patient.id)
    code = str(visit.values.get("visit_code", ""))
    if code:
        for planned in plan:
            if fold(planned.code) == fold(code):
                return planned, True
        raise Refused(_("The plan has no visit %(code)s.") % {"code": code})
    on = cast(date, visit.values["contact_on"])
    held = batch_visits.recordable(plan, on)
    return (held[0] if held else None), False
