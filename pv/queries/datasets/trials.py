"""The study as the register knows it at the moment of the data: protocols, product, commitments.

Call inside `DatasetChoice.reading`, in the language of the package.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import localized_name, reader_language
from followup.core.permissions import Perm
from followup.domain.protocols import Protocol
from followup.models import Indication, Infusion, PlannedVisit, Product, ReferenceItem, Schedule
from followup.queries import protocols
from pv.domain.datasets import Facts, SdtmMapping, trial_design
from pv.models import Commitment
from pv.queries.datasets.choices import DatasetChoice
from pv.queries.datasets.subjects import subjects


@dataclass(frozen=True, slots=True)
class Conduct:
    """What the package itself tells of the study: its data cut-off, and who is in it."""

    cutoff: str
    cutoff_description: str
    country: str
    subjects: int
    first_consent: str


def versions(ids: Iterable[UUID]) -> Mapping[UUID, Protocol]:
    """Protocol versions by the id of their reference row."""
    rows = ReferenceItem.objects.filter(id__in=set(ids))
    return {item.id: protocols.of(item) for item in rows}


def visit_number(protocol: Protocol | None, code: str | None, place: int) -> Decimal | None:
    """The number of a planned visit under its protocol version; None for one nobody planned."""
    point = protocol.by_code.get(code) if protocol and code else None
    return trial_design.point_number(point, place) if point else None


def visit_day(protocol: Protocol | None, code: str | None, place: int) -> int | None:
    """The planned study day of a visit; None for one nobody planned, or of no one day."""
    point = protocol.by_code.get(code) if protocol and code else None
    return trial_design.point_day(point, place) if point else None


def trial(
    actor: Actor, choice: DatasetChoice, mapping: SdtmMapping, conduct: Conduct
) -> Mapping[str, Sequence[Facts]]:
    """The facts of the trial design by data set."""
    language, design = choice.language, mapping.design
    people = subjects(actor, choice)
    schedules = Schedule.objects.filter(
        patient__in=people, product_id=choice.product, infusion__retired=False
    )
    used = scope.counting(actor, schedules).values_list("protocol_id", flat=True).distinct()
    followed = list(versions(used).values())
    planned = PlannedVisit.objects.filter(patient__in=people, product_id=choice.product)
    codes = set(scope.counting(actor, planned).values_list("code", flat=True).distinct())
    known = {**_register(actor, choice, followed), **_conduct(conduct)}
    parameters = trial_design.summary_parameters(design, known, mapping.terminology)
    return {
        "TA": list(trial_design.arms(design, language)),
        "TE": list(trial_design.elements(design, language)),
        "TI": list(trial_design.criteria(design, mapping.version, language)),
        "TS": list(parameters),
        "TV": list(trial_design.visits(followed, codes, language, _infusions(actor, choice))),
    }


def _infusions(actor: Actor, choice: DatasetChoice) -> int:
    """How many infusions of the product the subject with the most of them has had."""
    given = Infusion.objects.filter(
        patient__in=subjects(actor, choice), product_id=choice.product, retired=False
    )
    counted = scope.counting(actor, given).values("patient").annotate(number=Count("id"))
    return counted.aggregate(most=Max("number"))["most"] or 1


def _conduct(conduct: Conduct) -> dict[str, list[str]]:
    return {
        "cutoff": [conduct.cutoff],
        "cutoff_description": [conduct.cutoff_description],
        "countries": [conduct.country],
        "subjects": [str(conduct.subjects)],
        "first_consent": [conduct.first_consent],
    }


def _register(
    actor: Actor, choice: DatasetChoice, followed: Sequence[Protocol]
) -> dict[str, list[str]]:
    product = Product.objects.select_related("holder").get(id=choice.product)
    given = Infusion.objects.filter(
        indication=OuterRef("pk"),
        product=product,
        retired=False,
        patient__in=subjects(actor, choice),
    )
    indications = Indication.objects.filter(Exists(given)).order_by("code")
    committed = Commitment.objects.none()
    if actor.may(Perm.COMMITMENT_READ, product=product.id):
        committed = scope.visible(actor, Commitment.objects.filter(product=product))
    targets = {row.target_enrolment for row in committed if row.target_enrolment}
    names = {f"{each.name[reader_language()]} ({each.label})" for each in followed}
    return {
        "title": sorted(names),
        "sponsor": [localized_name(product.holder)],
        "treatment": [product.inn],
        "indications": [localized_name(row) for row in indications],
        "registry_identifiers": sorted({row.trial_number for row in committed} - {""}),
        # Several commitments are several studies: none of their numbers is that of this one.
        "planned_subjects": [str(n) for n in targets] if len(targets) == 1 else [],
        "length": [trial_design.length(followed)],
    }
