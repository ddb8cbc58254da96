"""The malignancy work-up: opened on suspicion, its samples planned at once."""

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.facts import MalignancySuspected
from pv.models import CaseSource, WorkUp


@action("work_up.open", needs=Perm.CASE_WRITE)
def open_for(actor: Actor, fact: MalignancySuspected) -> WorkUp | None:
    """Open the work-up of the case of a suspected malignancy; the same suspicion opens it once."""
    source = CaseSource.objects.filter(event_id=fact.adverse_event_id).first()
    if source is None:
        return None
    level = "PROBABLE" if fact.pathology_reported else "SUSPECTED"
    now = clock.now()
    work_up, _created = WorkUp.objects.get_or_create(
        case_id=source.case_id,
        defaults={
            "event_id": fact.adverse_event_id,
            "product_id": source.product_id,
            "site_id": source.site_id,
            "state": "REPORTED",
            "level": level,
            "opened_at": now,
            "updated_at": now,
        },
    )
    return work_up
