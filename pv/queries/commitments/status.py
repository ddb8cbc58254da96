"""How a commitment stands today: the facts its guards ask, its outlook, what is late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from followup.domain.dates import PartialDate, Precision
from followup.models import Indication
from pv.domain import approvals
from pv.domain.approvals import (
    Code,
    Colour,
    CommitmentEvent,
    CommitmentState,
    Facts,
    MilestoneStatus,
    Outlook,
    Refusal,
)
from pv.models import Commitment, Milestone
from pv.queries.commitments.rulebook import Rulebook, SaleRule

# States that say by themselves that the commitment is in trouble.
TROUBLED = frozenset(
    {
        CommitmentState.AT_RISK,
        CommitmentState.OVERDUE,
        CommitmentState.NOT_DEMONSTRATED,
        CommitmentState.RESTRICTED,
        CommitmentState.SUSPENDED,
    }
)
NEVER = date.max  # a forecast that does not arrive: later than any statutory deadline


class CommitmentGroup(StrEnum):
    """Where a commitment is on the landing page."""

    RISK = "risk"
    UPDATE = "update"
    GOOD = "good"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CommitmentStatus:
    """One commitment today. `days_left` counts to the day to hold; negative: past."""

    outlook: Outlook
    group: CommitmentGroup
    days_left: int
    late: tuple[str, ...]
    """Milestones whose due day has passed."""
    slipping: tuple[str, ...]
    """Milestones still ahead and forecast after their due day."""
    submitted_on: date | None
    stale: bool
    by_person: bool
    """Whether the expected day is a person's forecast of the last milestone, not a simulation."""


def partial(earliest: date | None, precision: str) -> PartialDate | None:
    """A stored date with its precision; None when there is none."""
    if earliest is None:
        return None
    if precision == Precision.YEAR:
        return PartialDate(earliest.year)
    if precision == Precision.MONTH:
        return PartialDate(earliest.year, earliest.month)
    return PartialDate.of(earliest)


def approval_of(indication: Indication) -> PartialDate | None:
    """The approval date of an indication as far as it is known."""
    return partial(indication.approved_from, indication.approved_precision)


def approval_text(row: Commitment) -> str:
    """The approval date in a report, unknown parts visible: `2024-08-??`."""
    known = partial(row.approved_on, row.approved_precision)
    return known.shown() if known else ""


def deadline_text(row: Commitment) -> str:
    """The statutory deadline in a report; both ends where the approval is known in part."""
    first, last = row.legal_end.isoformat(), row.legal_end_latest.isoformat()
    return first if first == last else f"{first} – {last}"


def last_milestone(rows: Sequence[Milestone], book: Rulebook, kind: str) -> Milestone | None:
    """The milestone that is assessed against the statutory deadline."""
    final = book.kinds[kind].final
    return next((row for row in rows if row.code == final), None)


def expected(row: Commitment, final: Milestone | None) -> tuple[date | None, date | None]:
    """Median and 80 % forecast of the last milestone: simulated, else a person's as the median."""
    if row.forecast_on is not None:
        return row.forecast_p50 or NEVER, row.forecast_p80 or NEVER
    return (final.forecast if final else None), None


def on_file(
    rows: Sequence[Milestone], reached: Mapping[str, date] | None = None
) -> list[approvals.Milestone]:
    """The milestones as the domain reads them; a yearly one carries its period."""
    counted = reached or {}
    return [
        approvals.Milestone(
            f"{r.code} {r.period}" if r.period else r.code,
            r.due,
            r.forecast,
            r.actual,
            counted.get(r.code),
        )
        for r in rows
    ]


def reached(row: Commitment, book: Rulebook) -> dict[str, date]:
    """Milestones of enrolment that a count has passed, with the day of the first such count.

    They are over although nobody has entered their day: a count and a forecast never contradict.
    """
    counts = sorted(row.counts.all(), key=lambda one: (one.counted_on, one.recorded_at))
    by_day = {one.counted_on: one.enrolled for one in counts}
    found: dict[str, date] = {}
    for code, definition in book.milestones.items():
        needed = definition.patients(row.target_enrolment)
        day = next((d for d, enrolled in by_day.items() if needed and enrolled >= needed), None)
        if day is not None:
            found[code] = day
    return found


