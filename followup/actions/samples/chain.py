"""The chain of custody of one sample as rows: what counts today, what a new row does to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from followup.actions.samples import positions
from followup.core import clock, undo
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.facts import publish
from followup.core.problems import Conflict, Refused
from followup.domain import samples as domain
from followup.domain.facts import SampleMoved
from followup.domain.samples import CustodyEventKind, CustodyProblem, CustodyState, Moment
from followup.models import AdverseEvent, CustodyEvent, KitStep, Sample
from followup.models.states import SAMPLE_CUSTODY

Row = TypeVar("Row", CustodyEvent, KitStep)
# These neither wait for a step nor hold one back: results arrive in any order, and a biopsy is
# often older than the suspicion that planned it.
UNORDERED = frozenset({CustodyEventKind.RESULT.value, CustodyEventKind.PLAN.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyStep:
    """One step as given; `happened` may be no more exact than a day."""

    kind: CustodyEventKind
    happened: Moment
    place: str = ""
    carrier: str = ""
    condition: str = ""
    abroad: bool | None = None
    permit: str = ""
    permit_on: date | None = None
    reason: str = ""
    note: str = ""
    result: Any = None


def in_force(rows: Iterable[Row]) -> list[Row]:
    """The rows that count: a corrected row is read as its last correction, at its own place."""
    ordered = sorted(rows, key=lambda row: row.number)
    newer = {row.replaces_id: row for row in ordered if row.replaces_id}
    found = []
    for row in ordered:
        if row.replaces_id is not None:
            continue
        last = row
        while last.id in newer:
            last = newer[last.id]
        if not last.taken_back:
            found.append(last)
    return found


def moment_problem(moment: Moment) -> str:
    """What is wrong with the moment of a step, its place in the chain apart; empty for nothing."""
    if moment.on is None:
        return _("When? Enter the date.")
    if moment.on > clock.today() or (moment.at and moment.at > clock.now()):
        return _("This cannot be later than now.")
    return ""


def current(rows: Iterable[Row], given: Row) -> Row:
    """The row as it is stored; Conflict when it was replaced or undone meanwhile."""
    found = list(rows)
    row = next(r for r in found if r.id == given.id)
    if row.taken_back or any(r.replaces_id == row.id for r in found):
        raise Conflict({"step": (given.step, _("corrected meanwhile"))})
    return row


def require_last(counting: Sequence[Row], row: Row, reason: str) -> None:
    """Refused unless a row is the last that counts, and later than a minute says why it goes."""
    if len(counting) < 2 or counting[-1].id != row.id:
        raise Refused(_("Only the last step can be undone; correct the earlier one."))
    if not reason.strip() and undo.too_late(row.recorded_at):
        raise Refused({"reason": _("Say why the record is changed.")})


def as_step(row: CustodyEvent) -> CustodyStep:
    """A row as the step it records."""
    return CustodyStep(
        kind=CustodyEventKind(row.step),
        happened=Moment(row.happened_on, row.happened_at),
        place=row.place,
        carrier=row.carrier,
        condition=row.condition,
        abroad=row.abroad,
        permit=row.permit,
        permit_on=row.permit_on,
        reason=row.reason,
        note=row.note,
        result=row.result,
    )


def _words(
    code: CustodyProblem,
    details: Sequence[str] = (),
    state: CustodyState | None = None,
    kind: CustodyEventKind = CustodyEventKind.PLAN,
) -> dict[str, Any]:
    """What a person reads when a step does not fit."""
    needed = {
        "place": _("Where is the sample? Enter the place."),
        "carrier": _("Who carries it? Enter the carrier."),
        "reason": _("Choose the reason."),
        "result": _("A result is recorded on its own page."),
    }
    if code is CustodyProblem.MISSING:
        return {name: needed[name] for name in details}
    if code is CustodyProblem.OUT_OF_ORDER:
        return {"happened_on": _("This lies before the step that came earlier. Check the date.")}
    return {"": SAMPLE_CUSTODY.refusal(state or CustodyState.PLANNED, kind)}


def follow(state: CustodyState | None, step: CustodyStep) -> CustodyState:
    """The state after a step; Refused with the field that is wrong."""
    # The domain wants a moment; where only a day is known, the order is assessed by `walk`.
    at = step.happened.latest(clock.SHANGHAI) or clock.now()
    event = domain.CustodyEvent(
        step.kind,
        at,
        place=step.place,
        carrier=step.carrier,
        reason=step.reason,
        result=str(step.result or ""),
    )
    try:
        return domain.apply(state, event)
    except domain.CustodyError as error:
        raise Refused(_words(error.code, error.details, state, step.kind)) from error


def walk(steps: Iterable[CustodyStep]) -> CustodyState:
    """The state a whole chain leads to; Refused where a step lies before any that came earlier.

    Every earlier one, not the last alone: between two times of a day may stand a step whose time
    nobody noted.
    """
    state: CustodyState | None = None
    before: list[Moment] = []
    for step in steps:
        state = follow(state, step)
        if step.kind.value in UNORDERED or step.happened.on is None:
            continue
        if any(step.happened.precedes(earlier, clock.SHANGHAI) for earlier in before):
            raise Refused(_words(CustodyProblem.OUT_OF_ORDER))
        before.append(step.happened)
    if state is None:
        raise Refused(_words(CustodyProblem.NOT_ALLOWED_NOW))
    return state


@part
def write(
    actor: Actor, sample: Sample, step: CustodyStep, number: int, **more: Any
) -> CustodyEvent:
    """One new row of custody."""
    return CustodyEvent.objects.create(
        sample=sample,
        site_id=sample.site_id,
        product_id=sample.product_id,
        number=number,
        step=step.kind.value,
        happened_on=step.happened.on,
        happened_at=step.happened.at,
        place=step.place,
        carrier=step.carrier,
        condition=step.condition,
        abroad=step.abroad,
        permit=step.permit,
        permit_on=step.permit_on,
        reason=step.reason,
        note=step.note,
        result=step.result,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **more,
    )


@part
def settle(sample: Sample, state: CustodyState) -> None:
    """Put the state the chain leads to on the sample's own row; its position is free elsewhere."""
    if SAMPLE_CUSTODY.settle(sample, state):
        sample.save(update_fields=[SAMPLE_CUSTODY.column])
        if state is not CustodyState.STORED:
            positions.leave(sample)


def events_of(sample: Sample) -> list[AdverseEvent | None]:
    """The events a sample speaks to; one None when there is no event."""
    rows = AdverseEvent.objects.filter(withdrawn_at__isnull=True)
    if sample.phase == "POST":
        found = list(rows.filter(samples=sample))
    else:
        found = list(rows.filter(infusion_id=sample.infusion_id, is_new_malignancy=True))
    return [*found] or [None]


def fact(actor: Actor, sample: Sample, source_id: Any, aware_on: Any) -> dict[str, Any]:
    """What every fact about a sample carries."""
    return {
        "patient_id": sample.patient_id,
        "site_id": sample.site_id,
        "infusion_id": sample.infusion_id,
        "product_code": sample.product.code,
        "aware_on": aware_on,
        "recorded_at": clock.now(),
        "recorded_by": actor.id,
        "source_id": source_id,
        "sample_id": sample.id,
    }


def report(actor: Actor, sample: Sample, row: CustodyEvent) -> None:
    """Tell safety what happened to the sample, for every event it speaks to."""
    for event in events_of(sample):
        told = fact(actor, sample, row.id, clock.today()) | {
            "sample_code": sample.code,
            "adverse_event_id": event.id if event else None,
        }
        publish(actor, SampleMoved(**told, step=row.step, state=sample.state))
