"""Findings of counts after something that ends the counting of days was told, or was none."""

from followup.actions.laboratory import findings
from followup.core.action import part
from followup.core.actor import Actor
from followup.domain.laboratory import MEASURES
from followup.models import Visit


@part
def after_contact(actor: Actor, *versions: Visit) -> None:
    """Hold the counts again where a contact, or the version before it, tells of such an end."""
    if any(_tells_an_end(row) for row in versions):
        findings.recount(actor, versions[0].patient_id, measures=MEASURES)


def _tells_an_end(row: Visit) -> bool:
    progressed = row.disease_status == "PROGRESSION"
    return row.vital_status == "DEAD" or progressed or row.new_therapy == "YES"
