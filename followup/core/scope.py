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

    `follows` says that every row goes along when its patient is followed at another site; of any
    other table the site that follows the patient now reads the rows of the sites before, too.
    `former` is the path to the id of the patient on tables that the sites before go on reading,
    wherever the row is now. `other_site` is the column of a second site that reads the row.

    `reference` rows are readable by everyone signed in; `own` names the column of the user
    whose private rows they are. `joined` is the permission whose holders meet rows of others'
    beside their own tables: the job of a report, the tokens of an account.
    """

    read: Perm | None = None
    site: str = ""
    product: str = ""
    patient: str = ""
    assigned: str = ""
    follows: bool = False
    former: str = ""
    other_site: str = ""
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


@dataclass(frozen=True, slots=True)
class SitesOfPatients:
    """Where transferred patients are followed, stated by whoever owns that table.

    `condition` tells of a path to a patient's id, a site and whether it follows now that the
    patient is on the list; `among` gives the sites of a patient, the one that follows first, empty
    for whoever was never transferred; `names` are the tables of the list and of what was given.
    """

    condition: Callable[[str, UUID | None, bool], Combinable]
    among: Callable[[UUID], list[UUID]]
    refusal: Callable[[UUID, UUID], str]
    names: tuple[str, str]


_sites: list[SitesOfPatients] = []


def state_bases(conditions: Mapping[Basis, PatientCondition]) -> None:
    """Say for each basis but care which patients it reaches."""
    _bases.update(conditions)


def state_standing(condition: StandingCondition) -> None:
    """Say which patients still count: the rows of the others are in no list, count or report."""
    _standing[:] = [condition]


def state_practice(real: StandingCondition, practice: Callable[[UUID], bool]) -> None:
    """Say which patients are real: the others are of their hospital alone and count nowhere."""
    _real[:], _practice[:] = [real], [practice]


def state_sites(known: SitesOfPatients) -> None:
    """Say where transferred patients are followed, and were."""
    _sites[:] = [known]


def sites_of_patients() -> SitesOfPatients | None:
    """Where transferred patients are followed; None where nothing keeps it."""
    return _sites[0] if _sites else None


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


def _site_condition(spec: Scope, grant: Grant, *, home: bool) -> Q:
    """The rows of a site, and of a hospital those that transfers of patients let it read."""
    if not spec.site or grant.all_sites:
        return Q()
    here = Q(**{spec.site: grant.site})
    if home or ROLES[grant.role].basis is not Basis.CARE:
        return here
    if spec.other_site:
        here |= Q(**{spec.other_site: grant.site})
    for known in _sites:
        if spec.patient and not spec.follows:
            here |= Q(known.condition(spec.patient, grant.site, True))
        if spec.former:
            here |= Q(known.condition(spec.former, grant.site, False))
    return here


def _grant_condition(
    model: type[Model], spec: Scope, grant: Grant, perm: Perm, *, home: bool = False
) -> Q:
    at_site = _site_condition(spec, grant, home=home)
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


def visible(
    actor: Actor, queryset: QuerySet[M], needs: Perm | None = None, *, home: bool = False
) -> QuerySet[M]:
    """The rows of `queryset` the actor may see, by the permission `needs` or the table's own.

    `home` leaves out what only a transfer of the patient lets a site read: for lists of what is
    to be done.
    """
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
    conditions = [
        _grant_condition(queryset.model, spec, g, perm, home=home) for g in actor.granting(perm)
    ]
    if not conditions:
        return queryset.none()
    if any(not condition for condition in conditions):
        return queryset
    return queryset.filter(reduce(or_, conditions))


def counting(actor: Actor, queryset: QuerySet[M], needs: Perm | None = None) -> QuerySet[M]:
    """The visible rows that count, for every number, figure, export and data set.

    Of a transferred patient each row counts at the site that answers for it.
    """
    return counted(visible(actor, queryset, needs, home=True))


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


def patient_of(subject: Model) -> UUID | None:
    """The patient a row is about, as far as its own columns and one foreign key say."""
    found: Any = subject
    for name in filter(None, of(type(subject)).patient.split("__")):
        try:
            found = getattr(found, name, None)
        except ObjectDoesNotExist:
            return None
    return found if isinstance(found, UUID) else None


def sites_of(subject: Model) -> tuple[UUID, ...]:
    """The sites of a row's patient who was transferred: what follows of an action may lie there."""
    patient = patient_of(subject)
    return tuple(each for known in _sites if patient for each in known.among(patient))
