"""Sampling kits: what happens to one, in which order, and until when it may be used.

A kit is assembled at one place, filled at a second, to which an unused one may be forwarded, and
arrives back at a third. The chain is the product's own rule, after domain 3.4; the last day of a
part is read as GS1 General Specifications, section 3.4.7 (17), reads it.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import StrEnum

from followup.domain import scans
from followup.domain.samples.moments import Moment
from followup.domain.scans import ScanKind
from followup.state_machines import Machine, row


class KitState(StrEnum):
    """Where a kit stands; its history is the list of steps, never an overwritten column."""

    ASSEMBLED = "ASSEMBLED"
    SENT = "SENT"
    RECEIVED = "RECEIVED"
    IN_USE = "IN_USE"
    RETURNED = "RETURNED"
    ARRIVED = "ARRIVED"
    LOST = "LOST"
    DISCARDED = "DISCARDED"


class KitStepKind(StrEnum):
    """What happened to the kit."""

    ASSEMBLE = "ASSEMBLE"
    SEND = "SEND"
    RECEIVE = "RECEIVE"
    USE = "USE"  # a tube of it was filled; its moment is that of the collection
    FORWARD = "FORWARD"  # unused, to another site, which fills it from then on
    RETURN = "RETURN"
    ARRIVE = "ARRIVE"  # at the place its filled tubes go back to
    LOSE = "LOSE"
    FIND = "FIND"
    DISCARD = "DISCARD"


class KitReason(StrEnum):
    """Why a kit is lost or discarded."""

    NOT_ARRIVED = "NOT_ARRIVED"
    MISLAID = "MISLAID"
    EXPIRED = "EXPIRED"
    DAMAGED = "DAMAGED"
    RECALLED = "RECALLED"
    USED_UP = "USED_UP"
    NOT_NEEDED = "NOT_NEEDED"
    OTHER = "OTHER"


_R = KitReason
REASONS = {
    KitStepKind.LOSE: (_R.NOT_ARRIVED, _R.MISLAID, _R.OTHER),
    KitStepKind.DISCARD: (
        _R.EXPIRED,
        _R.DAMAGED,
        _R.RECALLED,
        _R.USED_UP,
        _R.NOT_NEEDED,
        _R.OTHER,
    ),
}


class KitProblem(StrEnum):
    """Why a step of a kit was refused."""

    NOT_ALLOWED_NOW = "not_allowed_now"
    MISSING = "missing"
    OUT_OF_ORDER = "out_of_order"
    BEFORE_RECEIPT = "before_receipt"
    EXPIRED = "expired"
    NOT_EXPIRED = "not_expired"


class KitError(ValueError):
    """A step that does not fit; `step` is its place in the chain, from 0.

    `details` are the fields that are missing, in the order of the alphabet.
    """

    def __init__(
        self,
        code: KitProblem,
        step: int,
        state: KitState | None = None,
        details: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"step {step}: {code.value}")
        self.code = code
        self.step = step
        self.state = state
        self.details = details


@dataclass(frozen=True, slots=True, kw_only=True)
class KitStep:
    """One step: when, where, by which carrier, who took it, why, and what deviated."""

    kind: KitStepKind
    happened: Moment
    place: str = ""
    carrier: str = ""
    person: str = ""
    reason: str = ""
    deviation: str = ""


_S, _E = KitState, KitStepKind
_AT_SITE = (_S.RECEIVED, _S.IN_USE)
KITS = Machine(
    KitState,
    KitStepKind,
    (_S.ASSEMBLED,),
    (
        row(_E.ASSEMBLE, (), _S.ASSEMBLED, "place"),
        row(_E.SEND, _S.ASSEMBLED, _S.SENT, "place", "carrier"),
        row(_E.RECEIVE, _S.SENT, _S.RECEIVED, "place", "person"),
        row(_E.USE, _AT_SITE, _S.IN_USE),
        row(_E.FORWARD, _S.RECEIVED, _S.SENT, "place", "carrier"),
        row(_E.RETURN, _AT_SITE, _S.RETURNED, "place", "carrier"),
        row(_E.ARRIVE, _S.RETURNED, _S.ARRIVED, "place", "person"),
        row(_E.LOSE, (_S.ASSEMBLED, _S.SENT, *_AT_SITE, _S.RETURNED), _S.LOST, "reason"),
        # What turns up is at the site again; how much of it was used is in its steps.
        row(_E.FIND, _S.LOST, _AT_SITE, "place"),
        row(
            _E.DISCARD,
            (_S.ASSEMBLED, *_AT_SITE, _S.RETURNED, _S.ARRIVED),
            _S.DISCARDED,
            "reason",
        ),
    ),
)
AT_SITE = frozenset(_AT_SITE)


def walk(steps: Sequence[KitStep], *, expires_on: date | None, zone: tzinfo) -> KitState:
    """The state a whole chain leads to, in order of recording; KitError for a step that cannot be.

    No step lies before any that was recorded earlier; the uses of one kit have no order among
    themselves. A use before the receipt is BEFORE_RECEIPT; one after `expires_on`, the last day of
    the kit, is EXPIRED unless it says how it deviated. A kit is not discarded as expired while it
    is not (NOT_EXPIRED). An empty chain is NOT_ALLOWED_NOW.
    """
    state: KitState | None = None
    for place, step in enumerate(steps):
        state = _follow(state, steps[:place], step)
        _in_order(steps[:place], step, zone)
        _in_date(step, place, expires_on)
    if state is None:
        raise KitError(KitProblem.NOT_ALLOWED_NOW, 0)
    return state


def _follow(state: KitState | None, before: Sequence[KitStep], step: KitStep) -> KitState:
    place = len(before)
    if state is None:
        found = KITS.rows[0] if step.kind is KitStepKind.ASSEMBLE else None
    else:
        found = KITS.find(state, step.kind)
    if found is None:
        raise KitError(KitProblem.NOT_ALLOWED_NOW, place, state)
    missing = tuple(sorted(name for name in found.needs if not getattr(step, name)))
    if missing:
        raise KitError(KitProblem.MISSING, place, state, missing)
    if len(found.targets) == 1:
        return found.target
    used = any(earlier.kind is KitStepKind.USE for earlier in before)
    return KitState.IN_USE if used else KitState.RECEIVED


def _in_order(before: Sequence[KitStep], step: KitStep, zone: tzinfo) -> None:
    use = step.kind is KitStepKind.USE
    for earlier in before:
        if use and earlier.kind is KitStepKind.USE:
            continue
        if step.happened.precedes(earlier.happened, zone):
            code = KitProblem.BEFORE_RECEIPT if use else KitProblem.OUT_OF_ORDER
            raise KitError(code, len(before))


def _in_date(step: KitStep, place: int, expires_on: date | None) -> None:
    if step.happened.on is None:
        return
    over = expires_on is not None and step.happened.on > expires_on
    if step.kind is KitStepKind.USE and over and not step.deviation:
        raise KitError(KitProblem.EXPIRED, place, details=("deviation",))
    discarded = step.kind is KitStepKind.DISCARD and step.reason == KitReason.EXPIRED
    if discarded and not over:
        raise KitError(KitProblem.NOT_EXPIRED, place)


class ShelfLife(StrEnum):
    """How a kit stands to its last day."""

    VALID = "VALID"
    SOON = "SOON"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


def last_day(expiries: Iterable[date | None]) -> date | None:
    """The last day a kit may be used: the earliest of its parts; None where no part has one."""
    return min((day for day in expiries if day is not None), default=None)


def shelf_life(expires_on: date | None, today: date, soon: timedelta) -> ShelfLife:
    """How near a kit is to its last day; SOON within `soon` before it, and on the day."""
    if expires_on is None:
        return ShelfLife.UNKNOWN
    if today > expires_on:
        return ShelfLife.EXPIRED
    return ShelfLife.SOON if expires_on - today <= soon else ShelfLife.VALID


def scanned_part(text: str, today: date) -> tuple[str, date | None]:
    """Lot and last day of a part as typed or scanned; no day where the scan says none.

    A GS1 day of 00 is the last of the month, and a year of two digits lies at most 49 years
    before or 50 after this one (GS1 General Specifications, sections 3.4.7 and 7.12). ValueError
    for a label whose check digit or date cannot be.
    """
    scan = scans.read(text)
    if scan.problem is not None:
        raise ValueError(scan.problem.value)
    lot, day = scan.value(ScanKind.LOT), scan.value(ScanKind.EXPIRY)
    if not lot and not day:
        return scan.text, None
    return lot, _gs1_day(day, today) if day else None


def _gs1_day(text: str, today: date) -> date:
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    century = today.year // 100 * 100
    gap = year - today.year % 100
    full = century + year + (-100 if gap >= 51 else 100 if gap <= -50 else 0)
    if not 1 <= month <= 12:
        raise ValueError("month")
    return date(full, month, day or monthrange(full, month)[1])
