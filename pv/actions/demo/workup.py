"""The two stories from the suspicion on: what was reported, sampled, measured, and is still due."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from followup.core import clock
from followup.core.permissions import Role
from pv.actions.demo import casework
from pv.actions.demo.facts import EventFact, Life
from pv.actions.demo.stage import Stage
from pv.actions.demo.stories import RESULT_IN
from pv.actions.demo.telling import Step

TAKEN_UP, SENT = 1, 9  # days from the suspicion


def steps(stage: Stage, life: Life) -> Iterable[Step]:
    """What happens after the suspicion; nothing yet where it was reported just now."""
    if life.story != RESULT_IN:
        return
    fact = life.events[-1]
    officer = stage.of(Role.SAFETY_OFFICER)
    yield _step(life, fact, TAKEN_UP, partial(casework.take_up, officer, stage, life, fact))
    yield _step(life, fact, SENT, partial(_first_report, stage, life, fact))


def _step(life: Life, fact: EventFact, days: int, do: Callable[[], object]) -> Step:
    return Step(fact.aware_on + timedelta(days=days), 6, life.number, do)


def _first_report(stage: Stage, life: Life, fact: EventFact) -> None:
    officer = stage.of(Role.SAFETY_OFFICER)
    case = casework.case_of(stage, life, fact)
    casework.release(officer, case, on=clock.today())
