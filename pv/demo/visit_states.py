"""The end state of a planned visit of a life, by the same rules the actions follow; pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from followup.domain.schedules import PlannedVisit
from pv.demo.facts import Life


class Line(NamedTuple):
    """A planned visit as it stands today."""

    visit: PlannedVisit
    state: str
    done_on: date | None
    snoozed_to: date | None
    unanswered: int


def ended_on(life: Life) -> date | None:
    """The day the schedules end: of a partly known death the last day it can mean."""
    for visit in life.visits:
        if visit.died_on is not None:
            return min(visit.died_on.latest, visit.on)
    return None


def lines(life: Life, planned: Sequence[PlannedVisit], today: date) -> Iterator[Line]:
    """Done where a contact was recorded, missed once the next window opened, cancelled by death."""
    done = {visit.code: visit.on for visit in life.visits if visit.code}
    end = ended_on(life)
    for index, visit in enumerate(planned):
        on = done.get(visit.code)
        if on is not None:
            inside = visit.window_start <= on <= visit.window_end
            state = "DONE_IN_WINDOW" if inside else "DONE_OUT_OF_WINDOW"
            yield Line(visit, state, on, None, 0)
            continue
        following = planned[index + 1].window_start if index + 1 < len(planned) else None
        tries = [attempt for attempt in life.attempts if attempt.code == visit.code]
        snoozed = max((attempt.next_try_on for attempt in tries), default=None)
        if visit.window_end < life.registered_on:
            state = "BEFORE_REGISTER"
        elif end is not None and visit.window_end >= end:
            state = "CANCELLED"
        elif end is not None or (following is not None and following <= today):
            state = "MISSED"
        else:
            state = "PLANNED"
        yield Line(visit, state, None, snoozed, len(tries))
