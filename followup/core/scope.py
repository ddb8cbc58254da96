"""Which rows: one definition of visibility by site, by product and by the patient's consent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from followup.core.actor import Actor, Grant
from followup.core.permissions import ROLES, Basis, Perm
from followup.core.problems import NotFound

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """How a table is scoped. `product` may name a relation that leads to several rows, of the row
    itself ("infusions__product_id") or of its patient ("patient__infusions__product_id").

    `patient` is the path to the id of the patient a row is about: a role that reads on consent
    sees the row only while that patient's consent is in force. Left empty, the row is about no
    patient, or is kept under a legal duty (a case).

    `assigned` is a relation that is empty while a row is no patient's yet: until then it is of its
    site alone, whatever product or consent its patient will have.

    `reference` rows are readable by everyone signed in; `own` names the column of the user
    whose private rows they are. `joined` is the permission whose holders meet rows of others'
    beside their own tables: the job of a report, the tokens of an account.
    """

    read: Perm | None = None
    site: str = ""
    product: str = ""
    patient: str = ""
    assigned: str = ""
    own: str = ""
    reference: bool = False
    joined: Perm | None = None


# Rows read as part of a case are read under the duty to report it, whatever the patient agreed to.
_OF_A_CASE = frozenset({Perm.CASE_READ, Perm.CASE_WRITE, Perm.CASE_ASSESS, Perm.ICSR_EXPORT})
# What makes a patient's rows readable on a basis, as a condition on the patient's id; stated by
# whoever owns the tables of consents and events.
PatientCondition = Callable[[OuterRef], Q]
_bases: dict[Basis, PatientCondition] = {}
# Whether the patient of a row still counts: not merged into another one, not voided. Asked of the
# path to the patient's id; stated by whoever owns that table.
StandingCondition = Callable[[str], Combinable]
_standing: list[StandingCondition] = []
# Whether the patient of a row is a real person and not one of practice, asked of the path to the
# patient's id; and of one id whether it is of practice. Stated by whoever owns that table.
_real: list[StandingCondition] = []
_practice: list[Callable[[UUID], bool]] = []


def state_bases(conditions: Mapping[Basis, PatientCondition]) -> None:
    """Say for each basis but care which patients it reaches."""
    _bases.update(conditions)


def state_standing(condition: StandingCondition) -> None:
    """Say which patients still count: the rows of the others are in no list, count or report."""
    _standing[:] = [condition]


def state_practice(real: StandingCondition, practice: Callable[[UUID], bool]) -> None:
    """Say which patients are real: the others are of their hospital alone and count nowhere."""
    _real[:], _practice[:] = [real], [practice]


def is_practice(patient: UUID | None) -> bool:
    """Whether a patient is a practice patient."""
    return patient is not None and any(asked(patient) for asked in _practice)


def real_condition(path: str) -> Q:
    """That the patient whose id a path leads to is no practice patient."""
    return Q(*(condition(path) for condition in _real))


def standing(queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows without those of registrations that were merged or voided."""
    path = of(queryset.model).patient
    return queryset.filter(*(condition(path) for condition in _standing)) if path else queryset


def counted(queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows that count: of registrations that stand, of real patients."""
    path = of(queryset.model).patient
    return standing(queryset).filter(real_condition(path)) if path else queryset


def basis_condition(basis: Basis, patient: OuterRef) -> Q:
    """Which patients a basis reaches, as a condition on the id of a patient."""
    return _bases[basis](patient)


def of(model: type[Model]) -> Scope:
    """The scope a model declares; a model without one cannot be read."""
    declared = getattr(model, "scope", None)
    if not isinstance(declared, Scope):
        raise TypeError(f"{model.__name__} declares no scope")
    return declared


def _product_condition(model: type[Model], path: str, product: UUID) -> Q:
    if "__" not in path:
        return Q(**{path: product})
    *before, relation, column = path.split("__")
    owner: Any = model._meta.get_field(before[0]) if before else None
    field: Any = (owner.related_model if owner else model)._meta.get_field(relation)
    key = OuterRef(owner.attname if owner else "pk")
    related = field.related_model._default_manager.filter(
        **{field.field.name: key, column: product}
    )
    return Q(Exists(related))


def _grant_condition(model: type[Model], spec: Scope, grant: Grant, perm: Perm) -> Q:
    at_site = Q()
    if spec.site and not grant.all_sites:
        at_site = Q(**{spec.site: grant.site})
    condition = Q()
    if spec.product and not grant.all_products:
        if grant.product is None:
            raise TypeError("a grant without a product must say all_products")
        condition &= _product_condition(model, spec.product, grant.product)
    basis = ROLES[grant.role].basis
    if spec.patient and basis is not Basis.CARE:
        condition &= real_condition(spec.patient)
        if perm not in _OF_A_CASE:
            condition &= _bases[basis](OuterRef(spec.patient))
    if spec.assigned and condition:
        condition |= Q(**{f"{spec.assigned}__isnull": True})
    return at_site & condition


def visible(actor: Actor, queryset: QuerySet[M], needs: Perm | None = None) -> QuerySet[M]:
    """The rows of `queryset` the actor may see, by the permission `needs` or the table's own."""
    spec = of(queryset.model)
    if actor.system or spec.reference:
        return queryset
    if spec.own:
        return queryset.filter(**{spec.own: actor.id})
    perm = needs or spec.read
    if perm is None:
        raise TypeError(f"{queryset.model.__name__} declares no permission to read")
    if perm not in _OF_A_CASE:
        queryset = standing(queryset)
    conditions = [_grant_condition(queryset.model, spec, g, perm) for g in actor.granting(perm)]
    if not conditions:
        return queryset.none()
    if any(not condition for condition in conditions):
        return queryset
    return queryset.filter(reduce(or_, conditions))


def counting(actor: Actor, queryset: QuerySet[M], needs: Perm | None = None) -> QuerySet[M]:
    """The visible rows that count, for every number, figure, export and data set."""
    return counted(visible(actor, queryset, needs))


def one(actor: Actor, queryset: QuerySet[M], needs: Perm | None = None, **lookup: Any) -> M:
    """The one visible row; NotFound alike when it is foreign, absent or the id is nonsense."""
    try:
        return visible(actor, queryset, needs).get(**lookup)
    except (ObjectDoesNotExist, ValidationError, ValueError) as error:
        raise NotFound() from error


def keys(row: Model) -> tuple[UUID | None, UUID | None]:
    """The site and product a row belongs to, as far as its own columns say."""
    spec = of(type(row))
    site = getattr(row, spec.site) if spec.site else None
    direct = spec.product and "__" not in spec.product
    product = getattr(row, spec.product) if direct else None
    return site, product
