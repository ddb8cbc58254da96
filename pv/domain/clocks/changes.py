"""What new information does to the clocks of a case: restart, upgrade, downgrade (domain 4.2).

Source: domain 4.1 to domain 4.3.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from pv.domain.clocks.deadlines import Clock, Reason
from pv.domain.clocks.rules import CaseFacts, RuleSet
from pv.domain.clocks.selection import running


class ChangeKind(StrEnum):
    """How a new version of a case stands to the one before."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class ClockChange:
    """Clocks that start with the new information and clocks that go on.

    `started` run from the day the information was received; `kept` are those still open from
    before: nothing new ever moves them later. `due` is the soonest of all.
    """

    kind: ChangeKind
    started: tuple[Clock, ...]
    kept: tuple[Clock, ...]
    trail: tuple[Reason, ...]

    @property
    def due(self) -> date | None:
        """The soonest due day of every clock still open; None when none is."""
        days = [c.due for c in (*self.started, *self.kept) if c.due is not None]
        return min(days, default=None)


# Facts that make a case more urgent when they turn to yes.
_URGENT = ("serious", "fatal", "life_threatening", "unexpected")


def kind_of(before: CaseFacts, after: CaseFacts) -> tuple[ChangeKind, tuple[str, ...]]:
    """Upgrade when an urgent fact became true, downgrade when one was withdrawn, else follow-up.

    A case that is upgraded in one fact and downgraded in another is an upgrade.
    """
    rose = tuple(n for n in _URGENT if getattr(after, n) and not getattr(before, n))
    if rose:
        return ChangeKind.UPGRADE, rose
    fell = tuple(n for n in _URGENT if getattr(before, n) and getattr(after, n) is False)
    return (ChangeKind.DOWNGRADE, fell) if fell else (ChangeKind.FOLLOW_UP, ())


def reclock(
    rules: RuleSet,
    before: CaseFacts,
    after: CaseFacts,
    known_on: date,
    open_clocks: tuple[Clock, ...],
    *,
    first_report_sent: bool,
) -> ClockChange:
    """The clocks after new information received on `known_on`.

    Once the first report is out, any new information is a follow-up with the limits of its facts,
    counted from its own receipt. Before that, an upgrade starts the shorter limit from the day
    the fact was known, and the running clock keeps its day: new information never delays a first
    report (GVP art. 42), nor does a downgrade.
    """
    kind, facts = kind_of(before, after)
    started: tuple[Clock, ...] = ()
    if first_report_sent:
        started = running(rules, replace(after, follow_up=True), known_on)
    elif kind is ChangeKind.UPGRADE:
        open_rules = {c.rule for c in open_clocks}
        fresh = running(rules, replace(after, follow_up=before.follow_up), known_on)
        started = tuple(c for c in fresh if c.rule not in open_rules)
    reason = Reason(
        kind.value,
        {"facts": list(facts), "known_on": known_on.isoformat(), "sent": first_report_sent},
        _words(kind, facts, known_on, first_report_sent),
    )
    return ClockChange(kind, started, open_clocks, (reason,))


def _words(kind: ChangeKind, facts: tuple[str, ...], known_on: date, sent: bool) -> str:
    names = ", ".join(facts)
    if kind is ChangeKind.UPGRADE:
        return f"upgrade ({names}) known on {known_on}: the new limit runs from that day"
    if kind is ChangeKind.DOWNGRADE and sent:
        return f"downgrade ({names}) known on {known_on}: send a follow-up, keep the history"
    if sent:
        return f"new information received on {known_on}: the clock starts again from that day"
    return f"new information on {known_on} goes into the first report, which is not delayed"
