"""Who is in the data sets of a product, and who is left out. Call inside `DatasetChoice.reading`.

A role that reads under the duty to report reaches patients who have not agreed: they are no
subjects of a study all the same.
"""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.models import Infusion, Patient
from followup.queries import exports
from followup.queries.exports import LeftOut
from pv.queries.datasets.choices import DatasetChoice, purposes

PAGE = 200


def _treated(actor: Actor, choice: DatasetChoice) -> QuerySet[Patient]:
    given = Infusion.objects.filter(
        patient=OuterRef("pk"), product_id=choice.product, retired=False
    )
    return scope.counting(actor, Patient.objects.filter(Exists(given)))


def subjects(actor: Actor, choice: DatasetChoice) -> QuerySet[Patient]:
    """The patients who were given the product and agreed to the purposes."""
    agreed = exports.agreed("pk", purposes(actor, choice))
    return _treated(actor, choice).filter(agreed)


def pages(actor: Actor, choice: DatasetChoice) -> list[list[UUID]]:
    """The subjects in the order of their numbers, in portions."""
    ordered = subjects(actor, choice).order_by("site__code", "study_code", "id")
    ids = list(ordered.values_list("id", flat=True))
    return [ids[start : start + PAGE] for start in range(0, len(ids), PAGE)]


def left_out(actor: Actor, choice: DatasetChoice) -> list[LeftOut]:
    """Treated patients the actor may read who have not agreed, with the reason."""
    treated = _treated(actor, choice)
    return [
        each
        for wanted in purposes(actor, choice)
        for each in exports.not_agreed(treated, wanted.value)
    ]
