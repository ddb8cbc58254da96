"""Who gets a case, by when and why, and who does not: one row for each authority of each market.

Source: domain 4.1 to domain 4.3. The duties are those of `obligations`; the reasons are every rule
that was looked at, with what it asked and what the case says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from pv.domain.clocks.obligations import (
    Circumstance,
    Information,
    Obligation,
    Sending,
    circumstances,
    complete,
    known_days,
    obligations,
)
from pv.domain.clocks.rules import CaseFacts, RuleSet, Setting
from pv.domain.clocks.selection import ASSESSMENTS, Considered, select


class Verdict(StrEnum):
    """What the rules say of one authority."""

    REPORT = "report"
    UNDECIDED = "undecided"  # a fact is missing that would decide
    NOT_OWED = "not_owed"


@dataclass(frozen=True, slots=True)
class Authorised:
    """A product may be sold (or tried) in a market from a day on, until a day or without end."""

    market: str
    setting: Setting
    since: date
    until: date | None = None

    def holds(self, setting: Setting, on: date) -> bool:
        """Whether it stands for a case of this setting that was learned of on a day."""
        ended = self.until is not None and on > self.until
        return self.setting is setting and self.since <= on and not ended


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One authority: what it is owed, and each rule that was looked at for the case as known last.

    `authorised` is whether anything learned of the case falls under an authorisation of the market.
    """

    market: str
    authority: str
    verdict: Verdict
    authorised: bool
    duties: tuple[Obligation, ...]
    applies: tuple[Considered, ...]
    undecided: tuple[Considered, ...]
    excluded: tuple[Considered, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Facts to find out, each once."""
        return tuple(dict.fromkeys(name for c in self.undecided for name in c.missing))

    @property
    def reports(self) -> tuple[Obligation, ...]:
        """The duties that are met by a report, the soonest due first."""
        return tuple(duty for duty in self.duties if not duty.beside)

    @property
    def provisional(self) -> bool:
        """Whether an open report is owed only while an assessment is missing."""
        asked = ASSESSMENTS.intersection(self.missing)
        return any(asked.intersection(duty.clock.missing) for duty in self.open)

    @property
    def open(self) -> tuple[Obligation, ...]:
        """The reports nobody has sent."""
        return tuple(duty for duty in self.reports if duty.met_on is None)


def under(
    authorised: Iterable[Authorised], market: str, information: Sequence[Information]
) -> list[Information]:
    """What was learned while the product was authorised in a market, asked for that market alone.

    What was learned before is history there, and what came after the end starts nothing.
    """
    mine = [one for one in authorised if one.market == market]
    return [
        replace(item, facts=replace(item.facts, markets=frozenset({market})))
        for item in information
        if any(one.holds(item.facts.setting, item.known_on) for one in mine)
    ]


def owed(
    rules: RuleSet, information: Mapping[str, Sequence[Information]], sendings: Iterable[Sending]
) -> tuple[Obligation, ...]:
    """Every duty in every market; `information` by market, as `under` gives it."""
    sent = tuple(sendings)
    found = [duty for each in information.values() for duty in obligations(rules, each, sent)]
    return tuple(sorted(found, key=lambda one: (one.due, one.key)))


def plan(
    rules: RuleSet,
    information: Mapping[str, Sequence[Information]],
    sendings: Iterable[Sending],
    *,
    seen: Sequence[Circumstance] = (),
) -> tuple[PlanRow, ...]:
    """The row of each authority of each market of `information`, in the order of the markets.

    `seen` are a cluster the case belongs to and actions abroad.
    """
    sent = tuple(sendings)
    rows = []
    for market, items in information.items():
        duties = obligations(rules, items, sent)
        if items:
            duties += circumstances(rules, items[-1].facts, seen)
        for authority in authorities(rules, market):
            mine = tuple(d for d in duties if d.clock.authority == authority)
            to_it = [one for one in sent if one.authority == authority]
            rows.append(_row(rules, market, authority, mine, items, to_it, seen))
    return tuple(rows)


def authorities(rules: RuleSet, market: str) -> tuple[str, ...]:
    """Who may be owed a report in a market; a partner is a market of its own."""
    found = {
        r.authority
        for r in rules.rules
        if r.kind == "expedited" and market in (r.regime, r.authority)
    }
    return tuple(sorted(name for name in found if name))


def _row(
    rules: RuleSet,
    market: str,
    authority: str,
    duties: tuple[Obligation, ...],
    items: Sequence[Information],
    sent: Sequence[Sending],
    seen: Sequence[Circumstance],
) -> PlanRow:
    first = min((one.version for one in sent), default=None)
    known: list[tuple[CaseFacts, date]] = []
    for item, day in zip(items, known_days(items), strict=True):
        later = bool(known) and first is not None and item.version > first
        facts = replace(complete(item.facts), follow_up=later)
        facts = facts.with_circumstances([one.fact for one in seen])
        known.append((facts, day))
    looked = [_of(rules, authority, facts, day) for facts, day in known]
    last = looked[-1] if looked else ((), (), ())
    # A fact that is missing decides over everything learned, not only over what came last.
    undecided = next((each[1] for each in reversed(looked) if each[1]), ())
    verdict = Verdict.NOT_OWED
    if duties:
        verdict = Verdict.REPORT
    elif undecided:
        verdict = Verdict.UNDECIDED
    return PlanRow(market, authority, verdict, bool(items), duties, last[0], undecided, last[2])


_Looked = tuple[tuple[Considered, ...], tuple[Considered, ...], tuple[Considered, ...]]


def _of(rules: RuleSet, authority: str, facts: CaseFacts, day: date) -> _Looked:
    found = select(rules, facts, day)
    applies, undecided, excluded = (
        tuple(c for c in group if c.rule.authority == authority)
        for group in (found.applies, found.undecided, found.excluded)
    )
    return applies, undecided, excluded
