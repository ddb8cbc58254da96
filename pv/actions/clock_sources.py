"""What starts clocks beside the facts of a case: authorisations and agreements of its product."""

from datetime import date
from uuid import UUID

from followup.core.action import part
from followup.core.actor import Actor
from followup.core.problems import Denied
from pv.actions import clocks as case_clocks
from pv.models import Case
from pv.queries import authorisations

_CLOCKS = Actor.process("clock sources")


def require_keeper(actor: Actor, product: UUID, action: str) -> None:
    """Safety and regulatory affairs keep authorisations and agreements."""
    if not any(actor.may(perm, product=product) for perm in authorisations.KEEPERS):
        raise Denied(action)


@part
def follow(product: UUID, since: date, reason: str) -> None:
    """Bring the clocks of every case of a product into line that something was learned of since."""
    rows = Case.objects.filter(product_id=product, sources__received_on__gte=since).distinct()
    for case_id in list(rows.values_list("id", flat=True)):
        case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
        case_clocks.reconcile(_CLOCKS, case, reason=reason)
