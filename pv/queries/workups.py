"""The malignancy work-up of a case: its samples, its results, and the evidence they make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.dates import PartialDate
from followup.domain.samples import Coded, CustodyState, Held, Pair
from followup.models import AdverseEvent, CustodyEvent, MolecularResult, Sample
from followup.queries import samples
from pv.domain.malignancies import (
    REASON,
    WITHOUT_BUTTON,
    WORK_UP,
    AttributionEvidence,
    AttributionRules,
    FlagEvidence,
    IntegrationSite,
    MalignancyEvidence,
    Suspicion,
    WorkUpEvent,
    WorkUpState,
    read_attribution_rules,
)
from pv.models import Case, WorkUp, WorkUpStep
from pv.queries import rules as documents

TRANSGENE = ("CAR_TRANSGENE", "VCN")
ARRIVED = ("RECEIVE", "START_TEST", "RESULT")
_CLONAL = {"CLONAL": True, "POLYCLONAL": False}
_PHENOTYPE = {"T_CELL": True, "NOT_T_CELL": False}
_FOUND = {"POSITIVE": True, "NEGATIVE": False}


@dataclass(frozen=True, slots=True)
class WorkUpView:
    """The work-up with what it rests on."""

    work_up: WorkUp
    samples: Sequence[Any]
    results: Sequence[Any]
    pre_treatment: Held
    pairs: Sequence[Pair]


def attribution_rules() -> AttributionRules:
    """The thresholds of the attribution classes as loaded."""
    return documents.parsed("attribution", read_attribution_rules)


def classes() -> Mapping[str, Coded]:
    """The attribution classes by code, with their labels."""
    return _coded("classes")


def flags() -> Mapping[str, Coded]:
    """The flags that stand beside the class, with their labels."""
    return _coded("flags")


def _coded(part: str) -> Mapping[str, Coded]:
    rows = documents.data("attribution")[part]
    return {row["code"]: Coded(row["code"], row["en"], row["zh"]) for row in rows}


def possible(work_up: WorkUp) -> list[tuple[str, bool]]:
    """The steps a person may take now, and whether a reason must be given."""
    state = WorkUpState(work_up.state)
    found = {
        row.event.value: REASON in row.needs
        or (row.event is WorkUpEvent.RESULTS_COMPLETE and not work_up.attribution)
        for row in WORK_UP.rows
        if state in row.sources and row.event not in WITHOUT_BUTTON
    }
    return list(found.items())


def of_case(actor: Actor, case: Case) -> WorkUpView | None:
    """The work-up of a case, None when none was opened."""
    rows = WorkUp.objects.filter(case=case).select_related("event__infusion")
    row = scope.visible(actor, rows).first()
    if row is None:
        return None
    found = samples.described(actor, samples.of_event(actor, row.event, Perm.CASE_READ))
    return WorkUpView(
        row,
        found,
        samples.results_about(actor, row.event, Perm.CASE_READ),
        samples.pre_treatment(found),
        samples.pairs(actor, found),
    )


def one(actor: Actor, case: Case) -> WorkUp:
    """The work-up of a case; NotFound when there is none."""
    return scope.one(actor, WorkUp.objects.select_related("event__infusion"), case=case)


def by_id(actor: Actor, record: str) -> WorkUp:
    """A work-up by its own id; NotFound otherwise."""
    return scope.one(actor, WorkUp.objects.select_related("event__infusion", "case"), id=record)


def happened(work_up: WorkUp) -> list[WorkUpEvent]:
    """What the samples of a work-up say, as it is recorded now, in the order of the work."""
    rows = list(Sample.objects.filter(samples.about(work_up.event)).values_list("id", "state"))
    gone = (CustodyState.UNOBTAINABLE.value, CustodyState.DESTROYED.value)
    wanted = {key for key, state in rows if state not in gone}
    taken = CustodyEvent.objects.filter(
        sample_id__in=[key for key, _state in rows],
        step__in=ARRIVED,
        taken_back=False,
        replaced_by__isnull=True,
    )
    arrived: dict[Any, set[str]] = {}
    for key, step in taken.values_list("sample_id", "step"):
        arrived.setdefault(key, set()).add(step)
    tested = any("START_TEST" in steps for steps in arrived.values())
    happened = {
        WorkUpEvent.SAMPLE_ARRIVED: bool(arrived),
        WorkUpEvent.SAMPLES_ALL_IN: bool(wanted) and wanted <= set(arrived),
        WorkUpEvent.START_TESTING: tested,
        WorkUpEvent.NONE_OBTAINABLE: bool(rows) and not wanted and not tested,
    }
    return [event for event, true in happened.items() if true]


def steps(actor: Actor, work_up: WorkUp) -> list[WorkUpStep]:
    """Every step the work-up took, in order."""
    return list(
        scope.visible(
            actor, WorkUpStep.objects.filter(work_up=work_up).select_related("recorded_by")
        )
    )


def _results(event: AdverseEvent) -> list[MolecularResult]:
    held = Sample.objects.filter(samples.about(event))
    rows = MolecularResult.objects.filter(sample__in=held, replaced_by__isnull=True)
    return list(rows.select_related("sample").order_by("resulted_on", "recorded_at"))


def _last(rows: Iterable[MolecularResult], *assays: str) -> MolecularResult | None:
    """The latest result of these assays on material taken at the event."""
    fitting = [r for r in rows if r.assay in assays and r.sample.phase == "POST"]
    return fitting[-1] if fitting else None


def _said(answers: Mapping[str, Any], name: str) -> bool | None:
    """A person's answer; None when nobody answered or the answer is "not known"."""
    return {"YES": True, "NO": False}.get(str(answers.get(name, "")))


