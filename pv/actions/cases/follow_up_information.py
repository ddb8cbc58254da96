"""New facts of follow-up reach a case that exists: offered as sources, with their own clocks."""

from datetime import date
from typing import Any

from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.event_classes import CLASSIFIED
from followup.domain.facts import (
    AdverseEventChanged,
    AdverseEventMoved,
    AdverseEventRestored,
    AdverseEventWithdrawn,
    DeathRetracted,
    InfusionCorrected,
    MolecularResultReceived,
    PatientDied,
    PatientIdentityChanged,
    SampleMoved,
)
from followup.models import AdverseEvent
from pv.actions.cases import default_seriousness
from pv.actions.cases.drafting import draft, offered
from pv.actions.cases.information import event_flags, save_source, settle
from pv.actions.cases.narratives import content_now
from pv.actions.cases.parent_child import offer_correction
from pv.domain.cases import pairing
from pv.domain.cases.flags import Flags
from pv.domain.cases.stages import CaseEvent
from pv.models import Case, CaseSource
from pv.models.states import CASE_STAGE
from pv.queries import default_seriousness as rule_queries
from pv.queries import reported as gathered

# Outcomes of an event that was over (E2B E.i.7: 1 and 4).
ENDED = frozenset({"RECOVERED", "RECOVERED_WITH_SEQUELAE"})
# Steps after which the list of samples that cannot be had reads differently.
AWARENESS = "aware_on"
# How the follow-up of a product sorts the event; no report has a place for it.
CLASSIFICATION = frozenset(CLASSIFIED)
UNOBTAINABLE = frozenset({"MARK_UNOBTAINABLE", "PLAN"})


def _case_of(event_id: Any) -> Case | None:
    # An event restored after its case was nullified has a second one: the latest counts.
    sources = CaseSource.objects.filter(event_id=event_id)
    source = sources.order_by("-case__created_at", "taken_at").first()
    if source is None:
        return None
    return Case.objects.select_for_update().get(id=source.case_id)


def _offer(
    actor: Actor,
    case: Case,
    event: AdverseEvent,
    kind: str,
    reference: str,
    on: date,
    *,
    reopens: bool = True,
    starts_clock: bool = True,
    flags: Flags | None = None,
) -> None:
    said = offered(content_now(actor, case, event, on))
    before = case.sources.filter(event=event).order_by("-taken_at", "-id").first()
    known = case.sources.filter(kind=kind, reference=reference).exists()
    values = {**said, **pairing.taken_back(before.values if before else {}, said)}
    save_source(
        case,
        event,
        kind,
        reference,
        values=default_seriousness.offerable(case, values),
        received_on=on,
        flags=flags,
        starts_clock=starts_clock,
    )
    if known:
        return
    told = [case]
    if before is not None:
        told += offer_correction(case, kind, reference, before=before.values, said=values, on=on)
    for row in told if reopens else ():
        reopen_closed(row)


@part
def reopen_closed(case: Case) -> None:
    """New information takes a closed case up again; nobody is reminded of a closed one."""
    if CASE_STAGE.allows(case, CaseEvent.REOPEN):
        CASE_STAGE.move(case, CaseEvent.REOPEN)
        case.lock_version += 1
        case.save(update_fields=["stage", "lock_version"])


def _correct_first_awareness(case: Case, event: AdverseEvent) -> None:
    """The hospital says on another day that it first learned of the event."""
    first = case.sources.filter(event=event, kind="event").order_by("taken_at", "id").first()
    if first is not None:
        first.received_on = event.aware_on
        first.save(update_fields=["received_on"])
        default_seriousness.redate(case, first)


@action("case.note_change", needs=Perm.CASE_WRITE)
def on_change(actor: Actor, fact: AdverseEventChanged) -> Case | None:
    """Offer what the hospital changed to the case; its clocks follow from what is known now.

    The day of awareness of the event moves day zero. The class of the event and what is asked of
    it is no element of a report: alone it changes nothing here. Whatever else changed is new
    information, known since the day the fact carries.
    """
    case = _case_of(fact.adverse_event_id)
    if case is None or fact.changed <= CLASSIFICATION:
        return case
    event = gathered.event(actor, fact.adverse_event_id)
    if AWARENESS in fact.changed:
        _correct_first_awareness(case, event)
    case.is_new_malignancy = event.is_new_malignancy
    case.save(update_fields=["is_new_malignancy"])
    reference = f"{event.id}:{event.version}"
    said = rule_queries.answered(case, event=event)
    default_seriousness.state(case, said, reference, fact.aware_on)
    _offer(
        actor,
        case,
        event,
        "event",
        reference,
        fact.aware_on,
        flags=event_flags(event),
        starts_clock=bool(fact.changed - {AWARENESS} - CLASSIFICATION),
    )
    default_seriousness.write(actor, case, fact.aware_on)
    return settle(actor, case, reason=fact.reason)


@action("case.note_result", needs=Perm.CASE_WRITE)
def on_result(actor: Actor, fact: MolecularResultReceived) -> Case | None:
    """Offer a molecular result to the case; after the first report it starts a follow-up clock."""
    if fact.adverse_event_id is None:
        return None
    case = _case_of(fact.adverse_event_id)
    if case is None:
        return None
    event = gathered.event(actor, fact.adverse_event_id)
    _offer(actor, case, event, "result", str(fact.result_id), fact.aware_on)
    return settle(actor, case)


