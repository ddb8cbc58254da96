"""What is owed to a partner by a safety data exchange agreement, as rules the clocks reckon with.

Source: GVP 2021 no. 65 art. 12 and 13 (contracted pharmacovigilance); the days are those agreed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pv.domain.clocks.rules import Limit, Rule, RuleSet, Unit

PREFIX = "AG-"
CODE = re.compile(r"[A-Z0-9]{1,12}", re.ASCII)  # what a partner is called
FATAL, SERIOUS, OTHER = "F", "S", "N"
_EVENTS = {
    FATAL: {"en": "fatal or life-threatening case", "zh": "致死或危及生命的病例"},
    SERIOUS: {"en": "serious case", "zh": "严重病例"},
    OTHER: {"en": "non-serious case", "zh": "非严重病例"},
}
_REPORT = {"en": "Report to the partner", "zh": "向合作方报告"}
_DAY_ZERO = {"en": "as agreed", "zh": "按协议约定"}


def event_of(rule: str) -> dict[str, str]:
    """What a rule of an agreement is about, by language; empty for a rule of the law."""
    return dict(_EVENTS.get(rule.rpartition("-")[2], {})) if rule.startswith(PREFIX) else {}


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days for each class of case; None where the class is not owed."""

    fatal: int | None = None
    serious: int | None = None
    other: int | None = None

    @property
    def longest(self) -> int:
        """The most days of a class; zero where nothing is owed."""
        return max((n for n in (self.fatal, self.serious, self.other) if n is not None), default=0)

    def of(self, *, serious: bool | None, fatal: bool | None) -> int | None:
        """Days of a case, None where it is not owed; one nobody assessed counts as serious."""
        if fatal and self.fatal is not None:
            return self.fatal
        return self.other if serious is False and not fatal else self.serious


@dataclass(frozen=True, slots=True)
class Terms:
    """One confirmed entry of an agreement: what we owe the partner, where, and while it holds.

    `order` is that of the confirmations: from its first day on, a later entry replaces what was
    confirmed before it. `territory` are countries of occurrence; empty is everywhere.
    """

    partner: str
    number: str
    order: int
    days: Days
    territory: frozenset[str]
    valid_from: date
    valid_to: date | None = None

    @property
    def authority(self) -> str:
        """What the partner is called in the clocks."""
        return f"{PREFIX}{self.partner}"

    @property
    def regime(self) -> str:
        """What this entry is called in the rules: each has its own territory."""
        return f"{self.authority}.{self.order}"

    def holds(self, on: date) -> bool:
        """Whether a day lies in its span."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def standing(entries: Iterable[Terms]) -> list[Terms]:
    """The entries with the span each holds for, without those that are wholly replaced.

    Of each partner no two hold on one day.
    """
    rows = sorted(entries, key=lambda row: row.order)
    found = []
    for place, row in enumerate(rows):
        starts = [o.valid_from for o in rows[place + 1 :] if o.partner == row.partner]
        ends = [day - timedelta(days=1) for day in starts]
        ends += [row.valid_to] if row.valid_to else []
        last = min(ends, default=None)
        if last is None or last >= row.valid_from:
            found.append(replace(row, valid_to=last))
    return found


def rule_set(base: RuleSet, entries: Iterable[Terms]) -> RuleSet:
    """The agreements as reporting rules: a regime for each entry, a rule for each class."""
    rows = standing(entries)
    domestic = {row.regime: row.territory for row in rows}
    rules = tuple(rule for row in rows for rule in _rules(row))
    return RuleSet(base.code, base.version, rules, domestic, base.awareness)


def _rules(row: Terms) -> list[Rule]:
    where: dict[str, Any] = {"origin": "DOMESTIC"} if row.territory else {}
    fatal: dict[str, Any] = {"any": [{"fatal": True}, {"life_threatening": True}]}
    mild: dict[str, Any] = {"fatal": False, "life_threatening": False}
    classes: Sequence[tuple[str, int | None, dict[str, Any]]] = (
        (FATAL, row.days.fatal, fatal),
        # Without days of their own, fatal cases are serious ones.
        (
            SERIOUS,
            row.days.serious,
            {"serious": True} | (mild if row.days.fatal is not None else {}),
        ),
        (OTHER, row.days.other, {"serious": False} | mild),
    )
    return [
        Rule(
            id=f"{row.authority}-{code}",
            version=row.number,
            regime=row.regime,
            kind="expedited",
            event=_EVENTS[code],
            day_zero=_DAY_ZERO,
            when=where | when,
            limits=(_limit(days, row.number),),
            citation=row.number,
            confidence="source",
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            authority=row.authority,
        )
        for code, days, when in classes
        if days is not None
    ]


def _limit(days: int, citation: str) -> Limit:
    unit = Unit.CALENDAR_DAYS
    return Limit("report", days, unit, _REPORT, {}, None, None, citation, "source")