def _either(answer: bool | None, measured: bool | None) -> bool | None:
    """What a person assessed outranks what a code of a report says."""
    return measured if answer is None else answer


def _after_infusion(event: AdverseEvent) -> bool | None:
    """Whether it began after the infusion, when the partial date of onset can tell."""
    if not event.onset_text:
        return None
    onset, infused = PartialDate.from_iso(event.onset_text), event.infusion.infused_on
    if onset.earliest > infused:
        return True
    return False if onset.latest < infused else None


def evidence(work_up: WorkUp) -> MalignancyEvidence:
    """What is known for the level: the answers given, and the molecular results."""
    answers, found = work_up.evidence, _results(work_up.event)
    clonality, phenotype = _last(found, "TCR_CLONALITY"), _last(found, "IMMUNOPHENOTYPE")
    # A report of a diagnosis is itself a suspicion: without it there would be no work-up.
    suspicions = {Suspicion.REPORTED_DIAGNOSIS}
    suspicions |= {Suspicion(code) for code in answers.get("suspicions", ())}
    return MalignancyEvidence(
        suspicions=frozenset(suspicions),
        after_infusion=_either(_said(answers, "after_infusion"), _after_infusion(work_up.event)),
        malignant_histology=_said(answers, "malignant_histology"),
        t_cell_pathology=_said(answers, "t_cell_pathology"),
        t_cell_immunophenotype=_either(
            _said(answers, "t_cell_immunophenotype"),
            _PHENOTYPE.get(phenotype.finding) if phenotype else None,
        ),
        tcr_clonal=_CLONAL.get(clonality.finding) if clonality else None,
        independent_primary=_said(answers, "independent_primary"),
        reactive=_said(answers, "reactive"),
        relapse=_said(answers, "relapse"),
        lineage_switch=_said(answers, "lineage_switch"),
        non_melanoma_skin=_said(answers, "non_melanoma_skin"),
        in_situ=_said(answers, "in_situ"),
        gut_biopsy=_said(answers, "gut_biopsy"),
        enterocolitis=_said(answers, "enterocolitis"),
    )


