"""What follow-up knows of a case, gathered from its tables into plain values."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.dates import PartialDate
from followup.domain.events import EventCategory
from followup.domain.identity import Age
from followup.models import AdverseEvent
from followup.queries import identity, samples
from pv.domain.cases import Pregnancy, Reaction, ReportedCase, Suspect, Test, UnobtainableSample

# E2B(R3) code list 12; a finding that is none of these is said in words.
_RESULT_CODES = {"POSITIVE": "1", "NEGATIVE": "2", "INDETERMINATE": "4"}


def event(actor: Actor, event_id: UUID) -> AdverseEvent:
    """One event with what surrounds it; NotFound outside the scope."""
    rows = AdverseEvent.objects.select_related(
        "patient", "site", "product__holder", "infusion__indication"
    )
    return scope.one(actor, rows, id=event_id)


def tests(actor: Actor, event_row: AdverseEvent) -> Sequence[Test]:
    """Molecular results on the samples of an event, the oldest first; replaced ones left out."""
    return [_test(line) for line in samples.results_about(actor, event_row)]


def _test(line: samples.ResultLine) -> Test:
    row, assay, finding = line.result, line.assay, line.finding
    measure = assay.measure(row.measure) if assay else None
    return Test(
        name=assay.label_zh if assay else row.assay,
        name_en=assay.label_en if assay else row.assay,
        on=PartialDate.of(row.resulted_on),
        finding=finding.label_zh if finding else row.finding,
        finding_en=finding.label_en if finding else row.finding,
        code=_RESULT_CODES.get(row.finding, ""),
        value=row.value,
        bound=">" if row.comparator in (">", "≥") else "",
        unit=row.unit,
        ucum=measure.ucum if measure else "",
        below=row.lower_limit if row.below_quantification else None,
        comment="; ".join(part for part in (row.laboratory, row.reported, row.comment) if part),
        specimen=f"{line.sample.code} {line.sample.number}",
    )


def missing(actor: Actor, event_row: AdverseEvent) -> Sequence[UnobtainableSample]:
    """The samples of a suspected malignancy that cannot be had; there is no list without one."""
    if not event_row.is_new_malignancy:
        return []
    rows = samples.described(actor, samples.of_event(actor, event_row))
    return [_missing(row) for row in rows if row.sample.state == "UNOBTAINABLE"]


def _missing(row: samples.Described) -> UnobtainableSample:
    known, why = row.definition, row.unobtainable
    return UnobtainableSample(
        name=known.label_zh if known else row.sample.code,
        name_en=known.label_en if known else row.sample.code,
        reason=why.label_zh if why else "原因不详",
        reason_en=why.label_en if why else "reason not known",
    )


def _pregnancy(row: AdverseEvent) -> Pregnancy | None:
    if row.kind != EventCategory.PREGNANCY:
        return None
    last = PartialDate.from_iso(row.last_period_text) if row.last_period_text else None
    return Pregnancy(row.pregnancy_of, last, row.pregnancy_outcome, row.congenital_anomaly)


def _age(actor: Actor, row: AdverseEvent, onset: PartialDate | None) -> Age | None:
    """Age at onset, only when both days are known to the day."""
    if onset is None or onset.exact is None:
        return None
    return identity.age_on(actor, row.patient_id, onset.exact)


def _reaction(row: AdverseEvent, onset: PartialDate | None, reaction_id: str) -> Reaction:
    return Reaction(
        reaction_id=reaction_id,
        verbatim=row.verbatim,
        onset=onset,
        seriousness=frozenset(row.seriousness),
        serious=row.serious,
        grade=row.grade,
        grade_scale=row.grade_scale,
        outcome=row.outcome,
        causality=row.causality,
        is_new_malignancy=row.is_new_malignancy,
        pathology_note=row.pathology_note,
        immunophenotype=row.immunophenotype,
        ended=PartialDate.from_iso(row.ended_text) if row.ended_text else None,
    )


def reported(
    actor: Actor,
    row: AdverseEvent,
    *,
    worldwide_id: str,
    created_at: datetime,
    latest_on: date,
    expedited: bool | None,
    reaction_id: str,
    drug_id: str,
) -> ReportedCase:
    """Everything the tree and the narrative of a case are made of."""
    onset = PartialDate.from_iso(row.onset_text) if row.onset_text else None
    patient, infusion, product = row.patient, row.infusion, row.product
    indication = infusion.indication
    return ReportedCase(
        worldwide_id=worldwide_id,
        created_at=created_at,
        received_on=row.aware_on,
        latest_on=latest_on,
        expedited=expedited,
        holder_id=product.holder.code,
        site_name=row.site.name_zh,
        reporter_name=row.reporter_name,
        reporter_qualification=row.reporter_qualification,
        study_code=patient.study_code,
        sex=patient.sex,
        age=_age(actor, row, onset),
        birth_year=patient.birth_year,
        suspect=Suspect(
            drug_id=drug_id,
            generic_zh=product.generic_zh,
            inn=product.inn,
            holder_zh=product.holder.name_zh or product.holder.name_en,
            infused_on=infusion.infused_on,
            lot=infusion.lot,
            dose_cells=infusion.dose_cells,
            indication_zh=indication.name_zh if indication else "",
            indication_en=indication.name_en if indication else "",
            off_label_reason="" if indication else infusion.off_label_reason,
            approval_number=product.approval_number,
            chain_of_identity=infusion.chain_of_identity,
        ),
        reaction=_reaction(row, onset, reaction_id),
        tests=tests(actor, row),
        missing=missing(actor, row),
        pregnancy=_pregnancy(row),
        died_on=PartialDate.from_iso(patient.died_on_text) if patient.died_on_text else None,
        death_cause=patient.death_cause,
        death_cause_code=patient.death_cause_code,
        autopsy=patient.autopsy,
        history=indication.name_zh if indication else infusion.off_label_reason,
    )
