"""A case of a message composed here: of an article, or of what a person told the holder."""

from datetime import date

from followup.core import clock
from followup.core.action import part
from followup.core.actor import Actor
from followup.models import Product
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.models import Case, CaseVersion


@part
def open_composed(
    actor: Actor,
    product: Product,
    message: Message,
    *,
    number: str,
    worldwide_id: str,
    origin: Case.Origin,
    title: str,
    learned_on: date,
) -> Case:
    """The case and its first version; day zero is the day the holder learned of it."""
    case = Case.objects.create(
        number=number,
        product=product,
        origin=origin,
        title=title[:200],
        received_on=learned_on,
        day_zero=learned_on,
        worldwide_id=worldwide_id,
        created_at=clock.now(),
    )
    CaseVersion.objects.create(
        case=case,
        product=product,
        number=1,
        kind=CaseVersion.Kind.INITIAL,
        message=storage.to_data(message.root),
        narrative_generated=False,
        information_on=learned_on,
        author_id=actor.id,
        created_at=clock.now(),
    )
    return case
