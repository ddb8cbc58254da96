"""Adverse events as the hospital observed them; a new malignancy is serious from the start."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.actions import contradictions, observations, samples
from followup.actions.observations import EventInput
from followup.core import clock, confirmations, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.facts import publish
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.domain.events import RECORDED, EventCategory, EventFacts, urgent
from followup.domain.facts import (
    AdverseEventChanged,
    AdverseEventObserved,
    Fact,
    MalignancySuspected,
)
from followup.models import AdverseEvent, Infusion, Patient, Visit

__all__ = ["EventInput", "checked_at", "correct", "fact_of", "more_urgent", "report"]


def _facts(given: EventInput, infusion: Infusion, *, event_id: UUID | None = None) -> EventFacts:
    """What the rules ask of an input: its answers, its patient, other recorded pregnancies."""
    others = AdverseEvent.objects.filter(
        patient_id=infusion.patient_id,
        kind=EventCategory.PREGNANCY,
        pregnancy_of=given.pregnancy_of,
        pregnancy_outcome__in=("", "ONGOING", "UNKNOWN"),
        withdrawn_at__isnull=True,
    )
    if event_id:
        others = others.exclude(id=event_id)
    open_one = bool(given.pregnancy_of) and others.exists()
    # Read again: the call that reports an event may have recorded the death a moment ago.
    patient = Patient.objects.get(id=infusion.patient_id)
    return observations.facts_of(
        given, infusion, patient, today=clock.today(), other_pregnancy=open_one
    )


def problems(infusion: Infusion, given: EventInput) -> dict[str, Any]:
    """What is wrong with an event that is to be reported, by field; nothing is stored."""
    return contradictions.problems(given, _facts(given, infusion))


def checked_at(event: AdverseEvent, infusion: Infusion) -> list[Question]:
    """What to confirm if the event, as it stands, is one after this infusion; or Refused."""
    given = observations.given_of(event)
    facts = _facts(given, infusion, event_id=event.id)
    if problems := contradictions.problems(given, facts):
        raise Refused({"to": [str(text) for text in problems.values()]})
    return contradictions.questions(facts)


def fact_of(event: AdverseEvent, actor: Actor) -> dict[str, Any]:
    """What every fact about an event carries."""
    return {
        "patient_id": event.patient_id,
        "site_id": event.site_id,
        "infusion_id": event.infusion_id,
        "product_code": event.product.code,
        "aware_on": event.aware_on,
        "recorded_at": event.recorded_at,
        "recorded_by": actor.id,
        "source_id": event.id,
        "adverse_event_id": event.id,
    }


def _observed(event: AdverseEvent) -> dict[str, Any]:
    return {
        "term": event.verbatim,
        "onset": PartialDate.from_iso(event.onset_text) if event.onset_text else None,
        "seriousness": frozenset(event.seriousness),
        "scale": event.grade_scale or None,
        "grade": event.grade,
        "outcome": event.outcome or None,
        "causality": event.causality or None,
        "new_malignancy": event.is_new_malignancy,
    }


def _suspected(event: AdverseEvent, fact: dict[str, Any]) -> MalignancySuspected:
    return MalignancySuspected(
        **fact,
        t_cell_suspected={"YES": True, "NO": False}.get(event.t_cell_suspected),
        suspected_on=PartialDate.of(fact["aware_on"]),
        tumour_site=None,
        pathology_reported=event.pathology == "AVAILABLE" or None,
    )


@action("event.report", needs=Perm.EVENT_WRITE)
def report(
    actor: Actor, infusion: Infusion, *, given: EventInput, visit: Visit | None = None
) -> AdverseEvent:
    """Record an event after an infusion; safety's fact handlers run in the same transaction."""
    facts = _facts(given, infusion)
    if problems := contradictions.problems(given, facts):
        raise Refused(problems)
    confirmations.settle(contradictions.questions(facts), given.confirmed)
    event = AdverseEvent.objects.create(
        patient_id=infusion.patient_id,
        infusion=infusion,
        site_id=infusion.site_id,
        product_id=infusion.product_id,
        visit=visit,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **observations.columns(given, facts),
    )
    known = fact_of(event, actor)
    published: list[Fact] = [AdverseEventObserved(**known, **_observed(event))]
    if event.is_new_malignancy:
        samples.plan_work_up(actor, event)
        published.append(_suspected(event, known))
    publish(actor, *published)
    return event


def kind_after(event: AdverseEvent, given: EventInput) -> str:
    """What kind of event a correction leaves: the answer, else what was known.

    What the product recorded itself no form asks again; a pregnancy may turn out to be one.
    """
    if event.kind in RECORDED and given.kind != EventCategory.PREGNANCY:
        return event.kind
    return given.kind or event.kind


def more_urgent(event: AdverseEvent, given: EventInput) -> bool:
    """Whether a correction brings something that starts a shorter clock: its day is asked for."""
    given = replace(given, kind=kind_after(event, given))
    before = _facts(observations.given_of(event), event.infusion, event_id=event.id)
    return bool(urgent(_facts(given, event.infusion, event_id=event.id)) - urgent(before))


@action("event.correct", needs=Perm.EVENT_WRITE)
def correct(
    actor: Actor,
    event: AdverseEvent,
    *,
    given: EventInput,
    version: int,
    reason: str,
    learned_on: date | None = None,
) -> AdverseEvent:
    """Change an event already reported; needs a reason, tells safety what changed.

    `learned_on` is the day one learned of what the correction brings, today if nobody says; the
    day one learned of the event itself is `given.aware_on`. Conflict carries both sides when
    somebody else saved since `version`.
    """
    row = AdverseEvent.objects.select_for_update().get(id=event.id)
    given = replace(given, kind=kind_after(row, given))
    known = _facts(given, row.infusion, event_id=row.id)
    values = observations.columns(given, known)
    versions.must_be(row, version, mine=values)
    problems = contradictions.problems(given, known)
    if row.withdrawn_at:
        problems[""] = _("This event was withdrawn. Restore it before you correct it.")
    if learned_on and not given.aware_on <= learned_on <= clock.today():
        problems["learned_on"] = _("Between the day you learned of the event and today.")
    if not reason.strip():
        problems["reason"] = _("Say why the record is changed.")
    if problems:
        raise Refused(problems)
    changed = frozenset(k for k, v in values.items() if getattr(row, k) != v)
    if not changed:
        return row
    before = _facts(observations.given_of(row), row.infusion, event_id=row.id)
    asked = contradictions.new_questions(known, before)
    confirmations.settle(asked, given.confirmed)
    suspected_before = row.is_new_malignancy
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    facts = fact_of(row, actor) | {"aware_on": learned_on or clock.today()}
    published: list[Fact] = [
        AdverseEventChanged(**facts, **_observed(row), changed=changed, reason=reason.strip())
    ]
    if row.is_new_malignancy and not suspected_before:
        samples.plan_work_up(actor, row)
    if row.is_new_malignancy and changed & {"is_new_malignancy", "t_cell_suspected"}:
        published.append(_suspected(row, facts))
    publish(actor, *published)
    return row
