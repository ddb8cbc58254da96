"""Open visits of several infusions of one patient that one contact can meet."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from followup.core import scope
from followup.core.actor import Actor
from followup.domain import schedules as planning
from followup.models import Patient, PlannedVisit
from followup.queries import protocols


@dataclass(frozen=True, slots=True)
class JointVisitSuggestion:
    """Visits that share days: their names, the days, and the best one of them."""

    visits: tuple[tuple[str, date], ...]  # code, day of the infusion
    first: date
    last: date
    target: date


def suggestions(actor: Actor, patient: Patient, *, today: date) -> list[JointVisitSuggestion]:
    """Pairs of open visits whose windows and ways of contact have something in common.

    Both stay, and each is recorded; booking them on one day spares the patient a journey.
    """
    rows = PlannedVisit.objects.filter(patient=patient, state="PLANNED", due__gte=today)
    rows = scope.visible(actor, rows).select_related("schedule__protocol")
    ordered = rows.order_by("schedule__day_zero", "schedule_id", "target")
    courses = []
    for schedule, visits in groupby(ordered, key=lambda row: row.schedule):
        protocol = protocols.of(schedule.protocol)
        open_ones = tuple(
            planning.PlannedVisit(
                row.code,
                row.window_start,
                row.target,
                row.due,
                protocol.by_code[row.code],
                schedule.day_zero,
                protocol,
            )
            for row in visits
            if row.code in protocol.by_code
        )
        infusion = planning.Infusion(str(schedule.id), schedule.day_zero, protocol)
        courses.append(planning.Course(infusion, open_ones))
    found = planning.joint_visits(courses, today)
    return [
        JointVisitSuggestion(
            tuple((visit.code, visit.day0) for _key, visit in joint.members),
            joint.window_start,
            joint.window_end,
            joint.target,
        )
        for joint in found
    ]
