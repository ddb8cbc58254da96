"""Cohorts of treated patients at a lock: who is in, and the figures made of them.

Whoever does not treat the patients reads those alone who agreed that their coded data is passed
to the holder. The safety officer too: the duty to report reaches patients with an event only, and
a cohort of those would have too many events.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import DataLock
from followup.core.permissions import ROLES, Basis, Perm
from followup.models import AdverseEvent, Infusion, LaboratoryResult, Product, Visit
from followup.models.bases import agreed
from followup.queries import data_locks, reference
from pv.domain.cohorts.times import Happening, Member, death_of
from pv.domain.malignancies import Level
from pv.domain.signals.expected import Person
from pv.models import WorkUp
from pv.queries import rules
from pv.queries.cohort_happenings import (
    OF_DEATHS_IN_PART,
    first_malignancies,
    first_progressions,
    last_alive,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which patients: one product, and those infused in a period, at a site, for an indication.

    `t_cell` counts those malignancies alone that are or may be of T cells.
    """

    product: Product
    indication: UUID | None = None
    site: UUID | None = None
    start: date | None = None
    end: date | None = None
    lock: DataLock | None = None
    cutoff: date = field(default_factory=clock.today)
    t_cell: bool = False

    @property
    def last_day(self) -> date:
        """The last day whose data counts: that of the lock, or today."""
        return day_of(self.lock) if self.lock else self.cutoff


_OF_T_CELLS = (Level.PROBABLE.value, Level.CONFIRMED_TCM.value)


def day_of(lock: DataLock) -> date:
    """The local day of a lock."""
    return lock.made_at.astimezone(clock.SHANGHAI).date()


@contextmanager
def reading(filters: Filters) -> Iterator[None]:
    """Read what the lock of the filters knew, or what is known now."""
    if filters.lock is None:
        yield
    else:
        with data_locks.known_at(filters.lock):
            yield


def products(actor: Actor) -> list[Product]:
    """Products whose cohorts the actor may read, CAR-T first."""
    rows = reference.products_for(actor, Perm.REPORT_READ)
    return sorted(rows, key=lambda row: (not row.is_car_t, row.code))


def treats(actor: Actor) -> bool:
    """Whether the actor reads patients by care or inspection: then nothing is hidden."""
    grants = list(actor.granting(Perm.REPORT_READ))
    return actor.system or any(ROLES[grant.role].basis is Basis.CARE for grant in grants)


def least_count(actor: Actor) -> int:
    """Counts of patients below this are not shown to the actor; 0 hides nothing."""
    return 0 if treats(actor) else int(rules.data("cohorts")["least_count"])


