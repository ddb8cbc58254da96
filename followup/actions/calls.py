"""A phone follow-up as one act: the answers and the events heard of, all or nothing."""

from collections.abc import Sequence

from followup.actions import events, visits
from followup.actions.events import EventInput
from followup.actions.visits import VisitInput
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import AdverseEvent, Infusion, PlannedVisit, Visit


@action("call.record", needs=Perm.VISIT_WRITE)
def record(
    actor: Actor,
    infusion: Infusion,
    *,
    given: VisitInput,
    planned: PlannedVisit | None = None,
    heard: Sequence[EventInput] = (),
) -> tuple[Visit, list[AdverseEvent]]:
    """Record a contact and every event heard of in it; hospital staff of the patient's site.

    Refused says in `part` which of the events it is about, None for the contact itself.
    """
    visit = visits.record(actor, infusion, given=given, planned=planned, tells=False)
    found = []
    for place, event in enumerate(heard):
        try:
            found.append(events.report(actor, infusion, given=event, visit=visit))
        except Refused as refused:
            refused.part = place
            raise
    # After the events: one of them may be what the patient died of.
    visits.tell_death(actor, visit)
    return visit, found
