"""Day zero: the first day on which the duty-holder knew of a complete report (domain 4.2, 4.3).

Source: domain 4.2 and domain 4.3.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pv.domain.clocks.deadlines import Reason
from pv.domain.clocks.rules import AwarenessRule


class Element(StrEnum):
    """The four minimum elements of a valid report (GVP art. 46)."""

    PATIENT = "PATIENT"
    REPORTER = "REPORTER"
    DRUG = "DRUG"
    REACTION = "REACTION"


class Party(StrEnum):
    """Who learned of the case. Whose knowledge counts is data, not code."""

    HOLDER = "HOLDER"
    EMPLOYEE = "EMPLOYEE"
    CONTRACTED_PARTY = "CONTRACTED_PARTY"
    OVERSEAS_HOLDER = "OVERSEAS_HOLDER"
    HOSPITAL = "HOSPITAL"
    AUTHORITY = "AUTHORITY"
    OTHER = "OTHER"


class Flag(StrEnum):
    """What a reader of the clock must know about its day zero."""

    DAY0_FALLBACK = "DAY0_FALLBACK"  # a receipt date stands in for a missing awareness date
    DATE_MISSING = "DATE_MISSING"  # an awareness without any date was left out


@dataclass(frozen=True, slots=True)
class Awareness:
    """One moment of learning: who, when, and which minimum elements it brought.

    `on` is the local day of awareness; `received_on` the day of receipt, used only when `on` is
    not known.
    """

    party: Party
    on: date | None
    elements: frozenset[Element]
    received_on: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class DayZero:
    """Day zero, or why the clock is not running and by when the missing elements are asked for."""

    on: date | None
    known_since: tuple[tuple[Element, date], ...]
    missing: tuple[Element, ...]
    follow_up_by: date | None
    flags: tuple[Flag, ...]
    trail: tuple[Reason, ...]

    @property
    def running(self) -> bool:
        """Whether there is a day zero."""
        return self.on is not None


def day_zero(
    awareness: Iterable[Awareness], rule: AwarenessRule, *, overseas: bool = False
) -> DayZero:
    """The earliest day on which those who count had learned of all four elements between them.

    Never the day of registration in a system. Awareness of the overseas holder counts when
    `overseas`. Elements add up over several awarenesses. While one is missing the clock does not
    run and a follow-up is due so many days after the first awareness (a default of this system).
    """
    counted = rule.counts | (rule.counts_overseas if overseas else frozenset())
    dated, flags, trail = _dated(awareness, counted)
    since: dict[Element, date] = {}
    for day, moment in dated:
        for element in moment.elements:
            since.setdefault(element, day)
    wanted = [Element(code) for code in rule.elements]
    missing = tuple(e for e in wanted if e not in since)
    start = None if missing else max(since[e] for e in wanted)
    follow_up = None
    if missing and dated:
        follow_up = dated[0][0] + timedelta(days=rule.incomplete_follow_up_days)
    trail.append(_conclude(start, missing, follow_up, rule))
    known = tuple((e, since[e]) for e in wanted if e in since)
    # A fallback matters only when it decided something: the day, or the follow-up.
    used = {day for day, moment in dated if moment.on is None}
    deciding = start if start else (dated[0][0] if dated else None)
    if Flag.DAY0_FALLBACK in flags and deciding not in used:
        flags.remove(Flag.DAY0_FALLBACK)
    return DayZero(start, known, missing, follow_up, tuple(flags), tuple(trail))


def _dated(
    awareness: Iterable[Awareness], counted: Collection[str]
) -> tuple[list[tuple[date, Awareness]], list[Flag], list[Reason]]:
    """Awarenesses that count, in order of day, with what was left out and why."""
    dated: list[tuple[date, Awareness]] = []
    flags: list[Flag] = []
    trail: list[Reason] = []
    for moment in awareness:
        if moment.party.value not in counted:
            values = {"party": moment.party.value, "source": moment.source}
            text = f"awareness of {moment.party.value} does not start the clock"
            trail.append(Reason("not_counted", values, text))
            continue
        day = moment.on or moment.received_on
        if day is None:
            flags.append(Flag.DATE_MISSING)
            values = {"party": moment.party.value, "source": moment.source}
            trail.append(Reason("no_date", values, "an awareness without a date was left out"))
            continue
        if moment.on is None:
            flags.append(Flag.DAY0_FALLBACK)
        dated.append((day, moment))
    dated.sort(key=lambda pair: pair[0])
    return dated, list(dict.fromkeys(flags)), trail


def _conclude(
    start: date | None, missing: tuple[Element, ...], follow_up: date | None, rule: AwarenessRule
) -> Reason:
    if start:
        values = {"day_zero": start.isoformat(), "citation": rule.citation}
        return Reason("day_zero", values, f"all four elements known on {start}: day zero")
    names = [e.value for e in missing]
    by = follow_up.isoformat() if follow_up else None
    text = f"clock not running, missing: {', '.join(names)}"
    return Reason("not_running", {"missing": names, "follow_up_by": by}, text)
