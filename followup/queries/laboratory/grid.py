"""The laboratory grid of a patient: measures down, the latest days across."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http.keyset import parse_cursor
from followup.domain.grading import Grade
from followup.domain.laboratory import Measure, Rules, grade_of
from followup.models import LaboratoryResult, Patient, Visit
from followup.queries.laboratory import results
from followup.queries.laboratory.rules import rules as rules_of

DAYS = 10


@dataclass(frozen=True, slots=True)
class Column:
    """One specimen: its day, its time where given, the day after infusion, the visit of the day."""

    on: date
    at: datetime | None
    day: int
    visit: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One value with what the rules make of it. `side` is LOW or HIGH of the printed range."""

    row: LaboratoryResult
    grade: Grade | None
    side: str
    below_quantification: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One measure and its cells in the order of the columns; an empty place is None."""

    code: str
    measure: Measure | None
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A page of the grid; `earlier` is the key of the page before it in time."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    earlier: str


def side(row: LaboratoryResult) -> str:
    """Where a number lies against the range printed beside it; empty inside, or not certain."""
    amount = results.quantity_of(row)
    if amount is None:
        return ""
    if row.range_low is not None and amount.below(row.range_low):
        return "LOW"
    if row.range_high is not None and amount.above(row.range_high):
        return "HIGH"
    return ""


def cell(rules: Rules, row: LaboratoryResult) -> Cell:
    """A value as the grid and its own page show it."""
    measure = rules.laboratory.measures.get(row.measure)
    grade = grade_of(rules, results.point(row)) if measure else None
    return Cell(row, grade, side(row), results.below_quantification(row, measure))


def grid(actor: Actor, patient: Patient, *, before: str = "", days: int = DAYS) -> Grid:
    """The latest days, or those before a day; measures in the order of the document."""
    rules = rules_of(actor)
    visible = scope.visible(actor, results.standing().filter(patient=patient))
    dates = visible.order_by("-specimen_on").values_list("specimen_on", flat=True).distinct()
    if cut := _day(before):
        dates = dates.filter(specimen_on__lt=cut)
    wanted = list(dates[: days + 1])
    shown = wanted[:days]
    if not shown:
        return Grid((), (), "")
    rows = results.of_patient(actor, patient, first=shown[-1], last=shown[0])
    columns = _columns(actor, patient, rows)
    places = {(c.on, c.at): place for place, c in enumerate(columns)}
    codes = [*rules.laboratory.measures, *sorted({r.measure for r in rows})]
    lines = []
    for code in dict.fromkeys(codes):
        mine = [row for row in rows if row.measure == code]
        if not mine:
            continue
        cells: list[Cell | None] = [None] * len(columns)
        for row in mine:
            cells[places[row.specimen_on, row.specimen_at]] = cell(rules, row)
        lines.append(Line(code, rules.laboratory.measures.get(code), tuple(cells)))
    earlier = shown[-1].isoformat() if len(wanted) > days else ""
    return Grid(columns, tuple(lines), earlier)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(parse_cursor(text, r"\d{4}-\d{2}-\d{2}"))
    except ValueError:
        return None


def _columns(
    actor: Actor, patient: Patient, rows: Sequence[LaboratoryResult]
) -> tuple[Column, ...]:
    days = {row.specimen_on for row in rows}
    visits = scope.visible(
        actor, Visit.objects.filter(patient=patient, contact_on__in=days, undone_at__isnull=True)
    )
    codes = dict(
        visits.filter(replaced_by__isnull=True, planned__isnull=False).values_list(
            "contact_on", "planned__code"
        )
    )
    infusions = results.infusions_of(patient.id)
    found = {
        (row.specimen_on, row.specimen_at): Column(
            row.specimen_on,
            row.specimen_at,
            (row.specimen_on - results.infusion_on(infusions, row.specimen_on).infused_on).days,
            codes.get(row.specimen_on, ""),
        )
        for row in rows
    }
    ordered = sorted(
        found.values(), key=lambda c: (c.on, c.at is not None, c.at.timestamp() if c.at else 0)
    )
    return tuple(ordered)
