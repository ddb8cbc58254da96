"""What a case owes to whom: the clocks its facts demand, whatever the order they came in.

Source: domain 4.1 to domain 4.3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from pv.domain.clocks.changes import ChangeKind, kind_of
from pv.domain.clocks.deadlines import Clock, Deadline
from pv.domain.clocks.rules import CaseFacts, ReportSource, RuleSet, Setting, Unit
from pv.domain.clocks.selection import assumed, running


class Stop(StrEnum):
    """Why a clock stopped that was not met; what a person added stands beside it."""

    ZERO_MOVED = "zero_moved"
    DUE_MOVED = "due_moved"
    NOT_OWED = "not_owed"
    NULLIFIED = "nullified"
    NOT_REPORTABLE = "not_reportable"


@dataclass(frozen=True, slots=True)
class Information:
    """One thing learned of a case, in the order it was learned of.

    `known_on` is the day of awareness, never that of entry; `version` the first version of the
    case that can hold it; `facts` what is known of the case from then on.
    """

    known_on: date
    version: int
    facts: CaseFacts
    known_at: datetime | None = None  # the moment, for limits in hours, in the zone of the rules


@dataclass(frozen=True, slots=True)
class Circumstance:
    """Something seen beside the case that has duties of its own; no news of the case itself.

    `fact` is the fact of the rules it makes true: `cluster` or `overseas_action`.
    """

    fact: str
    on: date
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """A report that went to an authority: the version and the day."""

    authority: str
    version: int
    on: date


@dataclass(frozen=True, slots=True)
class Obligation:
    """One duty with its last day. `met_on` is None while it is open.

    A duty beside the report (`beside`, an investigation) is met by being done, not by a report.
    """

    rule: str
    beside: bool
    version: int
    clock: Clock
    deadline: Deadline
    due: date
    met_on: date | None

    @property
    def key(self) -> tuple[str, date, int]:
        """What tells one clock of a case from another."""
        return self.rule, self.clock.day_zero, self.version


def complete(facts: CaseFacts) -> CaseFacts:
    """Seriousness nobody assessed runs on the serious clock: the shorter day is the safe one.

    A report of a post-marketing study without an opinion counts as related (GVP art. 45 and 52).
    """
    serious = True if facts.serious is None else facts.serious
    study = facts.source is ReportSource.STUDY and facts.setting is Setting.POST_MARKET
    return replace(
        facts,
        serious=serious,
        related=True if study and facts.related is None else facts.related,
        fatal=bool(facts.fatal),
        life_threatening=bool(facts.life_threatening),
    )


def known_days(information: Sequence[Information]) -> list[date]:
    """The day each item was known at the latest: what builds on it cannot have come before."""
    days: list[date] = []
    for item in reversed(information):
        days.append(min(item.known_on, days[-1]) if days else item.known_on)
    return days[::-1]


def assessed_in(information: Sequence[Information], current: int) -> list[int]:
    """For each item the version whose assessment is of what was known with it.

    That is the last version before the one that holds the next information, and of what came last
    the `current` one: an assessment corrected later in the same information counts from the same
    day, one that new information brought from the day of that information (domain 4.2).
    """
    found = []
    for item in information:
        later = [other.version - 1 for other in information if other.version > item.version]
        found.append(min([*later, current]))
    return found


def obligations(
    rules: RuleSet, information: Sequence[Information], sendings: Iterable[Sending]
) -> tuple[Obligation, ...]:
    """Every duty the facts demand, the soonest due first.

    For each authority: what the first version sent to it could hold belongs to the first report;
    its clocks start with the first item, and an upgrade starts the shorter limit from its own day
    beside them (GVP 2021 no. 65 art. 42: new information never delays the first report). What came
    later is follow-up and counts from its own receipt (art. 49). Only a report sent to the
    authority of the rule, of a version that can hold the item, meets a clock.
    """
    if not information:
        return ()
    sent = tuple(sendings)
    days = known_days(information)
    found: dict[tuple[str, date, int], Obligation] = {}
    markets = information[0].facts.markets
    names = {r.authority for r in rules.rules if r.kind == "expedited" and r.regime in markets}
    for authority in sorted(names):
        mine = [one for one in sent if authority and one.authority == authority]
        for item in _of_authority(rules, authority, information, days, mine):
            other = found.get(item.key)
            if other is None or item.due < other.due:
                found[item.key] = item
    return tuple(sorted(found.values(), key=lambda one: (one.due, one.key)))


def nullification(
    rules: RuleSet, facts: CaseFacts, *, day: date, version: int, sendings: Iterable[Sending]
) -> tuple[Obligation, ...]:
    """What a nullified case owes whoever loaded its report and refused its nullification.

    `version` is that of the nullification, `day` the day it turned out to be no case: that is the
    new information (domain 4.2), and a refusal by the receiver starts no day zero of its own.
    """
    sent = tuple(sendings)
    return tuple(
        duty
        for authority in sorted({one.authority for one in sent if one.version < version})
        for clock in _clocks(rules, authority, replace(complete(facts), follow_up=True), day)
        for duty in _duties(clock, version, [one for one in sent if one.authority == authority])
        if not duty.beside
    )


def circumstances(
    rules: RuleSet, facts: CaseFacts, seen: Iterable[Circumstance]
) -> tuple[Obligation, ...]:
    """What a cluster or an action abroad adds to what its case owes, from when it was seen.

    Each duty is met by being done, never by the report of one case, and nothing else of the case
    moves (domain 4.1, CN-CL and CN-XA).
    """
    whole = complete(facts)
    names = {
        r.authority for r in rules.rules if r.kind == "expedited" and r.regime in facts.markets
    }
    found: dict[tuple[str, date, int], Obligation] = {}
    for one in seen:
        with_it = whole.with_circumstances([one.fact])
        for authority in sorted(names):
            alone = {clock.rule for clock in _clocks(rules, authority, whole, one.on)}
            for clock in _clocks(rules, authority, with_it, one.on, one.at):
                for duty in [] if clock.rule in alone else _beside(clock):
                    other = found.get(duty.key)
                    if other is None or _ends(duty) < _ends(other):
                        found[duty.key] = duty
    return tuple(found.values())


def _beside(clock: Clock) -> Iterable[Obligation]:
    for deadline in clock.deadlines:
        if deadline.due is not None:
            rule = f"{clock.rule}:{deadline.code}"
            yield Obligation(rule, True, 1, clock, deadline, deadline.due, None)


def _ends(duty: Obligation) -> tuple[date, bool, str]:
    at = duty.deadline.due_at
    return duty.due, at is None, at.isoformat() if at else ""


def _of_authority(
    rules: RuleSet,
    authority: str,
    information: Sequence[Information],
    days: Sequence[date],
    sent: Sequence[Sending],
) -> Iterable[Obligation]:
    first = min((one.version for one in sent), default=None)
    running_limits: set[tuple[str, int | None, Unit]] = set()
    before: CaseFacts | None = None
    for item, day in zip(information, days, strict=True):
        facts = complete(item.facts)
        urgent = assumed(facts)
        rose = before is None or kind_of(before, urgent)[0] is ChangeKind.UPGRADE
        later = before is not None and first is not None and item.version > first
        before = urgent
        if rose:
            for clock in _clocks(rules, authority, facts, day, _moment(item, day)):
                # A rule of several limits (CN-LIT: 15 or 30 days) starts the shorter one too.
                limit = clock.rule, clock.first.amount, clock.first.unit
                if limit in running_limits:
                    continue
                running_limits.add(limit)
                # A death learned of after the first report still has its investigation.
                yield from _duties(clock, item.version, sent, beside_only=later)
        if later:
            facts = replace(facts, follow_up=True)
            for clock in _clocks(rules, authority, facts, day, _moment(item, day)):
                yield from _duties(clock, item.version, sent)


def _moment(item: Information, day: date) -> datetime | None:
    """The moment of awareness; None where the day was moved before it by what builds on it."""
    return item.known_at if item.known_on == day else None


def _clocks(
    rules: RuleSet, authority: str, facts: CaseFacts, day: date, at: datetime | None = None
) -> Iterable[Clock]:
    found = running(rules, facts, day, aware_at=at, unassessed=True)
    return [clock for clock in found if clock.authority == authority]


def _duties(
    clock: Clock, version: int, sent: Sequence[Sending], *, beside_only: bool = False
) -> Iterable[Obligation]:
    met = min((one.on for one in sent if one.version >= version), default=None)
    for deadline in clock.deadlines:
        beside = deadline.code != clock.first.code
        if deadline.due is None or (beside_only and not beside):
            continue
        rule = f"{clock.rule}:{deadline.code}" if beside else clock.rule
        done = None if beside else met
        yield Obligation(rule, beside, version, clock, deadline, deadline.due, done)
