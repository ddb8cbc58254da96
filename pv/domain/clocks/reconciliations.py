"""From the clocks a case has to those its facts demand: what starts, what ends and why.

Source: domain 4.2 and 4.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pv.domain.clocks.obligations import Obligation, Stop

Key = tuple[str, date, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """A clock as stored that has not stopped, and the version of the rules it was counted by."""

    rule: str
    day_zero: date
    version: int
    due: date
    met_on: date | None
    rule_set: str

    @property
    def key(self) -> Key:
        """What tells one clock of a case from another."""
        return self.rule, self.day_zero, self.version


@dataclass(frozen=True, slots=True)
class Ended:
    """A clock that stops, and the days before and after where one moved."""

    clock: Standing
    why: Stop
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What brings the clocks of a case into line with its facts.

    `started` gives with each duty the day it was met; `met` the clocks whose day of being met is
    another (None: open again).
    """

    started: tuple[tuple[Obligation, date | None], ...] = ()
    ended: tuple[Ended, ...] = ()
    met: tuple[tuple[Standing, date | None], ...] = ()

    @property
    def changed(self) -> int:
        """How many clocks start, end, are met or open again; one that moved counts once."""
        fresh = {duty.key for duty, _met in self.started}
        gone = [one for one in self.ended if one.clock.key not in fresh]
        return len(self.started) + len(gone) + len(self.met)

    def moves(self) -> list[tuple[str, date | None, date | None]]:
        """By rule the due day before and after, of every open clock that changes."""
        after: dict[str, list[date]] = {}
        for duty, met_on in self.started:
            if met_on is None:
                after.setdefault(duty.rule, []).append(duty.due)
        made: list[tuple[str, date | None, date | None]] = []
        for one in self.ended:
            if one.clock.met_on is not None:
                continue
            days = after.get(one.clock.rule)
            made.append((one.clock.rule, one.clock.due, days.pop(0) if days else None))
        made += [(rule, None, day) for rule, days in after.items() for day in days]
        return made


def reconciliation(
    standing: Iterable[Standing],
    wanted: Sequence[Obligation],
    *,
    rule_set: str,
    nullified: bool = False,
    otherwise: Stop = Stop.NOT_OWED,
) -> Reconciliation:
    """What starts, ends, is met or opens again; nothing else of a clock ever changes.

    A clock that was met stays as it was counted when only the rules were replaced (`rule_set` is
    the present version): whether a report was late is told by the rules of its day. A nullified
    case owes nothing more but what is `wanted`; what was met stays met. `otherwise` is why a
    clock stops that nothing asks for any more.
    """
    rows = {row.key: row for row in standing}
    duties = {duty.key: duty for duty in wanted}
    ended: list[Ended] = []
    if nullified:
        still = [row for key, row in rows.items() if row.met_on is None and key not in duties]
        ended += [Ended(row, Stop.NULLIFIED) for row in still]
        rows = {key: row for key, row in rows.items() if key in duties}
    kept = {key for key, row in rows.items() if _kept(row, duties, rule_set)}
    fresh = [
        duty
        for key, duty in duties.items()
        if key not in kept and (key not in rows or rows[key].due != duty.due)
    ]
    replaced: dict[str, date | None] = {}
    met: list[tuple[Standing, date | None]] = []
    for key, row in rows.items():
        duty = duties.get(key)
        if key in kept:
            continue
        if duty is not None and duty.due == row.due:
            if not duty.beside and row.met_on != duty.met_on:
                met.append((row, duty.met_on))
            continue
        replaced[row.rule] = row.met_on
        ended.append(_ended(row, fresh, otherwise))
    started = [(duty, replaced.get(duty.rule) if duty.beside else duty.met_on) for duty in fresh]
    return Reconciliation(tuple(started), tuple(ended), tuple(met))


def _kept(row: Standing, duties: Mapping[Key, Obligation], rule_set: str) -> bool:
    """Whether a met clock of other rules stays: its facts are the same, only the rules are not."""
    if row.met_on is None or row.rule_set == rule_set:
        return False
    duty = duties.get(row.key)
    if duty is not None:
        return duty.beside or duty.met_on == row.met_on
    return all(each.rule != row.rule for each in duties.values())


def _ended(row: Standing, fresh: Sequence[Obligation], otherwise: Stop) -> Ended:
    """A clock stops: its day zero or due day moved, or nothing asks for it any more."""
    for duty in fresh:
        if duty.rule == row.rule and duty.clock.day_zero != row.day_zero:
            return Ended(row, Stop.ZERO_MOVED, (row.day_zero, duty.clock.day_zero))
        if duty.rule == row.rule:
            return Ended(row, Stop.DUE_MOVED, (row.due, duty.due))
    return Ended(row, otherwise)