def _number(row: MolecularResult | None, threshold: Decimal) -> Decimal | None:
    """A measured number; below quantification counts only where its limit alone decides.

    The true number lies under the limit. A limit under the threshold settles "under the
    threshold"; any other limit settles nothing, and a zero would be invented.
    """
    if row is None:
        return None
    if row.below_quantification:
        limit = row.lower_limit
        return limit if limit is not None and limit < threshold else None
    return row.value


def _measured(
    rows: Sequence[MolecularResult], assay: str, measure: str, threshold: Decimal
) -> Decimal | None:
    fitting = [r for r in rows if r.assay == assay and r.measure == measure]
    return _number(_last(fitting, assay), threshold)


def _detected(rows: Sequence[MolecularResult]) -> bool | None:
    """Transgene in material of the event: one positive counts, negative only if all are."""
    fitting = [r for r in rows if r.assay in TRANSGENE and r.sample.phase == "POST"]
    answers = {_FOUND.get(row.finding) for row in fitting}
    if True in answers:
        return True
    return False if answers == {False} else None


def _sites(rows: Sequence[MolecularResult]) -> tuple[IntegrationSite, ...] | None:
    row = _last(rows, "ISA")
    if row is None or "sites" not in row.details:
        return None
    return tuple(
        IntegrationSite(site["distance_bp"], site["gene"] or None, site["expression_changed"])
        for site in row.details["sites"]
    )


def _tested(
    work_up: WorkUp, rows: Sequence[MolecularResult], answers: Mapping[str, Any]
) -> tuple[bool | None, str | None]:
    """Whether the event's material was tested; "no" only when none is left to test."""
    if _last(rows, *TRANSGENE) is not None:
        return True, None
    post = Sample.objects.filter(event_id=work_up.event_id, phase="POST")
    states = set(post.values_list("state", flat=True))
    gone = bool(states) and states <= {"UNOBTAINABLE", "DESTROYED"}
    if gone or work_up.state in ("SAMPLES_UNOBTAINABLE", "CONSENT_REFUSED"):
        return False, str(answers.get("not_tested_reason") or "") or None
    return None, None


def attribution_evidence(work_up: WorkUp) -> AttributionEvidence:
    """The molecular evidence for the attribution class; what no report says stays None."""
    rules, answers, rows = attribution_rules(), work_up.evidence, _results(work_up.event)
    tested, reason = _tested(work_up, rows, answers)
    transgene, clonality = _last(rows, *TRANSGENE), _last(rows, "TCR_CLONALITY")
    percent = rules.car_positive_least
    return AttributionEvidence(
        tested=tested,
        not_tested_reason=reason,
        lod_met=transgene.lod_met if transgene else None,
        tumour_content=transgene.tumour_content if transgene else None,
        transgene_detected=_detected(rows),
        vcn=_measured(rows, "VCN", "vcn", rules.vcn_least),
        car_positive_malignant=_measured(rows, "CAR_TRANSGENE", "car_positive_malignant", percent),
        car_positive_all=_measured(
            rows, "CAR_TRANSGENE", "car_positive_cells", rules.low_level_below
        ),
        same_tcr_clone=clonality.same_clone if clonality else None,
        sites=_sites(rows),
        conflicting=_said(answers, "conflicting") is True,
    )


def flag_evidence(work_up: WorkUp) -> FlagEvidence:
    """Facts that stand beside the class: what was there before, and other drivers."""
    answers, rows = work_up.evidence, _results(work_up.event)
    before = [r for r in rows if r.sample.phase == "PRE" and r.assay == "TCR_CLONALITY"]
    rcl = {_FOUND.get(row.finding) for row in rows if row.assay == "RCL"}
    same = {row.same_clone for row in before}
    return FlagEvidence(
        same_tcr_before=True if True in same else False if same == {False} else None,
        same_driver_before=_said(answers, "same_driver_before"),
        chip_before=_said(answers, "chip_before"),
        rcl_positive=True if True in rcl else False if rcl == {False} else None,
        ebv_driven=_said(answers, "ebv_driven"),
        prior_genotoxic=_said(answers, "prior_genotoxic"),
    )
