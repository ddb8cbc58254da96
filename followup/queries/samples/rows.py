"""One sample, its chain of custody, its results, and what belongs to an event or a patient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.consents import Purpose
from followup.domain.events import EventCategory
from followup.domain.samples import (
    EXCURSION,
    Assay,
    CheckItem,
    Coded,
    CustodyState,
    Held,
    Moment,
    Pair,
    SampleDefinition,
    Stability,
    StabilityVerdict,
    assess,
    pair_up,
    pre_treatment_held,
)
from followup.models import (
    AdverseEvent,
    Consent,
    CustodyEvent,
    MolecularResult,
    Patient,
    PlannedVisit,
    Sample,
)
from followup.queries import patient_rows
from followup.queries.samples.deviations import deviating
from followup.queries.samples.rules import SampleRuleSet, rules

# Material that is there, whatever was done to it since.
THERE = frozenset(CustodyState) - {
    CustodyState.PLANNED,
    CustodyState.UNOBTAINABLE,
    CustodyState.DESTROYED,
}
SHARED = ("PRE", "BETWEEN", "ANY")


@dataclass(frozen=True, slots=True)
class Described:
    """A sample with what it is, and why it cannot be had where it cannot.

    `deviation` says that it was out of its allowed range at some step; `consent_needed` that it
    is planned and no consent to keeping and testing samples is in force.
    """

    sample: Sample
    definition: SampleDefinition | None
    unobtainable: Coded | None = None
    deviation: bool = False
    consent_needed: bool = False

    @property
    def held(self) -> Held:
        """Whether the material exists: from its state, else from the answer given."""
        if CustodyState(self.sample.state) in THERE:
            return Held.YES
        if self.sample.state != CustodyState.PLANNED:
            return Held.NO
        return Held(self.sample.held) if self.sample.held else Held.UNKNOWN


@dataclass(frozen=True, slots=True)
class StepLine:
    """One row of custody as it reads today; `superseded` rows are kept and struck through."""

    row: CustodyEvent
    reason: Coded | None
    condition: Coded | None
    superseded: bool

    @property
    def deviation(self) -> bool:
        """Whether the step found the material out of its allowed range."""
        return self.row.condition == EXCURSION


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One result with its assay, finding and method in words."""

    result: MolecularResult
    sample: Sample
    assay: Assay | None
    finding: Coded | None
    method: Coded | None


def about(event: AdverseEvent) -> Q:
    """The samples that speak to an event: its own, and the patient's material of other times.

    To a replication-competent virus every sample speaks that was tested for it.
    """
    found = Q(event_id=event.id) | Q(infusion_id=event.infusion_id, phase__in=SHARED)
    if event.kind != EventCategory.RCL_POSITIVE:
        return found
    tested = MolecularResult.objects.filter(sample__infusion_id=event.infusion_id, assay="RCL")
    return found | Q(id__in=tested.values("sample_id"))


def one(actor: Actor, sample_id: UUID | str, needs: Perm | None = None) -> Sample:
    """One sample; NotFound otherwise."""
    rows = Sample.objects.select_related("patient", "site", "product", "event", "infusion")
    return scope.one(actor, rows, needs, id=sample_id)


def many(actor: Actor, ids: Iterable[UUID], needs: Perm | None = None) -> list[Sample]:
    """The visible ones among these, by number."""
    rows = Sample.objects.filter(id__in=list(ids)).select_related("patient", "event")
    return list(scope.visible(actor, rows, needs).order_by("number"))


def of_patient(actor: Actor, patient: Patient) -> list[Sample]:
    """The samples of a patient, planned ones included, by number."""
    if patient_rows.lacks(actor, patient, Sample):
        return []
    rows = scope.visible(actor, Sample.objects.filter(patient=patient))
    return list(rows.select_related("patient", "event").order_by("number"))


def of_event(actor: Actor, event: AdverseEvent, needs: Perm | None = None) -> list[Sample]:
    """The samples that speak to an event, the pre-treatment ones first."""
    rows = list(scope.visible(actor, Sample.objects.filter(about(event)), needs))
    order = {"PRE": 0, "POST": 1, "ANY": 2, "BETWEEN": 3}
    return sorted(rows, key=lambda row: (order[row.phase], row.code, row.number))


def of_visit(actor: Actor, planned: PlannedVisit) -> list[Sample]:
    """The samples made for a planned visit."""
    rows = Sample.objects.filter(planned_visit=planned).select_related("patient", "event")
    return list(scope.visible(actor, rows).order_by("number"))


def described(actor: Actor, rows: Iterable[Sample]) -> list[Described]:
    """Samples with their definitions."""
    known, found = rules(actor), list(rows)
    gone = _reasons([row.id for row in found if row.state == CustodyState.UNOBTAINABLE])
    out, open_to = deviating(row.id for row in found), _without_consent(found)
    return [
        Described(
            row,
            known.definitions.get(row.code),
            known.words.get(gone.get(row.id, "")),
            row.id in out,
            row.state == CustodyState.PLANNED and row.patient_id in open_to,
        )
        for row in found
    ]


