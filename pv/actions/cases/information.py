"""What is learned of a case and when: its rows, its flags, and the clocks reckoned from them."""

from datetime import date
from typing import Any

from followup.core import clock as time
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import AdverseEvent
from pv.actions import case_features
from pv.actions import clocks as case_clocks
from pv.domain import clocks
from pv.domain.cases import flags as reading
from pv.domain.cases.causality_opinions import related
from pv.domain.cases.flags import Flags
from pv.domain.e2b import storage
from pv.models import Case, CaseSource, CaseVersion
from pv.queries import causality, clock_changes, obligations, version_unlocks
from pv.queries.clock_changes import Line

FIRST_RECEIVED, LATEST_RECEIVED = "C.1.4", "C.1.5"


def e2b_day(day: date) -> str:
    """A day as the message writes it."""
    return day.strftime("%Y%m%d")


def event_flags(event: AdverseEvent) -> Flags:
    """What the hospital says of its event today."""
    return reading.of_event(
        serious=event.serious,
        criteria=event.seriousness,
        outcome=event.outcome,
        grade=(event.grade_scale, event.grade),
    )


def holding_version(case: Case) -> int:
    """The first version that can hold what is learned now: the open one, else the next."""
    current = case.versions.get(number=case.current_version)
    out = (
        current.locked_at is not None
        or version_unlocks.valid_files(current.submissions.all()).exists()
    )
    return case.current_version + 1 if out else case.current_version


@part
def save_source(
    case: Case,
    event: AdverseEvent | None,
    kind: str,
    reference: str,
    *,
    received_on: date,
    flags: Flags | None = None,
    starts_clock: bool = True,
    **more: Any,
) -> CaseSource:
    """Keep what was learned; the same thing told twice is kept once."""
    stated = flags or Flags()
    source, _created = CaseSource.objects.get_or_create(
        case=case,
        kind=kind,
        reference=reference,
        defaults={
            "product_id": case.product_id,
            "site_id": case.site_id,
            "event": event,
            "taken_at": time.now(),
            "received_on": received_on,
            "serious": stated.serious,
            "fatal": stated.fatal,
            "life_threatening": stated.life_threatening,
            "starts_clock": starts_clock,
            "case_version": holding_version(case),
            **more,
        },
    )
    return source


@action("case.reckon", needs=Perm.CASE_WRITE)
def reckon(actor: Actor, case: Case, *, reason: str = "") -> tuple[list[Line], int]:
    """Reckon flags and clocks of a stored case again; its open clocks that change, and how many.

    What its open version says and nobody had stated counts from the first receipt: nobody wrote
    down when it was learned of, and no clock may start too late.
    """
    row = Case.objects.select_for_update().get(id=case.id)
    version = row.versions.get(number=row.current_version)
    if row.stage != Case.Stage.NULLIFIED and row.sources.exists():
        learned(row, version, row.received_on)
    return settle_telling(actor, row, reason=reason)


@part
def settle_telling(actor: Actor, case: Case, *, reason: str) -> tuple[list[Line], int]:
    """Settle a locked case; its open clocks that change, and how many clocks change at all."""
    _reckon_facts(case)
    changes = clock_changes.lines([case])
    case_clocks.reconcile(actor, case, reason=reason)
    return changes


@part
def settle(actor: Actor, case: Case, *, reason: str = "") -> Case:
    """Let flags, days of awareness, message and clocks of a locked case follow from its facts."""
    _reckon_facts(case)
    case_clocks.reconcile(actor, case, reason=reason)
    return case


def _reckon_facts(case: Case) -> None:
    """The flags, the days of awareness and the message, as the facts of the case demand them.

    The open version says when the case was first received; one that was exported stays as it went
    out, and the next one says it.
    """
    rows = obligations.sources(case)
    version = case.versions.select_for_update().get(number=case.current_version)
    said = obligations.statements(rows)
    root = storage.from_data(version.message)
    together = (said[-1] if said else Flags()) | reading.of_tree(root)
    case.unexpected = reading.unexpected(root)
    case.related = related(causality.causality_rules(), root)
    case.serious, case.fatal = together.serious, together.fatal
    known = obligations.information(rows)
    if case.day_zero is not None and known:
        _first_known(case, version, clocks.known_days(known)[0])
    if version.locked_at is None:
        version.serious, version.fatal = together.serious, together.fatal
        version.save(update_fields=["serious", "fatal", "message", "information_on"])
    fields = (
        "serious",
        "fatal",
        "unexpected",
        "related",
        "received_on",
        "day_zero",
        "lock_version",
    )
    case.save(update_fields=fields)
    case_features.index(case)


def _first_known(case: Case, version: CaseVersion, day: date) -> None:
    """Day zero, the first receipt and, in the open version, the dates of the message."""
    before = case.received_on
    case.received_on = case.day_zero = day
    if version.locked_at is not None:
        return
    root = storage.from_data(version.message)
    if root.text(FIRST_RECEIVED) == e2b_day(day):
        return
    root.values[FIRST_RECEIVED] = e2b_day(day)
    if version.information_on == before or version.information_on < day:
        version.information_on = day
        root.values[LATEST_RECEIVED] = e2b_day(day)
    version.message = storage.to_data(root)
    case.lock_version += 1


@part
def learned(case: Case, version: CaseVersion, known_on: date) -> CaseSource | None:
    """Keep what the holder's own editing brought: a yes that nobody had stated before.

    A yes taken away again in the same open version was a slip, and no clock depends on it.
    """
    now = reading.of_tree(storage.from_data(version.message))
    mine = list(case.sources.filter(kind="judgement").order_by("taken_at", "id"))
    for row in mine:
        if row.case_version == version.number:
            _confirm(row, now)
    rows = obligations.sources(case)
    said = obligations.statements(rows)
    before = said[-1] if said else Flags()
    latest = obligations.stated(mine[-1]) if mine else Flags()
    rises = now.risen(before)
    if not rises and not latest.risen(now):
        return None
    case_reference = f"v{version.number}:{case.lock_version}"
    return save_source(
        case,
        None,
        "judgement",
        case_reference,
        received_on=known_on,
        flags=now if now.urgent else Flags(False, False, False),
        starts_clock=rises,
        adopted_at=time.now(),
        adopted_version=version.number,
    )


def _confirm(row: CaseSource, now: Flags) -> None:
    kept = obligations.stated(row).without_what(now)
    if kept == obligations.stated(row):
        return
    row.serious, row.fatal, row.life_threatening = kept.serious, kept.fatal, kept.life_threatening
    row.starts_clock = row.starts_clock and kept.urgent
    row.save(update_fields=["serious", "fatal", "life_threatening", "starts_clock"])
