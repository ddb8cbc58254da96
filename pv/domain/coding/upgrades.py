"""What becomes of a code when a case goes to another release of the dictionary.

Source: MedDRA versioning (MSSO best practices): the code stays, its place or currency may change.
"""

from dataclasses import dataclass
from enum import StrEnum


class UpgradeOutcome(StrEnum):
    """SAME and MOVED can be taken over; the others are coded again by a person."""

    SAME = "same"
    MOVED = "moved"  # under another preferred term
    NOT_CURRENT = "not_current"
    GONE = "gone"


TAKEN_OVER = frozenset({UpgradeOutcome.SAME, UpgradeOutcome.MOVED})


@dataclass(frozen=True, slots=True)
class TermFacts:
    """A term as one release has it."""

    name: str
    pt_code: int
    current: bool


def upgrade_outcome(old: TermFacts | None, new: TermFacts | None) -> UpgradeOutcome:
    """What becomes of a code that the new release has as `new`, None if it lacks it.

    `old` is None where the earlier release does not know the code: it was never right there, and
    its place cannot have moved.
    """
    if new is None:
        return UpgradeOutcome.GONE
    if not new.current:
        return UpgradeOutcome.NOT_CURRENT
    if old is not None and old.pt_code != new.pt_code:
        return UpgradeOutcome.MOVED
    return UpgradeOutcome.SAME
