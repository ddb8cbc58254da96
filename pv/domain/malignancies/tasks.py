"""What a work-up has to get done beside its decisions: notifications, kits, assays, with days.

Source: domain 3.2 and 3.5.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from followup.domain.calendars import HolidayTable, add_working_days
from pv.domain.malignancies.definition import Suspicion


class Start(StrEnum):
    """What a limit counts from."""

    AWARENESS = "AWARENESS"
    REPORTED = "REPORTED"
    SAMPLE_RECEIVED = "SAMPLE_RECEIVED"


class TaskKind(StrEnum):
    """A target of the rules, a sampling kit that was ordered, an assay that was ordered."""

    TARGET = "TARGET"
    KIT = "KIT"
    ASSAY = "ASSAY"


class TaskState(StrEnum):
    """Where a task is; LATE is open past its day, LEFT was open when the work-up was closed."""

    OPEN = "OPEN"
    LATE = "LATE"
    DONE = "DONE"
    WAIVED = "WAIVED"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True)
class Target:
    """One target of the rules; exactly one of the limits is set. `suspicions` that ask for it."""

    code: str
    start: Start
    hours: int | None
    days: int | None
    working_days: int | None
    citation: str
    suspicions: frozenset[str] = frozenset()

    def asked(self, suspicions: Collection[str]) -> bool:
        """Whether a work-up with these suspicions has it; one without any is part of all."""
        return not self.suspicions or bool(self.suspicions & frozenset(suspicions))

    def due(self, start: date | None, holidays: HolidayTable | None) -> date | None:
        """The last day, None while its start is not known.

        Hours end on the day they run out at the latest: the hour of the start is not recorded.
        ValueError for working days without a table of holidays.
        """
        if start is None:
            return None
        if self.working_days is not None:
            if holidays is None:
                raise ValueError("working days need a table of holidays")
            return add_working_days(start, self.working_days, holidays).due
        days = self.days if self.days is not None else ceil((self.hours or 0) / 24)
        return start + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class TaskRules:
    """The targets, and the days each assay takes from its order."""

    targets: tuple[Target, ...]
    kit_days: int
    assay_days: Mapping[str, int]


def read_task_rules(data: Mapping[str, Any]) -> TaskRules:
    """The rules of a loaded `attribution.json`; KeyError or ValueError for a broken file."""
    return TaskRules(
        tuple(
            Target(
                row["code"],
                Start(row["from"]),
                row["hours"],
                row["days"],
                row["working_days"],
                row["citation"],
                frozenset(Suspicion(code).value for code in row["suspicions"]),
            )
            for row in data["targets"]
        ),
        int(data["orders"]["kit_days"]),
        {row["assay"]: int(row["days"]) for row in data["orders"]["assays"]},
    )


def task_state(due: date | None, done_on: date | None, *, waived: bool, today: date) -> TaskState:
    """The state of a task; one without a day is open, never late."""
    if done_on is not None:
        return TaskState.DONE
    if waived:
        return TaskState.WAIVED
    return TaskState.LATE if due is not None and due < today else TaskState.OPEN


def next_open(tasks: Sequence[Any]) -> Any | None:
    """The open task that is due first, one without a day last; None when nothing is open."""
    still = [task for task in tasks if task.state in (TaskState.OPEN, TaskState.LATE)]
    return min(still, key=lambda task: (task.due is None, task.due or date.max), default=None)
