"""From the clocks a case has to those its facts demand: what starts, what ends and why.

Source: domain 4.2 and 4.3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

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
    due_at: datetime | None = None

    @property
    def key(self) -> Key:
        """What tells one clock of a case from another."""
        return self.rule, self.day_zero, self.version


@dataclass(frozen=True, slots=True)
class Ended:
    """A clock that stops; `successor` is the duty that goes on in its place where one moved."""

    clock: Standing
    why: Stop
    successor: Obligation | None = None

    @property
    def days(self) -> tuple[date, ...]:
        """Before and after of what moved: the day zero, or the due day; empty where none did."""
        if self.successor is None:
            return ()
        if self.why is Stop.ZERO_MOVED:
            return self.clock.day_zero, self.successor.clock.day_zero
        return self.clock.due, self.successor.due

    @property
    def moments(self) -> tuple[datetime, ...]:
        """Before and after of an hour that moved; empty where the days say it, or none did."""
        after = self.successor.deadline.due_at if self.successor else None
        before = self.clock.due_at
        return () if before is None or after is None or before == after else (before, after)


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
        gone = [one for one in self.ended if one.successor is None]
        return len(self.started) + len(gone) + len(self.met)

    def moves(self) -> list[tuple[str, date | None, date | None]]:
        """By rule the due day before and after, wherever it differs; None where no clock is open.

        A clock that is met ends here, one that opens again begins.
        """
        opened = {duty.key: duty for duty, met_on in self.started if met_on is None}
        made: list[tuple[str, date | None, date | None]] = []
        for one in self.ended:
            after = opened.pop(one.successor.key, None) if one.successor else None
            made.append((one.clock.rule, _open_until(one.clock), after.due if after else None))
        for row, met_on in self.met:
            made.append((row.rule, _open_until(row), row.due if met_on is None else None))
        made += [(duty.rule, None, duty.due) for duty in opened.values()]
        return [(rule, before, after) for rule, before, after in made if before != after]


def _open_until(row: Standing) -> date | None:
    return row.due if row.met_on is None else None


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
        if key not in kept and (key not in rows or _moved(rows[key], duty))
    ]
    gone: list[Standing] = []
    met: list[tuple[Standing, date | None]] = []
    for key, row in rows.items():
        duty = duties.get(key)
        if key in kept:
            continue
        if duty is None or _moved(row, duty):
            gone.append(row)
        elif not duty.beside and row.met_on != duty.met_on:
            met.append((row, duty.met_on))
    ended += _ended(gone, fresh, otherwise)
    done_on = {one.successor.key: one.clock.met_on for one in ended if one.successor}
    started = [(duty, done_on.get(duty.key) if duty.beside else duty.met_on) for duty in fresh]
    return Reconciliation(tuple(started), tuple(ended), tuple(met))


def _moved(row: Standing, duty: Obligation) -> bool:
    return (row.due, row.due_at) != (duty.due, duty.deadline.due_at)


def _kept(row: Standing, duties: Mapping[Key, Obligation], rule_set: str) -> bool:
    """Whether a met clock of other rules stays: its facts are the same, only the rules are not."""
    if row.met_on is None or row.rule_set == rule_set:
        return False
    duty = duties.get(row.key)
    if duty is not None:
        return duty.beside or duty.met_on == row.met_on
    return all(each.rule != row.rule for each in duties.values())


def _ended(
    gone: Iterable[Standing], fresh: Iterable[Obligation], otherwise: Stop
) -> Iterator[Ended]:
    """Clocks stop: their day zero or due day moved, or nothing asks for them any more.

    The same clock with another due day goes on for one before others of its rule do; each for one.
    """
    rows, free = sorted(gone, key=_key), sorted(fresh, key=_key)
    successors: dict[Key, Obligation] = {}
    for same in (_key, _rule_and_version, _rule):
        for row in rows:
            duty = next((each for each in free if same(each) == same(row)), None)
            if row.key not in successors and duty is not None:
                successors[row.key] = duty
                free.remove(duty)
    for row in rows:
        duty = successors.get(row.key)
        if duty is None:
            yield Ended(row, otherwise)
        else:
            moved = duty.clock.day_zero != row.day_zero
            yield Ended(row, Stop.ZERO_MOVED if moved else Stop.DUE_MOVED, duty)


def _key(one: Standing | Obligation) -> Key:
    return one.key


def _rule_and_version(one: Standing | Obligation) -> tuple[str, int]:
    return one.rule, one.version


def _rule(one: Standing | Obligation) -> str:
    return one.rule
