"""Findings of counts after an end of the counting was told or was none, or an infusion goes."""

from followup.actions.laboratory import findings
from followup.core.action import part
from followup.core.actor import Actor
from followup.domain.laboratory import MEASURES
from followup.models import Infusion, LaboratoryFinding, Visit


@part
def after_contact(actor: Actor, *versions: Visit) -> None:
    """Hold the counts again where a contact, or the version before it, tells of such an end."""
    if any(_tells_an_end(row) for row in versions):
        findings.recount(actor, versions[0].patient_id, measures=MEASURES)


@part
def leave(infusion: Infusion) -> None:
    """Findings that are an infusion's by their day alone go to the one their value came with."""
    rows = LaboratoryFinding.objects.filter(infusion=infusion, event__isnull=True)
    for row in rows.exclude(result__infusion=infusion).select_related("result"):
        row.infusion_id, row.product_id = row.result.infusion_id, row.result.product_id
        row.save(update_fields=["infusion", "product"])


def _tells_an_end(row: Visit) -> bool:
    progressed = row.disease_status == "PROGRESSION"
    return row.vital_status == "DEAD" or progressed or row.new_therapy == "YES"
