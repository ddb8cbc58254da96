"""Tubes planned for an event that was withdrawn or moved: not to be taken, and planned again."""

from datetime import datetime

from followup.actions.samples import chain
from followup.actions.samples.chain import CustodyStep
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.domain.samples import CustodyEventKind, CustodyState, Moment
from followup.models import AdverseEvent, Sample
from followup.queries.samples.rows import SHARED

REASON = "NOT_INDICATED"


@action("sample.cancel_planned", needs=Perm.EVENT_WRITE)
def cancel_planned(actor: Actor, event: AdverseEvent, *, at: datetime, note: str) -> list[Sample]:
    """Mark what is planned for the event as not to be taken, with the reason; who may report may.

    `at` is kept to the microsecond, so that the same withdrawal can be retracted. Material of
    other times stays planned while another suspected malignancy of the infusion asks for it.
    Safety hears of the event itself, not of each tube.
    """
    rows = Sample.objects.select_for_update(of=("self",)).filter(
        event=event, state=CustodyState.PLANNED.value
    )
    others = AdverseEvent.objects.filter(
        infusion_id=event.infusion_id, is_new_malignancy=True, withdrawn_at__isnull=True
    )
    if others.exclude(id=event.id).exists():
        rows = rows.exclude(phase__in=SHARED)
    step = CustodyStep(
        kind=CustodyEventKind.MARK_UNOBTAINABLE,
        happened=Moment(at.astimezone(clock.SHANGHAI).date(), at),
        reason=REASON,
        note=within(note, 500, "note"),
    )
    cancelled = list(rows)
    for sample in cancelled:
        state = chain.follow(CustodyState(sample.state), step)
        chain.write(actor, sample, step, sample.custody.count() + 1)
        chain.settle(sample, state)
    return cancelled


@action("sample.plan_again", needs=Perm.EVENT_WRITE)
def plan_again(actor: Actor, event: AdverseEvent, *, at: datetime) -> list[Sample]:
    """Retract what `cancel_planned` marked at that moment, as long as nothing followed it."""
    again = []
    rows = Sample.objects.select_for_update(of=("self",)).filter(
        event=event, state=CustodyState.UNOBTAINABLE.value
    )
    for sample in rows:
        custody = list(sample.custody.all())
        counting = chain.in_force(custody)
        last = counting[-1]
        if (last.step, last.happened_at) != (CustodyEventKind.MARK_UNOBTAINABLE.value, at):
            continue
        undone = chain.as_step(last)
        chain.write(actor, sample, undone, len(custody) + 1, replaces=last, taken_back=True)
        chain.settle(sample, chain.walk(chain.as_step(row) for row in counting[:-1]))
        again.append(sample)
    return again
