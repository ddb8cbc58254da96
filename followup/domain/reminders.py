"""Reminders: which rungs of a ladder an obligation has crossed, and when a mail is tried again.

The product's own rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any


class Anchor(StrEnum):
    """The day of an obligation a rung is counted from."""

    OPENS = "opens"  # the first day something can be done
    DUE = "due"  # the last day it is in time


class Channel(StrEnum):
    """How a notice reaches a person."""

    IN_APP = "in_app"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: `offset` days from its anchor, to whom and how."""

    code: str
    anchor: Anchor
    offset: int
    channels: tuple[Channel, ...]
    roles: tuple[str, ...]

    def day(self, opens: date, due: date) -> date | None:
        """The day this rung is crossed; None when it would lie before the obligation opens.

        A window of two days has no "three days before its end".
        """
        day = (opens if self.anchor is Anchor.OPENS else due) + timedelta(days=self.offset)
        return day if day >= opens else None


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one kind of obligation, the earliest first.

    `lookback_days` bounds how far back a rung that was never made is still made (None: without
    bound). `subject_states` are the states of a subject in which it is reminded of at all.
    """

    kind: str
    rungs: tuple[Rung, ...]
    lookback_days: int | None
    subject_states: tuple[str, ...]

    def __post_init__(self) -> None:
        codes = [rung.code for rung in self.rungs]
        if not codes or len(set(codes)) != len(codes):
            raise ValueError(f"the ladder {self.kind} needs rungs with codes of their own")
        order = [(rung.anchor is Anchor.DUE, rung.offset) for rung in self.rungs]
        if order != sorted(set(order)):
            raise ValueError(f"the rungs of {self.kind} are not in the order of their days")
        if any(rung.anchor is Anchor.OPENS and rung.offset < 0 for rung in self.rungs):
            raise ValueError(f"a rung of {self.kind} lies before anything can be done")

    def later(self, rung: Rung) -> tuple[Rung, ...]:
        """The rungs that overtake this one when they are crossed too."""
        return self.rungs[self.rungs.index(rung) + 1 :]

    def first_day(self, today: date) -> date:
        """The earliest day of a rung that is still made today."""
        if self.lookback_days is None:
            return date.min
        return today - timedelta(days=self.lookback_days)

    def crossed(self, opens: date, due: date, after: date, until: date) -> list[Rung]:
        """The rungs whose day lies after `after` and not after `until`, the earliest first."""
        days = ((rung, rung.day(opens, due)) for rung in self.rungs)
        return [rung for rung, day in days if day is not None and after < day <= until]

    def rung_on(self, opens: date, due: date, on: date) -> Rung | None:
        """The one rung that speaks on a day: the latest crossed; None before the first."""
        crossed = self.crossed(opens, due, date.min, on)
        return crossed[-1] if crossed else None


@dataclass(frozen=True, slots=True)
class Retry:
    """When a mail that did not go out is tried again (project default, in the reference data)."""

    minutes: tuple[int, ...]
    poison_attempts: int

    def wait(self, attempt: int) -> timedelta:
        """How long to wait after this many attempts (1 or more); the last step repeats."""
        return timedelta(minutes=self.minutes[min(attempt, len(self.minutes)) - 1])


def ladders(document: Mapping[str, Any]) -> dict[str, Ladder]:
    """The ladders of the reference document by kind; ValueError when one cannot be climbed."""
    return {row["kind"]: _ladder(row) for row in document["ladders"]}


def ladder(document: Mapping[str, Any], kind: str) -> Ladder:
    """The ladder of one kind of obligation; KeyError without one."""
    rows = {row["kind"]: row for row in document["ladders"]}
    return _ladder(rows[kind])


def titles(document: Mapping[str, Any], *, chinese: bool) -> dict[str, str]:
    """What each kind of obligation is called."""
    return {row["kind"]: row["title_zh" if chinese else "title_en"] for row in document["ladders"]}


def retry(document: Mapping[str, Any]) -> Retry:
    """How mail is repeated; ValueError without a step."""
    row = document["mail"]
    if not row["retry_minutes"]:
        raise ValueError("mail needs at least one step of retry")
    return Retry(tuple(row["retry_minutes"]), row["poison_attempts"])


def _ladder(row: Mapping[str, Any]) -> Ladder:
    rungs: Sequence[Mapping[str, Any]] = row["rungs"]
    return Ladder(
        kind=row["kind"],
        rungs=tuple(
            Rung(
                code=rung["code"],
                anchor=Anchor(rung["anchor"]),
                offset=rung["offset_days"],
                channels=tuple(Channel(name) for name in rung["channels"]),
                roles=tuple(rung["roles"]),
            )
            for rung in rungs
        ),
        lookback_days=row["lookback_days"],
        subject_states=tuple(row["subject_states"]),
    )
