"""Whom to call: the one rule behind every list, count, reminder, calendar and interface.

A visit that is planned, of a patient followed in a state in which patients are called; not while
it is put off, and on the last day of its window at the latest.
"""

from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.request_answers import once_a_request
from followup.domain import reminders
from followup.domain.calls import AHEAD
from followup.models import PlannedVisit
from followup.queries import reference

# A registration that was merged or voided, or a patient of practice: counted nowhere.
LEFT_OUT = """(EXISTS (SELECT FROM followup_retiredpatient AS gone
        WHERE gone.patient_id = patient.id)
    OR EXISTS (SELECT FROM followup_practicepatient AS invented
        WHERE invented.patient_id = patient.id))"""
# The same rule for statements of the sweep. `visit` and `patient` are the
# tables; needs %(subject_states)s and %(today)s.
SILENCE = f"""CASE WHEN patient.vital_status = 'DEAD' THEN 'dead'
    WHEN patient.follow_up_state <> ALL(%(subject_states)s)
        THEN lower(patient.follow_up_state)
    WHEN {LEFT_OUT} THEN 'closed'
    WHEN visit.state NOT IN ('PLANNED', 'MISSED') THEN 'closed'
    ELSE '' END"""
AWAKE = """visit.state = 'PLANNED' AND (visit.snoozed_to IS NULL
    OR visit.snoozed_to <= %(today)s OR visit.due <= %(today)s)"""

# A reminder is no list: what was put off beyond its window rings on before the window ends.
RINGS = f"(({AWAKE}) OR (visit.state = 'PLANNED' AND visit.snoozed_to > visit.due))"


@once_a_request
def states() -> tuple[str, ...]:
    """The states of follow-up in which patients are called, as loaded."""
    document = reference.document(Actor.process("calls"), "reminders")
    return reminders.ladder(document, "visit").subject_states


def sought(
    actor: Actor, needs: Perm | None = None, *, among: Collection[str] | None = None
) -> QuerySet[PlannedVisit]:
    """Planned visits for which anybody is to contact the patient, put off or not.

    `among` are the `states`, of a statement that is written once for them.
    """
    rows = scope.visible(actor, PlannedVisit.objects.filter(state="PLANNED"), needs, home=True)
    rows = rows.filter(patient__follow_up_state__in=list(states() if among is None else among))
    return rows.exclude(patient__vital_status="DEAD")


def called(
    actor: Actor,
    today: date,
    *,
    asleep: bool = False,
    ahead: timedelta = AHEAD,
    among: Collection[str] | None = None,
) -> QuerySet[PlannedVisit]:
    """The visits on the list of a day, those put off only when `asleep`."""
    rows = sought(actor, among=among).filter(window_start__lte=today + ahead)
    if not asleep:
        awake = Q(snoozed_to__isnull=True) | Q(snoozed_to__lte=today) | Q(due__lte=today)
        rows = rows.filter(awake)
    return rows
