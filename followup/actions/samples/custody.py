"""What happens to a sample, step by step; nothing recorded is ever changed or taken away."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.samples import chain, kit_uses, positions, refusals
from followup.actions.samples.chain import CustodyStep
from followup.core import confirmations
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.samples import CustodyEventKind, CustodyState, Held, Moment
from followup.models import CustodyEvent, Kit, Sample

AT_ONCE = 100


def _locked(sample: Sample) -> Sample:
    return (
        Sample.objects.select_for_update(of=("self",))
        .select_related("product", "infusion", "patient")
        .get(id=sample.id)
    )


def _kind(step: str) -> CustodyEventKind:
    try:
        return CustodyEventKind(step)
    except ValueError as error:
        raise Refused({"step": _("There is no such step.")}) from error


def _border(
    kind: CustodyEventKind, abroad: bool | None, permit: str, permit_on: date | None
) -> dict[str, Any]:
    """What is kept of the answers about the border: only of a shipment, a permit only abroad."""
    if kind is not CustodyEventKind.SHIP or not abroad:
        return {"abroad": abroad if kind is CustodyEventKind.SHIP else None}
    return {"abroad": True, "permit": permit.strip(), "permit_on": permit_on}


@action("sample.record_step", needs=Perm.SAMPLE_WRITE)
def record_step(
    actor: Actor,
    sample: Sample,
    *,
    step: str,
    happened_at: Moment,
    place: str = "",
    carrier: str = "",
    condition: str = "",
    abroad: bool | None = None,
    permit: str = "",
    permit_on: date | None = None,
    reason: str = "",
    note: str = "",
    kit: Kit | None = None,
    kit_deviation: str = "",
    confirmed: Collection[str] = (),
) -> CustodyEvent:
    """Record the next step of a sample: collected, stored, shipped, received, not obtainable ...

    Refused when the table of custody does not allow it now, when what the step needs is missing,
    or when it lies before a step that came earlier; collecting and shipping ask for a consent in
    force that day, and a shipment `abroad` for its permit. Stability limits never refuse anything.
    A collection may name the `kit` its tubes came from, and how that deviated (`kit_uses.fill`).
    """
    row = _locked(sample)
    kind = _kind(step)
    if kit is not None and kind is not CustodyEventKind.COLLECT:
        raise Refused({"kit": _("A kit is named with the collection.")})
    if kit is None and kit_deviation.strip():
        raise Refused({"kit": _("Which kit deviated? Scan or type its number.")})
    if kind is CustodyEventKind.RESULT:
        raise Refused({"step": _("A result is recorded on its own page.")})
    given = CustodyStep(
        kind=kind,
        happened=happened_at,
        place=place.strip(),
        carrier=carrier.strip(),
        condition=condition,
        **_border(kind, abroad, permit, permit_on),
        reason=reason,
        note=note.strip(),
    )
    problems = refusals.step_problems(actor, row, given)
    if problems:
        raise Refused(problems)
    confirmations.settle(refusals.questions(row, given), confirmed)
    rows = list(row.custody.all())
    state = chain.walk([*(chain.as_step(r) for r in chain.in_force(rows)), given])
    made = chain.write(actor, row, given, len(rows) + 1)
    if kind is CustodyEventKind.PLAN and row.held:
        row.held = ""
        row.save(update_fields=["held"])
    chain.settle(row, state)
    if kit is not None:
        kit_uses.fill(actor, kit, row, happened_at, kit_deviation)
    chain.report(actor, row, made)
    return made


@action("sample.record_steps", needs=Perm.SAMPLE_WRITE)
def record_steps(
    actor: Actor, rows: Sequence[Sample], /, *, reason: str = "", **step: Any
) -> list[CustodyEvent]:
    """Record one step for several samples, all or none; Refused names the sample."""
    if not 1 <= len(rows) <= AT_ONCE:
        raise Refused(_("Choose between 1 and %(n)s samples.") % {"n": AT_ONCE})
    made = []
    # In order of their numbers, so that two people with overlapping lists cannot lock each other.
    for sample in sorted(rows, key=lambda row: row.number):
        try:
            made.append(record_step(actor, sample, reason=reason, **step))
        except confirmations.Unconfirmed:
            raise
        except Refused as refused:
            fields = dict(refused.fields)
            if "" in fields:
                fields[""] = [f"{sample.number}: {text}" for text in fields[""]]
            raise Refused(fields) from refused
    return made


def _current(event: CustodyEvent) -> tuple[Sample, list[CustodyEvent], CustodyEvent]:
    """The sample locked, its rows, and the row itself; Conflict when it was replaced meanwhile."""
    sample = _locked(event.sample)
    rows = list(sample.custody.all())
    return sample, rows, chain.current(rows, event)


@action("sample.correct_step", needs=Perm.SAMPLE_WRITE)
def correct_step(
    actor: Actor,
    event: CustodyEvent,
    *,
    happened_at: Moment,
    place: str = "",
    carrier: str = "",
    condition: str = "",
    abroad: bool | None = None,
    permit: str = "",
    permit_on: date | None = None,
    note: str = "",
    kit_deviation: str | None = None,
    reason: str,
    confirmed: Collection[str] = (),
) -> CustodyEvent:
    """Replace a wrong row of custody by a right one; the wrong one stays readable.

    `reason` is why the record is changed; the kind of the step and its own reason stay. The use of
    a kit moves with its collection; a `kit_deviation` of None keeps what is recorded.
    """
    sample, rows, row = _current(event)
    if not reason.strip():
        raise Refused({"reason": _("Say why the record is changed.")})
    given = CustodyStep(
        kind=CustodyEventKind(row.step),
        happened=happened_at,
        place=place.strip(),
        carrier=carrier.strip(),
        condition=condition,
        **_border(CustodyEventKind(row.step), abroad, permit, permit_on),
        reason=row.reason,
        note=within(note, 500, "note") or within(reason, 500),
        result=row.result,
    )
    problems = refusals.step_problems(actor, sample, given)
    if problems:
        raise Refused(problems)
    confirmations.settle(refusals.questions(sample, given), confirmed)
    same = replace(given, note=note.strip()) == chain.as_step(row)
    if same and not kit_uses.deviates_otherwise(sample, kit_deviation):
        raise Refused(_("Nothing is different from what is recorded."))
    steps = [given if r.id == row.id else chain.as_step(r) for r in chain.in_force(rows)]
    state = chain.walk(steps)
    made = chain.write(actor, sample, given, len(rows) + 1, replaces=row)
    chain.settle(sample, state)
    if given.kind is CustodyEventKind.COLLECT:
        kit_uses.follow_collection(actor, sample, happened_at, kit_deviation)
    return made


@action("sample.take_back", needs=Perm.SAMPLE_WRITE)
def take_back(actor: Actor, event: CustodyEvent, *, reason: str = "") -> Sample:
    """Say that the last step did not happen, by a row of its own; later than a minute, say why."""
    sample, rows, row = _current(event)
    counting = chain.in_force(rows)
    if row.step == CustodyEventKind.RESULT.value:
        raise Refused(_("A result is corrected, not undone."))
    chain.require_last(counting, row, reason)
    made = chain.write(
        actor, sample, chain.as_step(row), len(rows) + 1, replaces=row, taken_back=True
    )
    state = chain.walk(chain.as_step(r) for r in counting[:-1])
    if row.step in ("LOCATE", "MARK_UNOBTAINABLE") and sample.held:
        sample.held = ""
        sample.save(update_fields=["held"])
    chain.settle(sample, state)
    if row.step == CustodyEventKind.COLLECT.value:
        kit_uses.free(actor, sample)
    if state is CustodyState.STORED:
        positions.return_to_place(sample)
    chain.report(actor, sample, made)
    return sample


@action("sample.answer_held", needs=Perm.SAMPLE_WRITE)
def answer_held(
    actor: Actor,
    sample: Sample,
    *,
    held: str,
    happened_at: Moment,
    place: str = "",
    reason: str = "",
    note: str = "",
) -> Sample:
    """Answer whether kept material exists: held (where?), not held (why?), or not known.

    "Not known" is an answer of its own and leaves the sample to be looked for.
    """
    row = _locked(sample)
    if row.phase not in ("PRE", "BETWEEN"):
        raise Refused({"held": _("This sample is collected, not looked for.")})
    if held not in Held.__members__:
        raise Refused({"held": _("Answer: held, not held, or not known.")})
    if held == Held.UNKNOWN.value and row.held in (Held.YES.value, Held.NO.value):
        text = _("Somebody answered this already. If that was wrong, undo the step first.")
        raise Refused({"held": text})
    row.held = held
    row.save(update_fields=["held"])
    kinds = {"YES": CustodyEventKind.LOCATE, "NO": CustodyEventKind.MARK_UNOBTAINABLE}
    if held in kinds:
        record_step(
            actor,
            row,
            step=kinds[held].value,
            happened_at=happened_at,
            place=place,
            reason=reason if held == "NO" else "",
            note=note,
        )
    row.refresh_from_db()
    return row
