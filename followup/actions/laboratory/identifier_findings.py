"""What messages of laboratories say of patient numbers, as findings a person answers."""

from collections.abc import Mapping

from followup.core import clock
from followup.core.action import part
from followup.domain.laboratory.message_states import IdentifierState
from followup.domain.laboratory.messages import SentMessage
from followup.models import IdentifierFinding, LaboratoryMessage, Patient
from followup.models import laboratory_states as states
from followup.queries.laboratory.persons import one_of


@part
def raised(message: LaboratoryMessage, said: SentMessage, whose: Mapping[str, Patient]) -> int:
    """How many of a message now wait for a person; nothing is merged automatically."""
    made = 0
    for place, change in enumerate(said.changes, start=1):
        survivor = one_of(whose, change.patients)
        other = one_of(whose, change.former)
        patient = survivor or other
        if patient is None:
            continue
        finding = IdentifierFinding(
            message=message,
            site_id=message.site_id,
            patient=patient,
            other=other if survivor and other and other.id != survivor.id else None,
            row=place,
            kind=change.kind.value,
            raised_at=clock.now(),
        )
        states.IDENTIFIER_FINDING.begin(finding, IdentifierState.OPEN)
        finding.save(force_insert=True)
        made += 1
    return made
