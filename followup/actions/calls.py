"""A phone follow-up as one act: the answers and the events heard of, all or nothing."""

from collections.abc import Iterator, Sequence

from followup.actions import answers, events, visits
from followup.actions.events import EventInput
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import AdverseEvent, Infusion, PlannedVisit, Visit


def wrong(
    infusion: Infusion,
    *,
    given: VisitInput | None,
    planned: PlannedVisit | None = None,
    heard: Sequence[EventInput | None] = (),
) -> Iterator[Refused]:
    """What `record` would refuse of a contact and of events, those that are not None; unstored.

    For a page whose own checks failed, or of which only the first refusal is known.
    """
    if given is not None:
        known = answers.known(infusion.patient, infusion, clock.today(), planned=planned)
        if found := answers.problems(given, known):
            yield Refused(found)
    for place, event in enumerate(heard):
        if event is not None and (found := events.problems(infusion, event)):
            refused = Refused(found)
            refused.part = place
            yield refused


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
