"""New facts of follow-up reach a case that exists: offered as sources, with their own clocks."""

from datetime import date
from typing import Any

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.facts import (
    AdverseEventChanged,
    DeathRetracted,
    InfusionCorrected,
    MolecularResultReceived,
    PatientDied,
    SampleMoved,
)
from followup.models import AdverseEvent
from pv.actions import clocks as case_clocks
from pv.actions.cases.drafting import complete, content_now, facts_of, keep_source, offered
from pv.domain import clocks
from pv.models import Case, CaseSource
from pv.queries import reported as gathered
from pv.queries import rules

# Outcomes of an event that was over (E2B E.i.7: 1 and 4).
ENDED = frozenset({"RECOVERED", "RECOVERED_WITH_SEQUELAE"})
# Steps after which the list of samples that cannot be had reads differently.
UNOBTAINABLE = frozenset({"MARK_UNOBTAINABLE", "PLAN"})


def _case_of(event_id: Any) -> Case | None:
    source = CaseSource.objects.filter(event_id=event_id).select_related("case").first()
    if source is None:
        return None
    return Case.objects.select_for_update().get(id=source.case_id)


def _reclock(actor: Actor, case: Case, event: AdverseEvent, known_on: date) -> None:
    rule_set = rules.rule_set()
    sent = case.submissions.exists()
    after = complete(facts_of(event))
    before = clocks.CaseFacts(
        **{name: getattr(after, name) for name in after.__slots__}
        | {"serious": case.serious, "fatal": case.fatal}
    )
    change = clocks.reclock(rule_set, before, after, known_on, (), first_report_sent=sent)
    open_rules = set(
        case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True).values_list(
            "rule", flat=True
        )
    )
    fresh = tuple(c for c in change.started if sent or c.rule not in open_rules)
    version = case.current_version + (1 if sent else 0)
    case_clocks.start(actor, case, started=fresh, version=version)


def _offer(
    actor: Actor,
    case: Case,
    event: AdverseEvent,
    kind: str,
    reference: str,
    on: date,
    *,
    reopens: bool = True,
) -> None:
    content = content_now(actor, case, event, on)
    known = case.sources.filter(kind=kind, reference=reference).exists()
    keep_source(case, event, kind, reference, values=offered(content), received_on=on)
    if reopens and not known:
        _reopen(case)


def _reopen(case: Case) -> None:
    """New information takes a closed case up again; nobody is reminded of a closed one."""
    if case.stage == Case.Stage.CLOSED:
        case.stage, case.lock_version = Case.Stage.ENTRY, case.lock_version + 1
        case.save(update_fields=["stage", "lock_version"])


@action("case.note_change", needs=Perm.CASE_WRITE)
def note_change(actor: Actor, fact: AdverseEventChanged) -> Case | None:
    """Offer what the hospital changed to the case and let an upgrade start its clock."""
    case = _case_of(fact.adverse_event_id)
    if case is None:
        return None
    event = gathered.event(actor, fact.adverse_event_id)
    _reclock(actor, case, event, fact.aware_on)
    _offer(actor, case, event, "event", f"{event.id}:{event.version}", fact.aware_on)
    case.serious, case.fatal = event.serious, facts_of(event).fatal
    case.is_new_malignancy = event.is_new_malignancy
    case.save(update_fields=["serious", "fatal", "is_new_malignancy"])
    return case


@action("case.note_result", needs=Perm.CASE_WRITE)
def note_result(actor: Actor, fact: MolecularResultReceived) -> Case | None:
    """Offer a molecular result to the case; after the first report it starts a follow-up clock."""
    if fact.adverse_event_id is None:
        return None
    case = _case_of(fact.adverse_event_id)
    if case is None:
        return None
    event = gathered.event(actor, fact.adverse_event_id)
    _reclock(actor, case, event, fact.aware_on)
    _offer(actor, case, event, "result", str(fact.result_id), fact.aware_on)
    return case


@action("case.note_death", needs=Perm.CASE_WRITE)
def note_death(actor: Actor, fact: PatientDied | DeathRetracted) -> int:
    """Offer a death, or that it was none, to every case; a person says whether related.

    A closed case of an event that had ended by then stays closed: the death is shown on it.
    """
    found = Case.objects.select_for_update().filter(patient_id=fact.patient_id)
    count = 0
    for case in found.exclude(stage=Case.Stage.NULLIFIED):
        source = case.sources.filter(event__isnull=False).first()
        if source is not None and source.event_id is not None:
            event = gathered.event(actor, source.event_id)
            open_end = event.outcome not in ENDED or event.is_new_malignancy is True
            reference = str(fact.source_id)
            _offer(actor, case, event, "death", reference, fact.aware_on, reopens=open_end)
            count += 1
    return count


@action("case.note_sample", needs=Perm.CASE_WRITE)
def note_sample(actor: Actor, fact: SampleMoved) -> Case | None:
    """Offer to the case that a sample of its work-up cannot be had, or can be had after all.

    Nothing new is known of the reaction, so no clock starts; the report says what is missing.
    """
    if fact.step not in UNOBTAINABLE or fact.adverse_event_id is None:
        return None
    case = _case_of(fact.adverse_event_id)
    if case is not None:
        event = gathered.event(actor, fact.adverse_event_id)
        _offer(actor, case, event, "sample", str(fact.source_id), fact.aware_on, reopens=False)
    return case


@action("case.note_infusion", needs=Perm.CASE_WRITE)
def note_infusion(actor: Actor, fact: InfusionCorrected) -> int:
    """Offer what was corrected of an infusion to every case of its events; how many there are.

    A report already sent may be wrong in the drug's dates and lot (G.k.4.r.4, G.k.4.r.7) and in
    every "D+n", so a closed case is taken up again. Nothing new is known of the reaction: no clock
    starts by itself.
    """
    if fact.infusion_id is None:
        return 0
    sources = CaseSource.objects.filter(event__infusion_id=fact.infusion_id)
    found = Case.objects.select_for_update().filter(id__in=sources.values("case_id"))
    count = 0
    for case in found.exclude(stage=Case.Stage.NULLIFIED).order_by("id"):
        source = case.sources.filter(event__infusion_id=fact.infusion_id).first()
        if source is not None and source.event_id is not None:
            event = gathered.event(actor, source.event_id)
            reference = f"{fact.infusion_id}:{fact.version}"
            _offer(actor, case, event, "infusion", reference, fact.aware_on)
            count += 1
    return count
