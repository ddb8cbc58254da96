"""The schedules of several infusions of one patient, and visits one contact can meet together.

Source: domain 1.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from followup.domain.protocols import Protocol
from followup.domain.schedules.planned import PlannedVisit


@dataclass(frozen=True, slots=True)
class Infusion:
    """One infusion and the protocol its follow-up runs on."""

    id: str
    day0: date
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class Course:
    """The schedule of one infusion of a patient."""

    infusion: Infusion
    visits: tuple[PlannedVisit, ...]


@dataclass(frozen=True, slots=True)
class JointVisit:
    """Visits of different infusions that one contact can meet, and the days on which it can."""

    window_start: date
    window_end: date
    members: tuple[tuple[str, PlannedVisit], ...]

    @property
    def target(self) -> date:
        """The day inside the common window nearest to the latest infusion's target."""
        latest = max(self.members, key=lambda member: member[1].day0)[1]
        return min(max(latest.target, self.window_start), self.window_end)

    @property
    def assessments(self) -> tuple[str, ...]:
        """Everything any member asks for, each once."""
        return tuple(dict.fromkeys(code for _, visit in self.members for code in visit.assessments))


def joint_visits(lives: Sequence[Course], from_day: date) -> tuple[JointVisit, ...]:
    """Pairs of open visits of two infusions whose windows share days from `from_day` on.

    A suggestion for booking: both visits stay recorded and each is met by the one contact. Contact
    types must have a way in common. Each visit is used once, nearest targets first.
    """
    found: list[tuple[int, JointVisit]] = []
    for one, two in combinations(lives, 2):
        for a in one.visits:
            for b in two.visits:
                joint = _joint((one.infusion.id, a), (two.infusion.id, b), from_day)
                if joint:
                    found.append((abs((a.target - b.target).days), joint))
    found.sort(key=lambda pair: (pair[0], pair[1].window_start))
    used: set[tuple[str, str]] = set()
    chosen: list[JointVisit] = []
    for _, joint in found:
        keys = {(infusion, visit.code) for infusion, visit in joint.members}
        if not keys & used:
            used |= keys
            chosen.append(joint)
    return tuple(sorted(chosen, key=lambda joint: joint.window_start))


def _joint(
    one: tuple[str, PlannedVisit], two: tuple[str, PlannedVisit], from_day: date
) -> JointVisit | None:
    a, b = one[1], two[1]
    start = max(a.window_start, b.window_start, from_day)
    end = min(a.window_end, b.window_end)
    if a.fixed or b.fixed or start > end or not set(a.contact_types) & set(b.contact_types):
        return None
    return JointVisit(start, end, (one, two))
