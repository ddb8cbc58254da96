"""Rows that go from one registration to another, and back: every table that names a patient.

The tables are found from the models, of whatever application, so that a new one is never left
behind: what is recorded of one person is with one registration.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Field, ForeignKey, Model

from followup.core.action import part
from followup.models import (
    AdverseEvent,
    Identity,
    IdentityErasure,
    Infusion,
    Patient,
    PatientSite,
    PlannedVisit,
    PracticePatient,
    RegistrationDecision,
    RetiredPatient,
    Schedule,
)

# Table, key, column, before, after; all as text or None, for a JSON column.
Step = list[str | None]
_OF_ITSELF = (Identity, IdentityErasure, PracticePatient, RegistrationDecision, RetiredPatient)
_PLAN = (Schedule, PlannedVisit)


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays behind with the registration that goes: infusions recorded twice, their plan.

    `infusions` leads from each to the one that remains, `visits` from its planned visits to those
    of the same name there, None where there is none.
    """

    infusions: dict[UUID, UUID]
    visits: dict[int, int | None]

    def keeps(self, row: Model) -> bool:
        """Whether a row stays behind."""
        if isinstance(row, Infusion):
            return row.id in self.infusions
        if isinstance(row, Schedule):
            return row.infusion_id in self.infusions
        return isinstance(row, PlannedVisit) and row.id in self.visits


def references(to: type[Model], *, but: Collection[type[Model]] = ()) -> Iterator[tuple[Any, Any]]:
    """Every table and column that refers to a table of ours."""
    for model in apps.get_models():
        if model in but or model._meta.proxy:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model is to:
                yield model, field


def plan(infusions: dict[UUID, UUID]) -> Plan:
    """What stays behind, given the infusions that are the same."""
    visits: dict[int, int | None] = {}
    for leaving, staying in infusions.items():
        there = PlannedVisit.objects.filter(schedule__infusion_id=staying)
        by_code = dict(there.order_by("schedule__created_at").values_list("code", "id"))
        here = PlannedVisit.objects.filter(schedule__infusion_id=leaving)
        visits |= {key: by_code.get(code) for key, code in here.values_list("id", "code")}
    return Plan(infusions, visits)


@part
def move(leaving: UUID, staying: UUID, kept: Plan) -> list[Step]:
    """Bring everything recorded to the registration that remains; every column that changed."""
    steps: list[Step] = []
    tables = sorted(
        references(Patient, but=_OF_ITSELF), key=lambda each: each[0] is not PatientSite
    )
    for model, field in tables:  # the sites of the patient first: each row is of one of them
        for row in model._default_manager.filter(**{field.attname: leaving}).order_by("pk"):
            if not kept.keeps(row):
                steps += _set(row, field, staying)
    for model, field in references(Infusion, but=_PLAN):
        for row in model._default_manager.filter(**{f"{field.attname}__in": kept.infusions}):
            steps += _set(row, field, kept.infusions[getattr(row, field.attname)])
    for model, field in references(PlannedVisit):
        for row in model._default_manager.filter(**{f"{field.attname}__in": kept.visits}):
            steps += _set(row, field, kept.visits[getattr(row, field.attname)])
    return steps


def _set(row: Any, field: Any, value: Any) -> list[Step]:
    """Write one reference. Where the other already has its like (one open task), it stays."""
    before = getattr(row, field.attname)
    try:
        with transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).update(**{field.attname: value})
    except IntegrityError:
        return []
    return [[row._meta.label, str(row.pk), field.attname, _text(before), _text(value)]]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


@part
def move_back(steps: Sequence[Step], leaving: UUID, staying: UUID) -> list[Step]:
    """Every column as it was, where it still says what the merge wrote; what could be undone.

    What was recorded since about a row that goes back goes back with it: the correction of a
    contact, the finding of a value, a sample of an event. Everything else stays.
    """
    done = [step for step in reversed(steps) if _back(step)]
    gone: dict[type[Model], set[str]] = {}
    for label, key, column, _before, _after in done:
        if column == "patient_id":
            gone.setdefault(apps.get_model(str(label)), set()).add(str(key))
    while fresh := list(_followers(gone, staying)):
        for row, field in fresh:
            gone.setdefault(type(row), set()).add(str(row.pk))
            _set(row, field, leaving)
    return done


def _back(step: Step) -> bool:
    label, key, column, before, after = step
    model: Any = apps.get_model(str(label))
    field: Field[Any, Any] = next(f for f in model._meta.concrete_fields if f.attname == column)
    target: Any = field.target_field if isinstance(field, ForeignKey) else field
    now = None if after is None else target.to_python(after)
    was = None if before is None else target.to_python(before)
    rows = model._default_manager.filter(pk=key, **{str(column): now})
    return bool(rows.update(**{str(column): was}))


def _followers(
    gone: dict[type[Model], set[str]], staying: UUID
) -> Iterator[tuple[Any, ForeignKey[Any, Any]]]:
    """Rows of the registration that remains which hang on rows that went back."""
    owned = dict(references(Patient, but=_OF_ITSELF))
    for model, own in owned.items():
        rows = model._default_manager.filter(**{own.attname: staying})
        rows = rows.exclude(pk__in=gone.get(model, ()))
        for field in model._meta.concrete_fields:
            target = field.related_model if isinstance(field, ForeignKey) else None
            if target in gone and target is not Patient:
                for row in rows.filter(**{f"{field.attname}__in": gone[target]}):
                    yield row, own


def of(steps: Iterable[Step], model: type[Model], column: str = "patient_id") -> list[str]:
    """Keys of the rows of a table whose column a merge changed."""
    label = model._meta.label
    return [str(key) for table, key, name, *_rest in steps if (table, name) == (label, column)]


def planned_of(steps: Iterable[Step]) -> set[int]:
    """Planned visits to which, or from which, a contact or an attempt went."""
    ids = {
        value
        for *_row, column, before, after in steps
        if column == "planned_id"
        for value in (before, after)
    }
    return {int(value) for value in ids if value is not None}


def events_of(steps: Iterable[Step]) -> list[AdverseEvent]:
    """The events that went to another registration."""
    keys = of(steps, AdverseEvent)
    return list(AdverseEvent.objects.select_related("product", "infusion").filter(id__in=keys))
