"""The malignancy work-up: opened on suspicion, moved by people and by what its samples do."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.facts import (
    AdverseEventMoved,
    MalignancySuspected,
    MolecularResultReceived,
    RecordSigned,
    SampleMoved,
)
from pv.actions import work_up_closures
from pv.domain.malignancies import (
    BY_SAMPLES,
    QUESTIONS,
    REASON,
    WORK_UP,
    Level,
    Suspicion,
    WorkUpEvent,
    WorkUpState,
    attribute,
    attribution_flags,
    case_level,
    steps_by_samples,
)
from pv.models import CaseSource, WorkUp, WorkUpStep
from pv.models.states import MALIGNANCY_WORK_UP
from pv.queries import adjudications, workups

# Questions a person answers; YES, NO or UNKNOWN. Everything else comes from results.
ANSWERS = frozenset({"YES", "NO", "UNKNOWN"})


@part
def assess(work_up: WorkUp) -> None:
    """Level and attribution again from the evidence, with the reasoning beside them."""
    level = case_level(workups.evidence(work_up))
    made = attribute(workups.attribution_rules(), workups.attribution_evidence(work_up))
    work_up.level = (level.level or Level.SUSPECTED).value
    # What the readers agreed on stands, whatever the rules would still wait for.
    agreed = adjudications.progress(work_up).agreed
    work_up.attribution = agreed or (made.cls.value if made.cls else "")
    work_up.provisional = made.provisional and not agreed
    work_up.reasoning = {
        "level": {
            "rule": level.rule,
            "needed": list(level.needed),
            "t_cell": level.t_cell,
            "often_excluded": level.often_excluded,
        },
        "attribution": {
            "steps": [asdict(step) | {"missing": list(step.missing)} for step in made.steps],
            "missing": list(made.missing),
            "reason": made.reason,
            "citation": made.citation,
        },
        "flags": attribution_flags(workups.flag_evidence(work_up)),
    }
    work_up.version += 1
    work_up.updated_at = clock.now()
    work_up.save()


def locked(work_up: WorkUp) -> WorkUp:
    """The work-up, locked for change."""
    rows = WorkUp.objects.select_for_update(of=("self",)).select_related("event__infusion")
    return rows.get(id=work_up.id)


def _of_event(event_id: Any) -> WorkUp | None:
    rows = WorkUp.objects.select_for_update(of=("self",)).select_related("event__infusion")
    return rows.filter(event_id=event_id).first() if event_id else None


@action("work_up.open", needs=Perm.CASE_WRITE)
def open_for(actor: Actor, fact: MalignancySuspected) -> WorkUp | None:
    """Open the work-up of the case of a suspected malignancy; the same suspicion opens it once.

    Pathology "available" alone makes nothing probable: whether it names a T-cell neoplasm is a
    question of the work-up that a person answers.
    """
    source = CaseSource.objects.filter(event_id=fact.adverse_event_id).first()
    if source is None or source.event is None:
        return None
    now = clock.now()
    work_up, _created = WorkUp.objects.get_or_create(
        case_id=source.case_id,
        defaults={
            "event_id": fact.adverse_event_id,
            "product_id": source.event.product_id,
            "site_id": source.event.site_id,
            "state": MALIGNANCY_WORK_UP.start(WorkUpState.REPORTED),
            "level": Level.SUSPECTED.value,
            "opened_at": now,
            "updated_at": now,
        },
    )
    # A suspicion that changed is looked at again: who has the page open learns of it.
    assess(locked(work_up))
    work_up.refresh_from_db()
    return work_up


@action("work_up.note_move", needs=Perm.CASE_WRITE)
def on_move(actor: Actor, fact: AdverseEventMoved) -> WorkUp | None:
    """Assess again what the event's infusion and samples say of it, once it was moved."""
    work_up = _of_event(fact.adverse_event_id)
    if work_up is not None:
        assess(work_up)
    return work_up


@part
def move(
    actor: Actor,
    work_up: WorkUp,
    event: WorkUpEvent,
    reason: str = "",
    to: WorkUpState | None = None,
) -> None:
    """Let an event happen to a locked work-up and keep the step; Refused where it does not fit."""
    before = MALIGNANCY_WORK_UP.of(work_up)
    MALIGNANCY_WORK_UP.require(work_up, event)
    if REASON in WORK_UP.transitions[before, event].needs and not reason.strip():
        raise Refused({"reason": _("Say why.")})
    after = MALIGNANCY_WORK_UP.move(work_up, event, to)
    if after is before and event in BY_SAMPLES:
        return
    WorkUpStep.objects.create(
        work_up=work_up,
        product_id=work_up.product_id,
        site_id=work_up.site_id,
        event=event.value,
        state_before=before.value,
        state_after=after.value,
        reason=reason.strip(),
        actor_name=actor.name,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )
    work_up.updated_at = clock.now()
    work_up.version += 1
    work_up.save(update_fields=["state", "updated_at", "version"])