def _without_consent(rows: Iterable[Sample]) -> set[UUID]:
    """The patients of planned samples of whom no consent to samples is in force."""
    patients = {row.patient_id for row in rows if row.state == CustodyState.PLANNED}
    agreed = Consent.objects.filter(
        patient_id__in=patients,
        withdrawn_on__isnull=True,
        purposes__contains=[Purpose.SAMPLES.value],
    )
    return patients - set(agreed.values_list("patient_id", flat=True))


def _reasons(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Why samples cannot be had: the code of the row that counts; no query for none."""
    if not ids:
        return {}
    rows = CustodyEvent.objects.filter(
        sample_id__in=ids, step="MARK_UNOBTAINABLE", taken_back=False, replaced_by__isnull=True
    )
    return dict(rows.order_by("number").values_list("sample_id", "reason"))


def custody(actor: Actor, sample: Sample) -> list[StepLine]:
    """The chain of custody in order of recording, replaced rows included."""
    words = rules(actor).words
    rows = scope.visible(actor, CustodyEvent.objects.filter(sample=sample))
    found = list(rows.select_related("recorded_by").order_by("number"))
    gone = {row.replaces_id for row in found}
    return [
        StepLine(row, words.get(row.reason), words.get(row.condition), row.id in gone)
        for row in found
    ]


def step(actor: Actor, step_id: UUID | str) -> CustodyEvent:
    """One row of custody; NotFound otherwise."""
    rows = CustodyEvent.objects.select_related("sample__patient", "sample__product")
    return scope.one(actor, rows, id=step_id)


def corrections(row: Any) -> list[Any]:
    """A row the actor has found and every row that replaced it since; the last one counts."""
    rows = [row]
    others = type(row)._default_manager.select_related("recorded_by")
    while newer := others.filter(replaces=rows[-1].pk).first():
        rows.append(newer)
    return rows


def warnings(actor: Actor, sample: Sample, *, now: datetime) -> list[StabilityVerdict]:
    """Stability limits that are near, passed or cannot be assessed, for material still in hand.

    Limits warn and never block: the laboratory decides whether a late sample still serves.
    """
    definition = rules(actor).definitions.get(sample.code)
    state = CustodyState(sample.state)
    in_hand = (CustodyState.COLLECTED, CustodyState.SHIPPED, CustodyState.RECEIVED)
    if definition is None or state not in in_hand:
        return []
    rows = CustodyEvent.objects.filter(sample=sample, step="COLLECT", taken_back=False)
    taken = rows.filter(replaced_by__isnull=True).order_by("-number").first()
    collected = Moment(taken.happened_on, taken.happened_at) if taken else Moment(None)
    moment = Moment(now.astimezone(clock.SHANGHAI).date(), now)
    verdicts = assess(definition.limits, collected, moment, clock.SHANGHAI)
    quiet = (Stability.UNLIMITED, Stability.WITHIN)
    return [verdict for verdict in verdicts if verdict.answer not in quiet]


def _lines(known: SampleRuleSet, rows: Iterable[MolecularResult]) -> list[ResultLine]:
    lines = []
    for row in rows:
        assay = known.assays.assay(row.assay)
        finding = assay.finding(row.finding) if assay else None
        lines.append(ResultLine(row, row.sample, assay, finding, known.words.get(row.method)))
    return lines


def results(actor: Actor, sample: Sample, *, replaced: bool = False) -> list[ResultLine]:
    """The results of a sample, the oldest first; with `replaced` the corrected ones too."""
    rows = scope.visible(actor, MolecularResult.objects.filter(sample=sample))
    if not replaced:
        rows = rows.filter(replaced_by__isnull=True)
    ordered = rows.select_related("sample", "recorded_by").order_by("resulted_on", "recorded_at")
    return _lines(rules(actor), ordered)


def results_about(actor: Actor, event: AdverseEvent, needs: Perm | None = None) -> list[ResultLine]:
    """The results on the samples of an event as they stand, the oldest first."""
    samples = Sample.objects.filter(about(event))
    rows = MolecularResult.objects.filter(sample__in=samples, replaced_by__isnull=True)
    ordered = scope.visible(actor, rows, needs).select_related("sample")
    return _lines(rules(actor), ordered.order_by("resulted_on", "recorded_at"))


def result(actor: Actor, result_id: UUID | str) -> MolecularResult:
    """One result; NotFound otherwise."""
    rows = MolecularResult.objects.select_related("sample__patient", "sample__product")
    return scope.one(actor, rows, id=result_id)


def _items(rows: Sequence[Described]) -> list[CheckItem]:
    """One checklist item per code: held when any tube of that code is, unknown before no."""
    best: dict[str, CheckItem] = {}
    weight = {Held.YES: 2, Held.UNKNOWN: 1, Held.NO: 0}
    for row in rows:
        if row.definition is None:
            continue
        item = CheckItem(row.definition, row.held, row.sample.because, row.sample.condition_known)
        before = best.get(row.sample.code)
        if before is None or weight[row.held] > weight[before.held]:
            best[row.sample.code] = item
    return list(best.values())


def pre_treatment(rows: Sequence[Described]) -> Held:
    """Whether any pre-treatment sample is held; NO only when every one was looked for."""
    return pre_treatment_held(_items(rows))


def pairs(actor: Actor, rows: Sequence[Described]) -> tuple[Pair, ...]:
    """Every comparison of before with after and whether both sides are there."""
    return pair_up(rules(actor).checklist, _items(rows))
