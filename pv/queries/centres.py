"""How centres follow their patients: visits due and done month by month, how old what is overdue
is, and when data last came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncMonth

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.dates import add_months
from followup.models import Patient, PlannedVisit, Site, Visit
from followup.queries import reference
from pv.domain.cohorts.cells import masked
from pv.queries import cohorts, rules
from pv.queries.cohorts import Filters

MONTHS = 12
_DONE = Q(state__startswith="DONE")


@dataclass(frozen=True, slots=True)
class Cell:
    """Visits whose window ended in a month. `share` is None with none due or too few to show."""

    due: int
    done: int
    share: int | None
    shade: int


@dataclass(frozen=True, slots=True)
class Centre:
    """One site: patients as text, a cell for each month, overdue visits by age, last entry."""

    site: Site
    patients: str
    hidden: bool
    cells: Sequence[Cell | None]
    overdue: Sequence[int]
    lost: str
    last_entry: datetime | None


@dataclass(frozen=True, slots=True)
class Performance:
    """The centres of a product, the months of the columns, and the ages of the overdue counts."""

    months: Sequence[date]
    ages: Sequence[tuple[int, int | None]]
    centres: Sequence[Centre]
    least: int


def performance(actor: Actor, filters: Filters) -> Performance:
    """All centres with a patient of the cohort. Call inside `cohorts.reading`."""
    actor.require(Perm.REPORT_READ, product=filters.product.id)
    least = cohorts.least_count(actor)
    last = filters.last_day
    months = [add_months(last.replace(day=1), -n) for n in range(MONTHS - 1, -1, -1)]
    starts = [0, *(int(days) for days in rules.data("cohorts")["overdue_days"])]
    ages: list[tuple[int, int | None]] = list(zip(starts, [*starts[1:], None], strict=True))
    chosen = cohorts.infusions(actor, filters)
    counts = dict(chosen.order_by().values_list("site").annotate(n=Count("patient_id")))
    lost = _lost(actor, filters)
    months_of, overdue = _by_month(actor, filters, months[0]), _overdue(actor, filters, ages)
    entries = _entries(actor, filters)
    sites = reference.sites(actor).filter(id__in=list(counts)).order_by("code")
    made = []
    for site in sites:
        small = counts[site.id] < least
        made.append(
            Centre(
                site=site,
                patients=masked(counts[site.id], least),
                hidden=small,
                cells=[None if small else months_of.get((site.id, m), _EMPTY) for m in months],
                overdue=[] if small else overdue.get(site.id, [0] * len(ages)),
                lost="–" if small else masked(lost.get(site.id, 0), least),
                last_entry=entries.get(site.id),
            )
        )
    return Performance(months, ages, made, least)


_EMPTY = Cell(0, 0, None, 0)


def _visits(actor: Actor, filters: Filters) -> QuerySet[PlannedVisit]:
    rows = cohorts.consented(actor, scope.counting(actor, PlannedVisit.objects.all()))
    patients = cohorts.infusions(actor, filters).values("patient_id")
    return rows.filter(product=filters.product, patient__in=patients)


def _by_month(actor: Actor, filters: Filters, first: date) -> Mapping[tuple[UUID, date], Cell]:
    """Cells by site and month; cancelled points and those before registration are not due."""
    rows = _visits(actor, filters).filter(due__gte=first, due__lte=filters.last_day)
    rows = rows.exclude(state__in=("CANCELLED", "BEFORE_REGISTER"))
    counted = rows.annotate(month=TruncMonth("due")).values_list("site_id", "month").order_by()
    found = {}
    for site, month, due, done in counted.annotate(n=Count("id"), done=Count("id", filter=_DONE)):
        share = round(100 * done / due)
        found[site, month] = Cell(due, done, share, min(share // 20, 4))
    return found


def _overdue(
    actor: Actor, filters: Filters, ages: Sequence[tuple[int, int | None]]
) -> Mapping[UUID, list[int]]:
    """Open visits past their window, by site and by how many days past it."""
    last = filters.last_day
    named = {}
    for place, (least, most) in enumerate(ages):
        condition = Q(due__lt=last - timedelta(days=least))
        if most is not None:
            condition &= Q(due__gte=last - timedelta(days=most))
        named[f"age{place}"] = Count("id", filter=condition)
    rows = _visits(actor, filters).filter(state="PLANNED", due__lt=last)
    counted = rows.values_list("site_id").order_by().annotate(**named)
    return {site: list(found) for site, *found in counted}


def _lost(actor: Actor, filters: Filters) -> Mapping[UUID, int]:
    chosen = cohorts.infusions(actor, filters).values("patient_id")
    rows = Patient.objects.filter(id__in=chosen, follow_up_state__startswith="LOST")
    return dict(rows.order_by().values_list("site").annotate(n=Count("id")))


def _entries(actor: Actor, filters: Filters) -> Mapping[UUID, datetime]:
    rows = cohorts.consented(actor, scope.counting(actor, Visit.objects.all()))
    rows = rows.filter(product=filters.product, undone_at=None)
    return dict(rows.order_by().values_list("site").annotate(at=Max("recorded_at")))
