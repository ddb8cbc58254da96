"""Where a patient's follow-up stands: folded from everything recorded, so that nothing is undone.

Whatever was retracted or replaced is simply not handed in; the same history gives the same
status, in whichever order it was typed.

Source: domain 1.2.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from followup.domain.contacts import (
    FAILED,
    Attempt,
    AttemptMethod,
    LossRule,
    evidence_of_loss,
)
from followup.domain.dates import PartialDate
from followup.domain.visits import FOLLOW_UP, FollowUpEvent, FollowUpState, step

ALIVE, DEAD, UNKNOWN = "ALIVE", "DEAD", "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as it stands. `recorded_at` orders what happened on one day."""

    on: date
    recorded_at: datetime
    vital_status: str
    died_on: PartialDate | None = None
    cause: str = ""
    cause_code: str = ""
    autopsy: str = ""
    related: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A consent to follow-up: from which day, and to which if it was withdrawn."""

    given_on: date
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A loss declared or retracted, care elsewhere, a death retracted (then `vital_status`)."""

    event: FollowUpEvent
    on: date
    recorded_at: datetime
    vital_status: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """All recorded of one patient's follow-up. `closed` are last days of windows gone by."""

    infusions: tuple[date, ...]
    contacts: tuple[Contact, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    papers: tuple[Paper, ...] = ()
    decisions: tuple[Decision, ...] = ()
    closed: tuple[date, ...] = ()
    loss_rule: LossRule | None = None


@dataclass(frozen=True, slots=True)
class FollowUpStatus:
    """The state and since when; what is known of life and death; the last day of a contact."""

    state: FollowUpState
    since: date
    vital_status: str
    last_contact_on: date
    died_on: PartialDate | None = None
    cause: str = ""
    cause_code: str = ""
    autopsy: str = ""
    related: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """A status on its way: whether a window closed and an attempt failed since a contact."""

    status: FollowUpStatus
    overdue: bool = False
    tried: bool = False
    in_force: int = 0


_Fact = Contact | Attempt | Decision | date | tuple[str, date]


def status_of(history: History) -> FollowUpStatus:
    """The status a history leads to; ValueError without an infusion."""
    first = min(history.infusions)
    run = _Run(FollowUpStatus(FollowUpState.ACTIVE, first, ALIVE, first))
    for fact in _in_order(history):
        run = _after(run, fact, history)
    return run.status


class FurtherInfusion(StrEnum):
    """What a further infusion means for a follow-up that had ended or gone elsewhere."""

    PLAIN = "plain"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"
    RETURNS = "returns"
    STAYS_ELSEWHERE = "stays_elsewhere"
    SEEN_AGAIN = "seen_again"
    STAYS_LOST = "stays_lost"


def further_infusion(history: History, on: date) -> FurtherInfusion:
    """What an infusion on this day means for the follow-up; ValueError without an earlier one.

    The same fold decides that stores the state afterwards, so that a person is never asked about
    something else than what happens.
    """
    before = status_of(history)
    if before.vital_status == DEAD:
        return FurtherInfusion.DEAD
    if before.state is FollowUpState.WITHDRAWN_NEW_DATA:
        return FurtherInfusion.WITHDRAWN
    after = status_of(replace(history, infusions=(*history.infusions, on))).state
    stays = after is before.state
    if before.state is FollowUpState.TRANSFERRED:
        return FurtherInfusion.STAYS_ELSEWHERE if stays else FurtherInfusion.RETURNS
    if before.state is FollowUpState.LOST:
        return FurtherInfusion.STAYS_LOST if stays else FurtherInfusion.SEEN_AGAIN
    return FurtherInfusion.PLAIN


def _in_order(history: History) -> Iterator[_Fact]:
    """By day; on one day papers, windows that end, attempts, then contacts as they were typed.

    A contact on the last day of a window, or on the day of an attempt, comes after both.
    """
    start = 0.0
    rows: list[tuple[date, int, float, int, _Fact]] = []

    def put(on: date, rank: int, at: float, fact: _Fact) -> None:
        rows.append((on, rank, at, len(rows), fact))

    for paper in history.papers:
        put(paper.given_on, 0, start, ("given", paper.given_on))
        if paper.withdrawn_on is not None:
            put(paper.withdrawn_on, 1, start, ("withdrawn", paper.withdrawn_on))
    for day in history.closed:
        put(day, 2, start, day)
    for attempt in history.attempts:
        put(attempt.on, 3, start, attempt)
    for day in history.infusions:
        put(day, 4, start, ("infused", day))
    for contact in history.contacts:
        put(contact.on, 5, contact.recorded_at.timestamp(), contact)
    for decision in history.decisions:
        put(decision.on, 5, decision.recorded_at.timestamp(), decision)
    yield from (fact for *_key, fact in sorted(rows, key=lambda row: row[:4]))


def _after(run: _Run, fact: _Fact, history: History) -> _Run:
    if isinstance(fact, Contact):
        return _contacted(run, fact)
    if isinstance(fact, Attempt):
        return _sought(run, fact)
    if isinstance(fact, Decision):
        return _decided(run, fact, history)
    if isinstance(fact, date):
        return _provisional(replace(run, overdue=True), fact + timedelta(days=1))
    what, on = fact
    return _met(run, on) if what == "infused" else _signed(run, what, on)


def _moved(run: _Run, event: FollowUpEvent, on: date) -> _Run:
    """The next state by the table; the day stays when the state does."""
    taken = step(run.status.state, event, reason="on file")
    if taken.state is run.status.state:
        return run
    return replace(run, status=replace(run.status, state=taken.state, since=on))


def _contacted(run: _Run, contact: Contact) -> _Run:
    if contact.vital_status == UNKNOWN:
        return run  # nobody knew: an attempt, handed in as one
    now = run.status
    last = max(now.last_contact_on, contact.on)
    if contact.vital_status == DEAD:
        since = (contact.died_on.exact if contact.died_on else None) or contact.on
        run = _moved(run, FollowUpEvent.DEATH_LEARNED, since)
        dead = replace(
            run.status,
            vital_status=DEAD,
            last_contact_on=last,
            died_on=contact.died_on,
            cause=contact.cause,
            cause_code=contact.cause_code,
            autopsy=contact.autopsy,
            related=contact.related,
        )
        return replace(run, status=dead)
    return _met(run, contact.on)


def _met(run: _Run, on: date) -> _Run:
    """Somebody saw or heard of the patient alive."""
    last = max(run.status.last_contact_on, on)
    run = _moved(run, FollowUpEvent.CONTACT_MADE, on)
    vital = DEAD if run.status.vital_status == DEAD else ALIVE
    reached = replace(run.status, vital_status=vital, last_contact_on=last)
    return replace(run, status=reached, overdue=False, tried=False)


def _sought(run: _Run, attempt: Attempt) -> _Run:
    """An unsuccessful attempt, or one whose answer was a refusal, which ends tracing."""
    if attempt.method is AttemptMethod.REGISTRY_LINKAGE:
        return run
    if attempt.outcome in FAILED:
        last = run.status.last_contact_on
        return _provisional(replace(run, tried=True), attempt.on) if attempt.on > last else run
    run = replace(run, tried=False)
    if run.status.state is FollowUpState.LOST_PROVISIONAL:
        return _moved(run, FollowUpEvent.CONTACT_MADE, attempt.on)
    return run


def _provisional(run: _Run, on: date) -> _Run:
    """Provisionally lost once a window has closed and somebody could not be reached."""
    if run.overdue and run.tried and run.status.state is FollowUpState.ACTIVE:
        state = FOLLOW_UP.step(run.status.state, FollowUpEvent.ATTEMPT_FAILED)
        return replace(run, status=replace(run.status, state=state, since=on))
    return run


def _signed(run: _Run, what: str, on: date) -> _Run:
    if what == "given":
        run = replace(run, in_force=run.in_force + 1)
        return _moved(run, FollowUpEvent.CONSENT_RENEWED, on)
    run = replace(run, in_force=run.in_force - 1)
    return run if run.in_force else _moved(run, FollowUpEvent.CONSENT_WITHDRAWN, on)


def _decided(run: _Run, decision: Decision, history: History) -> _Run:
    if decision.event is FollowUpEvent.DEATH_RETRACTED:
        if run.status.vital_status == DEAD:
            return run  # another contact still tells of a death
        known = replace(run.status, vital_status=decision.vital_status or ALIVE)
        return replace(run, status=known)
    if decision.event is not FollowUpEvent.LOSS_DECLARED or history.loss_rule is None:
        return _moved(run, decision.event, decision.on)
    known_then = [a for a in history.attempts if a.on <= decision.on]
    proof = evidence_of_loss(
        known_then, history.loss_rule, last_contact_on=run.status.last_contact_on
    )
    taken = step(run.status.state, decision.event, evidence=proof)
    if not taken.allowed:
        return run
    return replace(run, status=replace(run.status, state=taken.state, since=decision.on))