def facts(
    row: Commitment, rows: Sequence[Milestone], book: Rulebook, today: date, **given: Any
) -> Facts:
    """What the guards may ask; `given` are the values of the step itself."""
    final = last_milestone(rows, book, row.kind)
    p50, p80 = expected(row, final)
    values: dict[str, Any] = {
        "today": today,
        "limit": book.limit(row.approved_on),
        "approval": partial(row.approved_on, row.approved_precision),
        "deadline": row.legal_end,
        "override_reason": row.override_reason,
        "forecast": p80 or p50,
        "late_milestones": approvals.late(on_file(rows, reached(row, book)), today),
        "submitted_on": final.actual if final else None,
        "extension_requested_on": requested_on(row),
    }
    return Facts(**values | given)


def requested_on(row: Commitment) -> date | None:
    """The day of the last extension request."""
    found = row.events.filter(event=CommitmentEvent.EXTENSION_REQUESTED, undone_at__isnull=True)
    last = found.order_by("-recorded_at").first()
    return last.happened_on if last else None


def against(
    row: Commitment, rows: Sequence[Milestone], book: Rulebook, event: CommitmentEvent
) -> tuple[Refusal, ...]:
    """What is against a step besides its guards: nothing to accept, or nothing it would change.

    A step that leaves the state as it is only dates its milestone, so it is over with that day.
    """
    if event is CommitmentEvent.SUPPLEMENT_ACCEPTED:
        final = last_milestone(rows, book, row.kind)
        if final is None or final.actual is None:
            return (Refusal(Code.SUBMISSION_MISSING, {}),)
    state, code = CommitmentState(row.state), book.events[event].milestone
    if book.machine.targets(state, event) == (state,):
        open_rows = [item for item in rows if item.code == code and item.actual is None]
        if not open_rows:
            days = [str(item.actual) for item in rows if item.code == code]
            return (Refusal(Code.RECORDED_ALREADY, {"day": "".join(days) or "—"}),)
    return ()


def sale_suspended(row: Commitment, book: Rulebook, *, extended: bool) -> SaleRule | None:
    """The rule by which the product is not sold now; None where none says so.

    `extended`: an extension was granted and stands.
    """
    rule, state = book.sale, CommitmentState(row.state)
    if rule is None or state in book.machine.terminal:
        return None
    requested = rule.requested and state is CommitmentState.EXT_PENDING
    return rule if requested or (rule.granted and extended) else None


def commitment_status(
    row: Commitment, rows: Sequence[Milestone], book: Rulebook, today: date
) -> CommitmentStatus:
    """Outlook from forecast, group, days left and what is late."""
    final = last_milestone(rows, book, row.kind)
    p50, p80 = expected(row, final)
    submitted = final.actual if final else None
    outlook = approvals.outlook(row.legal_end, today, p50=p50, p80=p80, submitted_on=submitted)
    known = on_file(rows, reached(row, book))
    overdue = tuple(
        item.code
        for item in known
        if approvals.milestone_status(item, today) is MilestoneStatus.LATE
    )
    age = (today - row.forecast_on).days if row.forecast_on else None
    stale = submitted is None and age is not None and age > book.assumptions.stale_days
    return CommitmentStatus(
        outlook=outlook,
        group=_group(row, book, outlook, behind=bool(overdue) or stale),
        days_left=(row.legal_end - today).days,
        late=overdue,
        slipping=tuple(set(approvals.late(known, today)) - set(overdue)),
        submitted_on=submitted,
        stale=stale,
        by_person=row.forecast_on is None and p50 is not None,
    )


def _group(row: Commitment, book: Rulebook, outlook: Outlook, *, behind: bool) -> CommitmentGroup:
    state = CommitmentState(row.state)
    if state in book.machine.terminal:
        return CommitmentGroup.CLOSED
    if outlook.colour in (Colour.RED, Colour.AMBER) or state in TROUBLED:
        return CommitmentGroup.RISK
    return (
        CommitmentGroup.UPDATE
        if behind or outlook.colour is Colour.UNKNOWN
        else CommitmentGroup.GOOD
    )