def _decided(work_up: WorkUp) -> WorkUpState:
    """The state in which the last decision of a person or the readers left it."""
    steps = work_up.steps.exclude(event__in=[event.value for event in BY_SAMPLES])
    last = steps.order_by("-recorded_at", "-id").first()
    return WorkUpState(last.state_after) if last else WorkUpState.REPORTED


def _follow_samples(actor: Actor, work_up: WorkUp) -> None:
    """Let the state follow where the samples are; a person's decisions are never undone by it.

    It goes on from the last decision, so that a step of custody which is undone or corrected
    leaves the work-up as it would be without it.
    """
    decided, state = _decided(work_up), MALIGNANCY_WORK_UP.of(work_up)
    steps = steps_by_samples(decided, workups.happened(work_up))
    states = [decided, *(after for _event, after in steps)]
    if state not in states:
        move(actor, work_up, WorkUpEvent.SAMPLES_CORRECTED, to=states[-1])
        return
    for event, _after in steps[states.index(state) :]:
        move(actor, work_up, event)


@action("work_up.note_sample", needs=Perm.CASE_WRITE)
def on_sample(actor: Actor, fact: SampleMoved) -> WorkUp | None:
    """Follow a sample of the work-up: arrived, all in, in testing, or none to be had."""
    work_up = _of_event(fact.adverse_event_id)
    if work_up is not None:
        _follow_samples(actor, work_up)
        if fact.step in ("MARK_UNOBTAINABLE", "PLAN"):
            assess(work_up)
    return work_up


@action("work_up.note_result", needs=Perm.CASE_WRITE)
def on_result(actor: Actor, fact: MolecularResultReceived) -> WorkUp | None:
    """Reassess level and attribution with a result that came in."""
    work_up = _of_event(fact.adverse_event_id)
    if work_up is not None:
        assess(work_up)
    return work_up


@action("work_up.advance", needs=Perm.CASE_WRITE)
def advance(
    actor: Actor, work_up: WorkUp, *, event: str, reason: str = "", signed: bool = False
) -> WorkUp:
    """Take the step a person decides: triage, request, results complete, exclude, close ...

    With a task open it is closed by a signature that says why (`on_signature`).
    """
    row = locked(work_up)
    try:
        step = WorkUpEvent(event)
    except ValueError as error:
        raise Refused(_("There is no such step.")) from error
    if step in BY_SAMPLES:
        raise Refused(_("The samples bring this about by themselves: record their custody."))
    if step is WorkUpEvent.ADJUDICATE:
        raise Refused(_("The readings decide: record yours below."))
    if step is WorkUpEvent.RESULTS_COMPLETE and not row.attribution and not reason.strip():
        text = _("Results are missing. Record them, or say why the work-up goes on without them.")
        raise Refused({"reason": text})
    if step is WorkUpEvent.CLOSE:
        MALIGNANCY_WORK_UP.require(row, step)
        work_up_closures.nothing_open(actor, row, reason, signed=signed)
    move(actor, row, step, reason)
    _follow_samples(actor, row)
    assess(row)
    return row


def on_signature(actor: Actor, fact: RecordSigned) -> None:
    """What the signature of a closure brings about; one out of turn is refused with the signing."""
    if fact.kind != "work_up" or fact.meaning != "closure":
        return
    row = WorkUp.objects.get(id=UUID(fact.record))
    advance(actor, row, event=WorkUpEvent.CLOSE.value, reason=fact.reason, signed=True)


def _different(mine: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The answers that differ, mine beside the present one."""
    pairs = {
        name: (mine.get(name) or None, present.get(name) or None)
        for name in (*QUESTIONS, "suspicions", "not_tested_reason")
        if name in mine
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@action("work_up.answer", needs=Perm.CASE_WRITE)
def answer(actor: Actor, work_up: WorkUp, *, answers: Mapping[str, Any], version: int) -> WorkUp:
    """Keep a person's answers about the tumour and reassess level and attribution.

    Conflict when somebody answered, or a result came, since `version`.
    """
    row = locked(work_up)
    versions.must_be(row, version, differing=lambda: _different(answers, row.evidence))
    # A question that was not asked keeps its answer.
    kept = {name: row.evidence[name] for name in row.evidence if name not in answers}
    problems: dict[str, str] = {}
    for name in QUESTIONS:
        given = answers.get(name) or ""
        if given and given not in ANSWERS:
            problems[name] = _("Answer yes, no or not known.")
        elif given:
            kept[name] = given
    suspicions = [code for code in answers.get("suspicions") or () if code in set(Suspicion)]
    if suspicions:
        kept["suspicions"] = suspicions
    if reason := str(answers.get("not_tested_reason") or "").strip():
        kept["not_tested_reason"] = within(reason, 200, "not_tested_reason")
    if problems:
        raise Refused(problems)
    row.evidence = kept
    assess(row)
    return row
