"""Which samples a planned visit needs, decided by its protocol and the recorded results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.protocols import LabResult, Results, due_assessments
from followup.models import MolecularResult, Patient, PlannedVisit, Sample
from followup.queries import protocols
from followup.queries.samples.rules import rules

AROUND = timedelta(days=400)
FIRST_YEAR = timedelta(days=366)
_VECTOR = {"POSITIVE": LabResult.DETECTED, "NEGATIVE": LabResult.NOT_DETECTED}


@dataclass(frozen=True, slots=True)
class VisitChoice:
    """A visit a sampling may be for, its samples, and how many were made already."""

    visit: PlannedVisit
    codes: tuple[str, ...]
    made: int


def _found(row: MolecularResult) -> LabResult | None:
    """A result in the protocol's words; an indeterminate one is left out, as if not done."""
    if row.below_quantification:
        return LabResult.BELOW_QUANTIFICATION
    return _VECTOR.get(row.finding)


def _results(actor: Actor, planned: PlannedVisit) -> Results:
    rows = MolecularResult.objects.filter(
        patient_id=planned.patient_id,
        product_id=planned.product_id,
        assay__in=("CAR_TRANSGENE", "RCL"),
        replaced_by__isnull=True,
    )
    first_year = planned.schedule.day_zero + FIRST_YEAR
    vector: list[LabResult] = []
    rcr: list[LabResult] = []
    year_one: list[LabResult] = []
    percent: float | None = None
    for row in scope.visible(actor, rows.order_by("resulted_on", "recorded_at")):
        found = _found(row)
        if row.assay == "CAR_TRANSGENE" and row.measure == "car_positive_cells" and row.value:
            percent = float(row.value)
        if found is None:
            continue
        if row.assay == "CAR_TRANSGENE":
            vector.append(found)
            continue
        rcr.append(found)
        if row.resulted_on <= first_year:
            year_one.append(found)
    due = _year_one_due(planned)
    return Results(tuple(vector), tuple(rcr), tuple(year_one), due, percent)


def _year_one_due(planned: PlannedVisit) -> int:
    """How many virus tests the first year of the protocol asks for."""
    points = protocols.of(planned.schedule.protocol).points
    days = {"days": 1, "months": 31}
    return sum(
        "C" in point.assessment_codes and 0 < point.offset * days[point.kind.value] <= 372
        for point in points
    )


def needed(actor: Actor, planned: PlannedVisit) -> tuple[str, ...]:
    """Sample codes of a planned visit; empty when its protocol asks for none."""
    protocol = protocols.of(planned.schedule.protocol)
    point = protocol.by_code.get(planned.code)
    if point is None:
        return ()
    decided = due_assessments(point, _results(actor, planned), protocol.parameters)
    pairs = [(item.code, item.decision.value) for item in decided]
    return rules(actor).assays.for_visit(pairs)


def visits(actor: Actor, patient: Patient, *, today: date) -> list[VisitChoice]:
    """Visits a sampling may be for, the nearest target first; those without samples are left out.

    Only visits whose window is open, was open lately or comes next, so that the list stays short.
    """
    rows = PlannedVisit.objects.filter(patient=patient).exclude(state="CANCELLED")
    rows = rows.filter(target__range=(today - AROUND, today + AROUND))
    found = list(
        scope.visible(actor, rows, None)
        .select_related("schedule__protocol", "product")
        .order_by("target", "id")
    )
    made = _made(actor, found)
    choices = [VisitChoice(row, needed(actor, row), made.get(row.id, 0)) for row in found]
    wanted = [choice for choice in choices if choice.codes]
    return sorted(wanted, key=lambda choice: _distance(choice.visit, today))[:6]


def _made(actor: Actor, found: Sequence[PlannedVisit]) -> dict[int, int]:
    rows = Sample.objects.filter(Q(planned_visit__in=[row.id for row in found]))
    counted: dict[int, int] = {}
    for number in scope.visible(actor, rows).values_list("planned_visit_id", flat=True):
        if number is not None:
            counted[number] = counted.get(number, 0) + 1
    return counted


def _distance(visit: PlannedVisit, today: date) -> tuple[int, int]:
    """Open windows first, then by days to the window; what comes before what has passed."""
    if visit.window_start <= today <= visit.due:
        return 0, abs((visit.target - today).days)
    ahead = (visit.window_start - today).days
    return (1, ahead) if ahead > 0 else (2, (today - visit.due).days)
