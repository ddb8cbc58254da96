"""Patients by planned visits: a page of patients with every visit of their plans."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.permissions import Perm
from followup.domain.visits import SEARCHED, VisitState
from followup.models import Patient, PlannedVisit, Schedule

PAGE = 50
# How far from the infusion the columns reach, in days; the last is for life.
REACHES = {"100": 100, "2y": 731, "5y": 1830, "all": 50_000}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which patients, and how far their columns reach."""

    product: UUID | None = None
    state: str = ""
    gaps: bool = False
    reach: str = "5y"


class Cell(NamedTuple):
    """One planned visit."""

    id: int
    code: str
    window_start: date
    target: date
    due: date
    state: str
    missing: list[str] | None
    done_on: date | None


@dataclass(slots=True)
class Row:
    """One schedule of a patient: its visits by code."""

    patient_id: UUID
    study_code: str
    follow_up_state: str
    last_contact_on: date | None
    day_zero: date
    site_id: UUID
    product_id: UUID
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def searched(self) -> bool:
        """Whether somebody is to call this patient: only then a visit is overdue."""
        return self.follow_up_state in SEARCHED


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order of study code, the codes of the columns in order of a life, the next key."""

    rows: list[Row]
    codes: list[str]
    next_key: str


def _patients(actor: Actor, filters: Filters, today: date) -> QuerySet[Patient]:
    rows = scope.visible(actor, Patient.objects.all(), Perm.VISIT_READ, home=True)
    if filters.state:
        rows = rows.filter(follow_up_state=filters.state)
    if filters.product:
        mine = Schedule.objects.filter(patient=OuterRef("pk"), product_id=filters.product)
        rows = rows.filter(Exists(mine))
    if filters.gaps:
        late = Q(state=VisitState.PLANNED, due__lt=today, patient__follow_up_state__in=SEARCHED)
        gap = PlannedVisit.objects.filter(Q(state=VisitState.MISSED) | late, patient=OuterRef("pk"))
        rows = rows.filter(Exists(gap))
    return rows


def page(actor: Actor, filters: Filters, *, today: date, key: str = "", size: int = PAGE) -> Page:
    """One page of the matrix: three statements whatever the size of the register."""
    rows = _patients(actor, filters, today)
    if key := keyset.parse_cursor(key, keyset.STUDY_CODE_PATTERN):
        rows = rows.filter(keyset.after(("study_code",), (key,)))
    columns = ("id", "study_code", "follow_up_state", "last_contact_on")
    shown = rows.order_by("study_code").values_list(*columns)[: size + 1]
    found, end = keyset.page(shown, size, lambda row: row[1])
    made = _rows(actor, found, filters)
    return Page(made, _codes(made), end)


def _rows(
    actor: Actor, patients: Sequence[tuple[UUID, str, str, date | None]], filters: Filters
) -> list[Row]:
    schedules = scope.visible(actor, Schedule.objects.filter(patient__in=[p[0] for p in patients]))
    if filters.product:
        schedules = schedules.filter(product_id=filters.product)
    of: dict[UUID, list[tuple[UUID, tuple[date, UUID, UUID]]]] = defaultdict(list)
    for key, patient, day_zero, site, product in schedules.order_by("day_zero", "id").values_list(
        "id", "patient_id", "day_zero", "site_id", "product_id"
    ):
        of[patient].append((key, (day_zero, site, product)))
    made: dict[UUID, Row] = {}
    for patient, code, state, last in patients:
        for key, (day_zero, site, product) in of[patient]:
            made[key] = Row(patient, code, state, last, day_zero, site, product)
    reach = REACHES.get(filters.reach, REACHES["5y"])
    visits = PlannedVisit.objects.filter(schedule__in=list(made)).order_by()
    for key, *values in visits.values_list("schedule_id", *Cell._fields):
        cell = Cell(*values)
        if (cell.target - made[key].day_zero).days <= reach:
            made[key].cells[cell.code] = cell
    return list(made.values())


def _codes(rows: Iterable[Row]) -> list[str]:
    """Columns in order of the earliest distance from the infusion at which a code stands."""
    place: dict[str, int] = {}
    for row in rows:
        for code, cell in row.cells.items():
            days = (cell.target - row.day_zero).days
            place[code] = min(place.get(code, days), days)
    return sorted(place, key=lambda code: (place[code], code))


def every(actor: Actor, filters: Filters, *, today: date, size: int = 500) -> Iterable[Row]:
    """All rows of the filters, page by page."""
    key = ""
    while True:
        found = page(actor, filters, today=today, key=key, size=size)
        yield from found.rows
        if not (key := found.next_key):
            return
