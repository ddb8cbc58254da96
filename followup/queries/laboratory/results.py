"""Laboratory values as they stand: of a patient, of one measure, and every version of one."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.assessments.quantities import Quantity, Relation
from followup.domain.laboratory import Measure, Point, quantity
from followup.domain.samples import Comparator
from followup.models import Infusion, LaboratoryResult, Patient

BY_TIME = ("specimen_on", "specimen_at", "recorded_at", "id")


def standing() -> "QuerySet[LaboratoryResult]":
    """Values that were neither replaced nor retracted."""
    return LaboratoryResult.objects.filter(replaced_by__isnull=True, taken_back=False)


def of_patient(
    actor: Actor, patient: Patient, *, first: date | None = None, last: date | None = None
) -> list[LaboratoryResult]:
    """The values of a patient as they stand, in order of time."""
    rows = scope.visible(actor, standing().filter(patient=patient))
    if first:
        rows = rows.filter(specimen_on__gte=first)
    if last:
        rows = rows.filter(specimen_on__lte=last)
    return list(rows.select_related("infusion").order_by(*BY_TIME))


def of_measure(actor: Actor, patient: Patient, measure: str) -> list[LaboratoryResult]:
    """The values of one measure as they stand, in order of time."""
    rows = scope.visible(actor, standing().filter(patient=patient, measure=measure))
    return list(rows.select_related("infusion").order_by(*BY_TIME))


def one(actor: Actor, result_id: UUID | str) -> LaboratoryResult:
    """One value, whether it stands or not; NotFound otherwise."""
    rows = LaboratoryResult.objects.select_related(
        "patient__site", "infusion", "product", "recorded_by"
    )
    return scope.one(actor, rows, id=result_id)


def infusion_at(patient_id: UUID, on: date) -> Infusion | None:
    """The last infusion on or before a day, or the first one: whose value it is."""
    rows = Infusion.objects.filter(patient_id=patient_id)
    before = rows.filter(infused_on__lte=on).order_by("-infused_on", "-id").first()
    return before or rows.order_by("infused_on", "id").first()


def infusions_of(patient_id: UUID) -> list[Infusion]:
    """The infusions of a patient in order of time."""
    rows = Infusion.objects.filter(patient_id=patient_id).select_related("product")
    return list(rows.order_by("infused_on", "id"))


def infusion_on(infusions: Sequence[Infusion], on: date) -> Infusion:
    """The last of ordered infusions on or before a day, or the first one."""
    return next((each for each in reversed(infusions) if each.infused_on <= on), infusions[0])


def of_infusion(
    infusions: Sequence[Infusion], infusion: Infusion, measures: Iterable[str]
) -> list[LaboratoryResult]:
    """The values of one of ordered infusions, by the days as they stand today.

    The infusion a value was entered with may have been corrected since, or a later one entered.
    """
    rows = standing().filter(patient_id=infusion.patient_id, measure__in=measures)
    after = infusions[infusions.index(infusion) + 1 :]
    if infusion != infusions[0]:
        rows = rows.filter(specimen_on__gte=infusion.infused_on)
    if after:
        rows = rows.filter(specimen_on__lt=after[0].infused_on)
    return list(rows.order_by(*BY_TIME))


def quantity_of(row: LaboratoryResult) -> Quantity | None:
    """The number as the grading engine takes it; a word is a bound where its limit is known."""
    comparator = Comparator(row.comparator)
    if comparator is Comparator.NOT_DETECTED:
        limit = row.detection_limit if row.detection_limit is not None else row.lower_limit
        return None if limit is None else Quantity(limit, Relation.BELOW)
    if comparator is Comparator.NOT_QUANTIFIABLE:
        return None if row.lower_limit is None else Quantity(row.lower_limit, Relation.BELOW)
    return quantity(comparator, row.value)


def point(row: LaboratoryResult, infused_on: date | None = None) -> Point:
    """A value as the rules see it; its day counts from an infusion, the one of its entry if none.

    One page of values asks no rule that counts days: it spares itself the infusions.
    """
    first = infused_on or row.infusion.infused_on
    return Point(
        key=str(row.id),
        measure=row.measure,
        on=row.specimen_on,
        day=(row.specimen_on - first).days,
        quantity=quantity_of(row),
        finding=row.finding,
        range_low=row.range_low,
    )


def points(rows: Iterable[LaboratoryResult], known: Iterable[str], infused_on: date) -> list[Point]:
    """Values of an infusion as the rules see them; what no measure of today names is left out."""
    measures = set(known)
    return [
        point(row, infused_on)
        for row in rows
        if row.measure in measures and not row.missing_because
    ]


def below_quantification(row: LaboratoryResult, measure: Measure | None) -> bool:
    """Whether the value lies under the limit of quantification, by word or by number."""
    if Comparator(row.comparator) in (Comparator.NOT_DETECTED, Comparator.NOT_QUANTIFIABLE):
        return True
    limit = row.lower_limit if row.lower_limit is not None else measure.lloq if measure else None
    amount = quantity_of(row)
    return bool(limit is not None and amount is not None and amount.below(limit))