def consented(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of patients who agreed, unless the actor reads them by care."""
    return rows if treats(actor) else rows.filter(agreed(OuterRef("patient_id")))


def _readable(actor: Actor, model: type[Model]) -> QuerySet[Any]:
    return consented(actor, scope.counting(actor, model._default_manager.all()))


def infusions(actor: Actor, filters: Filters) -> QuerySet[Infusion]:
    """The first infusion of the product of each patient of the cohort."""
    actor.require(Perm.REPORT_READ, product=filters.product.id)
    rows = _readable(actor, Infusion).filter(
        product=filters.product, infused_on__lte=filters.last_day, retired=False
    )
    same = Infusion.objects.filter(
        patient=OuterRef("patient"), product=filters.product, retired=False
    )
    on, key = OuterRef("infused_on"), OuterRef("id")
    earlier = same.filter(Q(infused_on__lt=on) | Q(infused_on=on, id__lt=key))
    rows = rows.filter(~Exists(earlier))
    if filters.indication:
        rows = rows.filter(indication=filters.indication)
    if filters.site:
        rows = rows.filter(site=filters.site)
    if filters.start:
        rows = rows.filter(infused_on__gte=filters.start)
    if filters.end:
        rows = rows.filter(infused_on__lte=filters.end)
    return rows


def malignancies(actor: Actor, filters: Filters) -> dict[UUID, Happening]:
    """The first malignancy of a patient that no work-up excluded, by patient."""
    rows = _readable(actor, AdverseEvent)
    if filters.t_cell:
        judged = WorkUp.objects.filter(event=OuterRef("pk"))
        of_t_cells = Exists(judged.filter(level__in=_OF_T_CELLS))
        other = Exists(judged.filter(level=Level.CONFIRMED_SPM.value))
        rows = rows.filter(of_t_cells | (Q(t_cell_suspected="YES") & ~other))
    return first_malignancies(rows, filters.product.id, filters.last_day)


def progressions(actor: Actor, filters: Filters) -> dict[UUID, Happening]:
    """The first relapse or progression a contact told of, by patient."""
    return first_progressions(_readable(actor, Visit), filters.product.id, filters.last_day)


def alive_on(actor: Actor, filters: Filters) -> dict[UUID, date]:
    """Until when those were alive whose day of death is not known whole."""
    return last_alive(_readable(actor, Visit).filter(OF_DEATHS_IN_PART), filters.last_day)


def people(actor: Actor, filters: Filters) -> list[Person]:
    """The cohort with sex and year of birth, in order of study code. Call inside `reading`."""
    ill, worse = malignancies(actor, filters), progressions(actor, filters)
    alive = alive_on(actor, filters)
    columns = ("study_code", "last_contact_on", "vital_status", "died_on_text")
    named = [f"patient__{name}" for name in (*columns, "sex", "birth_year")]
    rows = infusions(actor, filters).values_list("patient_id", "infused_on", *named)
    return [
        Person(
            Member(
                code,
                day0,
                contact,
                death_of(died, contact, alive.get(patient)) if vital == "DEAD" else None,
                worse.get(patient),
                ill.get(patient),
            ),
            sex,
            born,
        )
        for patient, day0, code, contact, vital, died, sex, born in rows.order_by(
            "patient__study_code"
        )
    ]


def members(actor: Actor, filters: Filters) -> list[Member]:
    """The cohort, in order of study code. Call inside `reading`."""
    return [person.member for person in people(actor, filters)]


def left_out(actor: Actor, filters: Filters) -> int:
    """Malignancies the actor may read of patients who are in no cohort: they did not agree."""
    rows = scope.counting(actor, AdverseEvent.objects.all())
    rows = rows.filter(is_new_malignancy=True, withdrawn_at=None, product=filters.product)
    rows = rows.filter(aware_on__lte=filters.last_day)
    return rows.count() - consented(actor, rows).count()


@dataclass(frozen=True, slots=True)
class Lane:
    """A patient in the swimmer plot: who, where, and every infusion of the product."""

    patient: UUID
    member: Member
    site: str
    infusions: Sequence[date]
    remission: Sequence[date]


def lanes(actor: Actor, filters: Filters, *, skip: int, size: int) -> list[Lane]:
    """A page of the cohort for the swimmer plot, those infused first on top."""
    rows = infusions(actor, filters).order_by("infused_on", "patient__study_code")
    page = list(rows.select_related("patient", "site")[skip : skip + size])
    ids = [row.patient_id for row in page]
    given: dict[UUID, list[date]] = {}
    all_given = Infusion.objects.filter(patient__in=ids, product=filters.product, retired=False)
    for patient, day in all_given.order_by("infused_on").values_list("patient_id", "infused_on"):
        given.setdefault(patient, []).append(day)
    well: dict[UUID, list[date]] = {}
    visits = _readable(actor, Visit).filter(patient__in=ids, disease_status="REMISSION")
    visits = visits.filter(undone_at=None, replaced_by=None, contact_on__lte=filters.last_day)
    for patient, day in visits.order_by("contact_on").values_list("patient_id", "contact_on"):
        well.setdefault(patient, []).append(day)
    ill, worse = malignancies(actor, filters), progressions(actor, filters)
    alive = alive_on(actor, filters)
    return [
        Lane(
            row.patient_id,
            Member(
                row.patient.study_code,
                row.infused_on,
                row.patient.last_contact_on,
                death_of(
                    row.patient.died_on_text,
                    row.patient.last_contact_on,
                    alive.get(row.patient_id),
                )
                if row.patient.vital_status == "DEAD"
                else None,
                worse.get(row.patient_id),
                ill.get(row.patient_id),
            ),
            row.site.code,
            given.get(row.patient_id, [row.infused_on]),
            well.get(row.patient_id, []),
        )
        for row in page
    ]


def accrual(actor: Actor, filters: Filters) -> list[tuple[date, int]]:
    """Patients first infused in each month that has any, in order."""
    days = infusions(actor, filters).order_by("infused_on").values_list("infused_on", flat=True)
    found: dict[date, int] = {}
    for day in days:
        month = day.replace(day=1)
        found[month] = found.get(month, 0) + 1
    return list(found.items())


def sites_of(actor: Actor, filters: Filters) -> list[tuple[UUID, str, str, str]]:
    """Sites with a patient of the cohort: id, code and names."""
    rows = infusions(actor, filters).values_list("site_id").distinct()
    sites = reference.sites(actor).filter(id__in=rows).order_by("code")
    return list(sites.values_list("id", "code", "name_zh", "name_en"))


def changes_from_baseline(
    actor: Actor, filters: Filters, measure: str
) -> list[tuple[str, float, str]]:
    """Of each patient the lowest value of a measure after infusion against the last one before.

    Study code, percent change, unit. Values that are bounds only (below the limit) and patients
    without a value before infusion are left out: what is not measured is no change.
    """
    chosen = infusions(actor, filters)
    rows = _readable(actor, LaboratoryResult).filter(infusion__in=chosen, measure=measure)
    rows = rows.filter(value__isnull=False, comparator="", taken_back=False, replaced_by=None)
    rows = rows.filter(specimen_on__lte=filters.last_day).annotate(day0=F("infusion__infused_on"))
    named = rows.values_list(
        "patient__study_code", "specimen_on", "value", "unit", "day0"
    ).order_by("patient__study_code", "specimen_on", "recorded_at")
    before: dict[str, tuple[float, str]] = {}
    lowest: dict[str, float] = {}
    for code, day, value, unit, day0 in named:
        if day <= day0:
            before[code] = (float(value), unit)
        elif code in before and before[code][1] == unit:
            lowest[code] = min(float(value), lowest.get(code, float(value)))
    return sorted(
        (
            (code, 100 * (value - before[code][0]) / before[code][0], before[code][1])
            for code, value in lowest.items()
            if before[code][0] > 0
        ),
        key=lambda row: (-row[1], row[0]),
    )