@action("case.note_death", needs=Perm.CASE_WRITE)
def on_death(actor: Actor, fact: PatientDied | DeathRetracted) -> int:
    """Offer a death, or that it was none, to every case; a person says whether related.

    A closed case of an event that had ended by then stays closed: the death is shown on it. What
    a person adopts of it is known since the day the death was.
    """
    found = Case.objects.select_for_update().filter(patient_id=fact.patient_id)
    count = 0
    for case in found.exclude(stage=Case.Stage.NULLIFIED):
        source = case.sources.filter(event__isnull=False).first()
        if source is not None and source.event_id is not None:
            event = gathered.event(actor, source.event_id)
            _offer(
                actor,
                case,
                event,
                "death",
                str(fact.source_id),
                fact.aware_on,
                reopens=event.outcome not in ENDED or event.is_new_malignancy is True,
                starts_clock=False,
            )
            count += 1
    return count


@action("case.note_sample", needs=Perm.CASE_WRITE)
def on_sample(actor: Actor, fact: SampleMoved) -> Case | None:
    """Offer to the case that a sample of its work-up cannot be had, or can be had after all.

    Nothing new is known of the reaction, so no clock starts; the report says what is missing.
    """
    if fact.step not in UNOBTAINABLE or fact.adverse_event_id is None:
        return None
    case = _case_of(fact.adverse_event_id)
    if case is not None:
        event = gathered.event(actor, fact.adverse_event_id)
        _offer(
            actor,
            case,
            event,
            "sample",
            str(fact.source_id),
            fact.aware_on,
            reopens=False,
            starts_clock=False,
        )
    return case


@action("case.note_infusion", needs=Perm.CASE_WRITE)
def on_infusion(actor: Actor, fact: InfusionCorrected) -> int:
    """Offer what was corrected of an infusion to every case of its events; how many there are.

    A report already sent may be wrong in the drug's dates and lot (G.k.4.r.4, G.k.4.r.7) and in
    every "D+n", so a closed case is taken up again. Nothing new is known of the reaction: no clock
    starts automatically.
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
            _offer(actor, case, event, "infusion", reference, fact.aware_on, starts_clock=False)
            count += 1
    return count


@action("case.note_identity", needs=Perm.CASE_WRITE)
def on_identity(actor: Actor, fact: PatientIdentityChanged) -> int:
    """Offer the corrected sex or birth date to every case of the patient, as an amendment.

    Nothing new is known of the reaction: no clock starts and a closed case stays closed.
    """
    found = Case.objects.select_for_update().filter(patient_id=fact.patient_id)
    count = 0
    for case in found.exclude(stage=Case.Stage.NULLIFIED):
        source = case.sources.filter(event__isnull=False).first()
        if source is not None and source.event_id is not None:
            event = gathered.event(actor, source.event_id)
            reference = f"{fact.source_id}:{fact.version}"
            _offer(actor, case, event, "identity", reference, fact.aware_on, reopens=False)
            count += 1
    return count


@action("case.note_withdrawal", needs=Perm.CASE_WRITE)
def on_withdrawal(actor: Actor, fact: AdverseEventWithdrawn) -> Case | None:
    """Offer the case to be nullified: the hospital says there was no event.

    Its clocks run on until a person has decided; what was reported is retracted by a report.
    """
    case = _case_of(fact.adverse_event_id)
    if case is None or case.stage == Case.Stage.NULLIFIED:
        return case
    event = gathered.event(actor, fact.adverse_event_id)
    reference = f"{event.id}:{event.version}"
    _offer(actor, case, event, "withdrawal", reference, fact.aware_on, starts_clock=False)
    return case


@action("case.note_restoration", needs=Perm.CASE_WRITE)
def on_restoration(actor: Actor, fact: AdverseEventRestored) -> Case | None:
    """The event stands again: its case goes on, or a new one is drafted after a nullification."""
    case = _case_of(fact.adverse_event_id)
    if case is None or case.stage == Case.Stage.NULLIFIED:
        return draft(actor, fact)
    event = gathered.event(actor, fact.adverse_event_id)
    reference = f"{event.id}:{event.version}"
    _offer(actor, case, event, "event", reference, fact.aware_on, starts_clock=False)
    return case


@action("case.note_move", needs=Perm.CASE_WRITE)
def on_move(actor: Actor, fact: AdverseEventMoved) -> Case | None:
    """The case follows its event to the right patient, whose data are offered as a source.

    Nothing new is known of the reaction, so no clock starts; what was sent with the wrong patient
    is corrected by a version a person opens.
    """
    case = _case_of(fact.adverse_event_id)
    if case is None:
        return None
    event = gathered.event(actor, fact.adverse_event_id)
    case.patient_id = event.patient_id
    case.save(update_fields=["patient"])
    reference = f"{event.id}:{event.version}"
    _offer(actor, case, event, "event", reference, fact.aware_on, starts_clock=False)
    return case
