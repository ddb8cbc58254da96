"""Which rules a case falls under, which are undecided for want of a fact, and why not the rest.

Source: domain 4.1 to domain 4.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product
from typing import Any

from followup.domain.calendars import HolidayTable
from pv.domain.clocks.conditions import Answer, Check, Outcome, holds
from pv.domain.clocks.deadlines import Clock, Reason
from pv.domain.clocks.due_dates import due
from pv.domain.clocks.rules import CaseFacts, Limit, Rule, RuleSet

# What is assessed, not reported: while nobody has, it counts as so.
ASSESSMENTS = frozenset({"unexpected", "related"})
# Facts with two answers.
_YES_OR_NO = frozenset({"serious", "fatal", "life_threatening", "unexpected", "related"})


@dataclass(frozen=True, slots=True)
class Considered:
    """One rule that was looked at, with every check and the facts that would decide it."""

    rule: Rule
    answer: Answer
    checks: tuple[Check, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Rules that apply, that may apply once a fact is known, and that do not."""

    applies: tuple[Considered, ...]
    undecided: tuple[Considered, ...]
    excluded: tuple[Considered, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Facts to find out, each once."""
        return tuple(dict.fromkeys(name for c in self.undecided for name in c.missing))


def select(rules: RuleSet, facts: CaseFacts, on: date) -> Selection:
    """Look at every expedited rule in force on a day in the markets of the product.

    A fact that is not known leaves a rule undecided: it is neither applied nor dropped. A rule
    without any limit for these facts is excluded.
    """
    found: dict[Answer, list[Considered]] = {answer: [] for answer in Answer}
    for rule in rules.in_force(on):
        if rule.kind != "expedited" or rule.regime not in facts.markets:
            continue
        considered = _consider(rule, facts, rules.domestic[rule.regime])
        found[considered.answer].append(considered)
    return Selection(
        tuple(found[Answer.YES]), tuple(found[Answer.UNKNOWN]), tuple(found[Answer.NO])
    )


def _consider(rule: Rule, facts: CaseFacts, domestic: frozenset[str]) -> Considered:
    outcome = holds(rule.when, facts, domestic)
    if outcome.answer is Answer.NO:
        return Considered(rule, Answer.NO, outcome.checks, ())
    limits = _some_limit(rule, facts, domestic)
    answers = (outcome.answer, limits.answer)
    if Answer.NO in answers:
        answer = Answer.NO
    else:
        answer = Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.YES
    missing = () if answer is not Answer.UNKNOWN else outcome.missing + limits.missing
    return Considered(rule, answer, outcome.checks + limits.checks, tuple(dict.fromkeys(missing)))


def _some_limit(rule: Rule, facts: CaseFacts, domestic: frozenset[str]) -> Outcome:
    """Whether the rule sets any limit for these facts.

    Where each possible answer to what is not known has a limit (new: 15 days, not new: 30 days),
    some limit holds whatever the answer: the clock runs on the shortest one, provisionally.
    """
    conditional = [limit for limit in rule.limits if limit.when]
    if not conditional:
        return Outcome(Answer.YES, ())
    outcomes = [holds(limit.when, facts, domestic) for limit in conditional]
    checks = tuple(check for o in outcomes for check in o.checks)
    if all(o.answer is Answer.NO for o in outcomes):
        return Outcome(Answer.NO, checks)
    if any(o.answer is Answer.YES for o in outcomes):
        return Outcome(Answer.YES, checks)
    missing = tuple(dict.fromkeys(name for o in outcomes for name in o.missing))
    if _whatever_the_answer(conditional, facts, domestic, missing):
        return Outcome(Answer.YES, checks)
    return Outcome(Answer.UNKNOWN, checks)


def _whatever_the_answer(
    limits: Sequence[Limit], facts: CaseFacts, domestic: frozenset[str], missing: Sequence[str]
) -> bool:
    """Whether each way to answer the missing facts leaves a limit that holds."""
    if not _YES_OR_NO.issuperset(missing):
        return False
    for answers in product((True, False), repeat=len(missing)):
        known: dict[str, Any] = dict(zip(missing, answers, strict=True))
        answered = replace(facts, **known)
        if all(holds(each.when, answered, domestic).answer is not Answer.YES for each in limits):
            return False
    return True


def running(
    rules: RuleSet,
    facts: CaseFacts,
    day_zero: date,
    *,
    aware_at: datetime | None = None,
    holidays: HolidayTable | None = None,
    unassessed: bool = False,
) -> tuple[Clock, ...]:
    """The clocks that run for a case, the soonest due first; rules without a due day come last.

    With `unassessed` also those that wait for an assessment alone, marked provisional: what nobody
    has called expected is unexpected (ICH E2D 2.4), what nobody has called unrelated is related.
    """
    found = select(rules, facts, day_zero)
    asking = {
        considered.rule.id: tuple(name for name in considered.missing if name in ASSESSMENTS)
        for considered in (found.undecided if unassessed else ())
    }
    waiting: tuple[Considered, ...] = ()
    if any(asking.values()):
        supposed = select(rules, assumed(facts), day_zero)
        waiting = tuple(c for c in supposed.applies if asking.get(c.rule.id))
    clocks = []
    for known, considered in ((facts, found.applies), (assumed(facts), waiting)):
        for each in considered:
            clock = due(
                each.rule,
                day_zero,
                facts=known,
                domestic=rules.domestic[each.rule.regime],
                aware_at=aware_at,
                holidays=holidays or rules.holidays,
            )
            missing = asking.get(each.rule.id, ())
            clocks.append(_provisional(clock, missing) if missing else clock)
    return tuple(sorted(clocks, key=lambda c: (c.due or date.max, c.rule)))


def assumed(facts: CaseFacts) -> CaseFacts:
    """These facts with each assessment nobody has made taken as yes."""
    return replace(
        facts,
        unexpected=True if facts.unexpected is None else facts.unexpected,
        related=True if facts.related is None else facts.related,
    )


def _provisional(clock: Clock, missing: tuple[str, ...]) -> Clock:
    text = f"not assessed: {', '.join(missing)}; taken as yes (ICH E2D 2.4, E2A)"
    reason = Reason("assumed", {"missing": list(missing)}, text)
    return replace(clock, provisional=True, missing=missing, trail=(*clock.trail, reason))
