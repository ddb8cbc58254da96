"""Whom to call: the one rule behind list, counts, reminders, calendar and interfaces.

The product's own rule, after domain 1.2.4.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

AHEAD = timedelta(days=30)  # project default: what opens within a month is shown beforehand


@dataclass(frozen=True, slots=True)
class Planned:
    """What the rule looks at: the visit and the patient it belongs to."""

    state: str
    window_start: date
    due: date
    snoozed_to: date | None
    vital_status: str
    follow_up_state: str


def sought(visit: Planned, states: Collection[str]) -> bool:
    """Whether anybody is to contact the patient for this visit at all.

    `states` are the states of follow-up in which patients are called (reference data, ladder
    `visit`): nobody who died, withdrew, is followed elsewhere or was declared lost.
    """
    living = visit.vital_status != "DEAD"
    return visit.state == "PLANNED" and living and visit.follow_up_state in states


def awake(visit: Planned, today: date) -> bool:
    """Whether it is not put off: back on its day, on the last of the window at the latest."""
    return visit.snoozed_to is None or visit.snoozed_to <= today or visit.due <= today


def shown_from(snoozed_to: date, due: date) -> date:
    """The day on which something put off is shown again."""
    return min(snoozed_to, due)


def called(visit: Planned, states: Collection[str], today: date, ahead: timedelta = AHEAD) -> bool:
    """Whether the visit is on the list of a day, `ahead` of its window."""
    return sought(visit, states) and visit.window_start <= today + ahead and awake(visit, today)
