"""The same report at two locks: each figure at both, and the cases that make the difference.

The product's own rule: a figure is the sum over cases, so cases that count otherwise explain it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Why a case counts otherwise at the second lock."""

    NEW = "new"
    GONE = "gone"  # nullified, or learned of outside the period by a corrected day
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """A case at a lock: its version, and how much it adds to each figure."""

    number: str
    version: int
    adds: Counter[str]


@dataclass(frozen=True, slots=True)
class CaseDifference:
    """A case that adds another amount to a figure; a version is 0 where the case was not known."""

    number: str
    why: Why
    first_version: int
    second_version: int
    amount: int


@dataclass(frozen=True, slots=True)
class FigureDifference:
    """A figure at both locks with the cases behind the difference; their amounts add up to it."""

    figure: str
    first: int
    second: int
    cases: Sequence[CaseDifference]

    @property
    def difference(self) -> int:
        """How many more at the second."""
        return self.second - self.first


def compare(
    first: Mapping[str, CaseFigures], second: Mapping[str, CaseFigures]
) -> list[FigureDifference]:
    """Every figure of either lock, by name; cases that cancel out are named too."""
    names = {name for side in (first, second) for case in side.values() for name in case.adds}
    return [_figure(name, first, second) for name in sorted(names)]


def _figure(
    name: str, first: Mapping[str, CaseFigures], second: Mapping[str, CaseFigures]
) -> FigureDifference:
    cases = []
    for number in sorted({*first, *second}):
        old, new = first.get(number), second.get(number)
        before, after = (case.adds[name] if case else 0 for case in (old, new))
        if before == after:
            continue
        why = Why.NEW if old is None else Why.GONE if new is None else Why.CHANGED
        was, became = (case.version if case else 0 for case in (old, new))
        cases.append(CaseDifference(number, why, was, became, after - before))
    before, after = (sum(case.adds[name] for case in side.values()) for side in (first, second))
    return FigureDifference(name, before, after, cases)
