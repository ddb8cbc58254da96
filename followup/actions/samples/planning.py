"""Which samples are to be taken or looked for: on a suspicion, at a visit, or by choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from followup.actions.samples import refusals
from followup.actions.samples.serials import next_serial
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.samples import (
    CustodyState,
    SampleDefinition,
    WorkUpContext,
    format_sample_number,
    work_up_checklist,
)
from followup.models import AdverseEvent, CustodyEvent, Infusion, PlannedVisit, Sample
from followup.models.states import SAMPLE_CUSTODY
from followup.queries import samples

MOST = 30


@dataclass(frozen=True, slots=True)
class _Wanted:
    definition: SampleDefinition
    because: str
    condition_known: bool = True


@dataclass(frozen=True, slots=True)
class _For:
    infusion: Infusion
    event: AdverseEvent | None = None
    visit: PlannedVisit | None = None
    planned_for: date | None = None


def _make(actor: Actor, wanted: Sequence[_Wanted], place: _For) -> list[Sample]:
    """New samples with their numbers and the first row of their custody, each in one INSERT."""
    if not wanted:
        return []
    now, infusion, year = clock.now(), place.infusion, clock.today().year
    serial = next_serial(Sample, "S", year)
    made = Sample.objects.bulk_create(
        Sample(
            number=format_sample_number(year, serial + index),
            patient_id=infusion.patient_id,
            infusion=infusion,
            event=place.event,
            planned_visit=place.visit,
            site_id=infusion.site_id,
            product_id=infusion.product_id,
            code=item.definition.code,
            phase=item.definition.phase.value,
            visit_code=place.visit.code if place.visit else "",
            planned_for=place.planned_for,
            because=item.because,
            condition_known=item.condition_known,
            state=SAMPLE_CUSTODY.start(CustodyState.PLANNED),
            created_at=now,
        )
        for index, item in enumerate(wanted)
    )
    CustodyEvent.objects.bulk_create(
        CustodyEvent(
            sample=sample,
            site_id=sample.site_id,
            product_id=sample.product_id,
            number=1,
            step="PLAN",
            happened_on=clock.today(),
            happened_at=now,
            recorded_by_id=actor.id,
            recorded_at=now,
        )
        for sample in made
    )
    return made


@action("sample.plan_work_up", needs=Perm.EVENT_WRITE)
def plan_work_up(actor: Actor, event: AdverseEvent) -> list[Sample]:
    """Plan every sample the work-up of a suspected malignancy needs; who may report may plan.

    Codes already planned for the event stay as they are, and so does material of other times that
    an earlier event of the same infusion has asked for: there is one apheresis, not one per event.
    No consent is asked: a list of what would be needed harms nobody and keeps the clinic from
    forgetting; the tubes are marked, and none is collected or sent without one.
    """
    rules = samples.rules(actor)
    present = set(Sample.objects.filter(samples.about(event)).values_list("code", "state"))
    there = {code for code, state in present}
    archived = ("F1", CustodyState.STORED.value) in present or None
    context = WorkUpContext(
        donor_cells=None, marrow_indicated=None, archived_follow_up=archived, held={}
    )
    wanted = [
        _Wanted(item.definition, item.because, item.condition_known)
        for item in work_up_checklist(rules.checklist, context)
        if item.definition.code not in there
    ]
    return _make(actor, wanted, _For(event.infusion, event=event))


@action("sample.plan_visit", needs=Perm.SAMPLE_WRITE)
def plan_visit(actor: Actor, planned: PlannedVisit) -> list[Sample]:
    """Make the set of samples a planned visit needs; asked twice, the same set comes back."""
    locked = PlannedVisit.objects.select_for_update(of=("self",))
    visit = locked.select_related("schedule__protocol", "schedule__infusion", "patient").get(
        id=planned.id
    )
    before = list(Sample.objects.filter(planned_visit=visit).order_by("number"))
    if before:
        return before
    refusals.require_consent(actor, visit.patient)
    codes = samples.needed(actor, visit)
    if not codes:
        raise Refused(_("The protocol asks for no sample at this visit. Choose the specimens."))
    known = samples.rules(actor).definitions
    wanted = [_Wanted(known[code], "visit") for code in codes]
    place = _For(visit.schedule.infusion, visit=visit, planned_for=clock.today())
    return _make(actor, wanted, place)


@action("sample.add", needs=Perm.SAMPLE_WRITE)
def add(
    actor: Actor,
    infusion: Infusion,
    *,
    codes: Sequence[str],
    event: AdverseEvent | None = None,
    visit: PlannedVisit | None = None,
    planned_for: date | None = None,
) -> list[Sample]:
    """Plan samples a person chose, several of one kind included, for an event or a visit.

    As for a work-up, a plan asks no consent: its tubes are marked, and none is collected or sent
    without one. The set of a routine visit does ask (`plan_visit`).
    """
    known = samples.rules(actor).definitions
    problems: dict[str, str] = {}
    if not codes:
        problems["codes"] = _("Choose at least one specimen.")
    elif len(codes) > MOST or set(codes) - set(known):
        problems["codes"] = _("Choose from the list, at most %(n)s at once.") % {"n": MOST}
    for other in (event, visit):
        if other is not None and other.patient_id != infusion.patient_id:
            problems[""] = _("This belongs to another patient.")
    if planned_for is not None and planned_for < infusion.infused_on:
        problems["planned_for"] = _("The day cannot be before the infusion.")
    if problems:
        raise Refused(problems)
    wanted = [_Wanted(known[code], "chosen") for code in codes]
    return _make(actor, wanted, _For(infusion, event, visit, planned_for))
