"""Reporting rules as versioned data, and the facts of a case they ask for.

Source: domain 4.1.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Self

from followup.domain.calendars import HolidayTable


class Unit(StrEnum):
    """How a limit is counted."""

    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    HOURS = "hours"
    MONTHS = "months"
    IMMEDIATE = "immediate"
    NOT_EXPEDITED = "not_expedited"


class Reporter(StrEnum):
    """Who has the duty to report."""

    MAH = "MAH"
    HOSPITAL = "HOSPITAL"
    SPONSOR = "SPONSOR"


class Setting(StrEnum):
    """Whether the reaction arose on the market or in a clinical trial."""

    POST_MARKET = "POST_MARKET"
    TRIAL = "TRIAL"


class ReportSource(StrEnum):
    """Where a post-marketing report comes from."""

    SPONTANEOUS = "SPONTANEOUS"
    SOLICITED = "SOLICITED"
    AUTHORITY = "AUTHORITY"
    LITERATURE = "LITERATURE"
    STUDY = "STUDY"


class RuleNotInForceError(LookupError):
    """No version of a rule was in force on the day asked for."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the rules may ask about a case. None means not known, and is never read as no.

    `markets` are the regimes in which the product is authorised or tried (CN, EU, US); `country`
    is the ISO code of the country where the reaction occurred. `source` is None in a trial.
    `unexpected` is against the label, or the investigator's brochure in a trial. `related` is a
    reasonable possibility of a causal relation. `overseas_action` is a suspension or withdrawal
    abroad for safety reasons.
    """

    markets: frozenset[str]
    reporter: Reporter
    setting: Setting
    source: ReportSource | None
    country: str | None
    serious: bool | None
    fatal: bool | None
    life_threatening: bool | None
    unexpected: bool | None
    related: bool | None
    follow_up: bool = False
    cluster: bool = False
    overseas_action: bool = False

    def with_circumstances(self, names: Collection[str]) -> "CaseFacts":
        """These facts with what was seen beside the case: `cluster`, `overseas_action`."""
        return replace(
            self,
            cluster=self.cluster or "cluster" in names,
            overseas_action=self.overseas_action or "overseas_action" in names,
        )

    def value(self, name: str, domestic: frozenset[str]) -> object:
        """One fact by name; `origin` is worked out for the regime; None when not known.

        KeyError for a name that is no fact.
        """
        if name == "origin":
            if self.country is None:
                return None
            return "DOMESTIC" if self.country in domestic else "OVERSEAS"
        if name in ("reporter", "setting", "source", "serious", "fatal", "life_threatening"):
            return getattr(self, name)
        if name in ("unexpected", "related", "follow_up", "cluster", "overseas_action"):
            return getattr(self, name)
        raise KeyError(f"rules ask for an unknown fact: {name}")


@dataclass(frozen=True, slots=True)
class Limit:
    """One duty of a rule: what is due, how long after day zero or after another duty."""

    code: str
    amount: int | None
    unit: Unit
    label: Mapping[str, str]
    when: Mapping[str, Any]
    after: str | None
    latest_days: int | None
    citation: str
    confidence: str

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], citation: str, confidence: str) -> Self:
        """Build one limit; citation and confidence of the rule hold unless it has its own.

        ValueError unless the amount (in `unit`) is missing just where nothing is expedited.
        """
        unit = Unit(data["unit"])
        if (data["amount"] is None) is not (unit is Unit.NOT_EXPEDITED):
            raise ValueError(f"limit {data['code']} of {citation} has no amount")
        return cls(
            code=data["code"],
            amount=data["amount"],
            unit=unit,
            label=dict(data["label"]),
            when=dict(data.get("when", {})),
            after=data.get("after"),
            latest_days=data.get("latest_days"),
            citation=data.get("citation", citation),
            confidence=data.get("confidence", confidence),
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table of clocks, valid for a span of days zero."""

    id: str
    version: str
    regime: str
    kind: str
    event: Mapping[str, str]
    day_zero: Mapping[str, str]
    when: Mapping[str, Any]
    limits: tuple[Limit, ...]
    citation: str
    confidence: str
    valid_from: date | None
    valid_to: date | None
    authority: str = ""  # who must get the report; none in a table written before it named one

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from one entry of `rules`; KeyError or ValueError for a broken entry."""
        citation, confidence = data["citation"], data["confidence"]
        return cls(
            id=data["id"],
            version=str(data["version"]),
            regime=data["regime"],
            kind=data["kind"],
            event=dict(data["event"]),
            day_zero=dict(data["day_zero"]),
            when=dict(data["when"]),
            limits=tuple(Limit.from_dict(e, citation, confidence) for e in data["limits"]),
            citation=citation,
            confidence=confidence,
            valid_from=_day(data["valid_from"]),
            valid_to=_day(data["valid_to"]),
            authority=data.get("authority", ""),
        )

    def in_force(self, on: date) -> bool:
        """Whether a day zero falls under this version."""
        started = self.valid_from is None or self.valid_from <= on
        return started and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class AwarenessRule:
    """Whose awareness starts a clock, and how soon an incomplete report is followed up."""

    counts: frozenset[str]
    counts_overseas: frozenset[str]
    incomplete_follow_up_days: int
    elements: tuple[str, ...]
    zone: str
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A reference document of rules: look a rule up by id and day."""

    code: str
    version: str
    rules: tuple[Rule, ...]
    domestic: Mapping[str, frozenset[str]]
    awareness: AwarenessRule
    periodic: Sequence[Mapping[str, Any]] = field(default=())
    holidays: HolidayTable | None = None  # for limits in working days

    @property
    def edition(self) -> str:
        """What a clock keeps of the rules it was counted by: their version, that of the holidays.

        The holidays only where some limit counts working days.
        """
        table = self.holidays
        days_off = f", {table.country} {table.version}" if table else ""
        return f"{self.code} {self.version}{days_off}"

    @property
    def counts_working_days(self) -> bool:
        """Whether a limit of any rule needs a holiday table."""
        limits = (limit for rule in self.rules for limit in rule.limits)
        return any(limit.unit is Unit.WORKING_DAYS for limit in limits)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from `rule_sets.json`; ValueError when two versions of a rule overlap."""
        rules = tuple(Rule.from_dict(entry) for entry in data["rules"])
        _refuse_overlap(rules)
        aware = data["awareness"]
        return cls(
            code=data["code"],
            version=data["version"],
            rules=rules,
            domestic={regime: frozenset(codes) for regime, codes in data["domestic"].items()},
            awareness=AwarenessRule(
                counts=frozenset(aware["counts"]),
                counts_overseas=frozenset(aware["counts_overseas"]),
                incomplete_follow_up_days=aware["incomplete_follow_up_days"],
                elements=tuple(e["code"] for e in data["elements"]),
                zone=aware["zone"],
                citation=aware["citation"],
                confidence=aware["confidence"],
            ),
            periodic=tuple(data["periodic"]),
        )

    def rule(self, rule_id: str, on: date) -> Rule:
        """The version of a rule in force on a day zero; RuleNotInForceError when there is none."""
        for rule in self.rules:
            if rule.id == rule_id and rule.in_force(on):
                return rule
        raise RuleNotInForceError(f"rule {rule_id} is not in force on {on}")

    def in_force(self, on: date) -> tuple[Rule, ...]:
        """Every rule in force on a day, in the order of the table."""
        return tuple(rule for rule in self.rules if rule.in_force(on))


def _refuse_overlap(rules: tuple[Rule, ...]) -> None:
    spans: dict[str, list[tuple[date, date]]] = {}
    for rule in rules:
        span = (rule.valid_from or date.min, rule.valid_to or date.max)
        if any(span[0] <= end and start <= span[1] for start, end in spans.get(rule.id, ())):
            raise ValueError(f"two versions of rule {rule.id} are in force at once")
        spans.setdefault(rule.id, []).append(span)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
