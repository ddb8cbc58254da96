"""What a new value gives to look after: raised per episode, ended by a person or correction."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.facts import publish
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.dates import PartialDate
from followup.domain.events import EventCategory
from followup.domain.facts import RclPositive
from followup.domain.laboratory import (
    EVENTS,
    Finding,
    FindingEvent,
    FindingRule,
    FindingState,
    is_new,
)
from followup.models import AdverseEvent, Infusion, LaboratoryFinding, LaboratoryResult
from followup.models.laboratory_states import LABORATORY_FINDING
from followup.queries import laboratory


def _earlier(infusion: Infusion, finding: Finding) -> list[tuple[int, date]]:
    rows = LaboratoryFinding.objects.filter(infusion=infusion, rule=finding.rule.value).exclude(
        state="CORRECTED"
    )
    if finding.rule is FindingRule.CYTOPENIA:
        rows = rows.filter(measure=finding.measure)
    return list(rows.values_list("level", "specimen_on"))


def _raise(
    row: LaboratoryResult, infusion: Infusion, finding: Finding, version: str
) -> LaboratoryFinding | None:
    today = clock.today()
    due = None if finding.due_days is None else today + timedelta(days=finding.due_days)
    made, new = LaboratoryFinding.objects.get_or_create(
        result=row,
        rule=finding.rule.value,
        defaults={
            "patient_id": row.patient_id,
            "infusion": infusion,
            "site_id": row.site_id,
            "product_id": infusion.product_id,
            "measure": finding.measure,
            "scale": finding.scale if finding.grade is not None else "",
            "grade": finding.grade,
            "level": finding.level,
            "reasoning": list(finding.reasoning),
            "citation": finding.citation,
            "rules_version": version,
            "specimen_on": row.specimen_on,
            "raised_on": today,
            "due": due,
            "state": LABORATORY_FINDING.start(FindingState.OPEN),
        },
    )
    if not new and made.state == "CORRECTED":  # what had ended it was itself corrected
        LABORATORY_FINDING.move(made, FindingEvent.VALUE_RESTORED)
        made.answer, made.answered_by, made.answered_at = "", None, None
        _say(made, infusion, finding)
        made.save()
        return made
    return made if new else None


def _say(made: LaboratoryFinding, infusion: Infusion, finding: Finding) -> bool:
    """What a finding says today; whether anything of it is different."""
    now: dict[str, object] = {
        "infusion_id": infusion.id,
        "product_id": infusion.product_id,
        "level": finding.level,
        "grade": finding.grade,
        "scale": finding.scale if finding.grade is not None else "",
        "reasoning": list(finding.reasoning),
    }
    different = {name: value for name, value in now.items() if getattr(made, name) != value}
    for name, value in different.items():
        setattr(made, name, value)
    return bool(different)


def _report_virus(actor: Actor, row: LaboratoryResult, made: LaboratoryFinding) -> None:
    """A positive test for replication-competent virus is told to safety at once."""
    infusion = made.infusion
    publish(
        actor,
        RclPositive(
            patient_id=row.patient_id,
            site_id=row.site_id,
            infusion_id=infusion.id,
            product_code=infusion.product.code,
            aware_on=row.received_on,
            recorded_at=row.recorded_at,
            recorded_by=actor.id,
            source_id=row.id,
            sample_id=None,
            sample_number="",
            method="",
            laboratory=row.laboratory,
            collected_on=PartialDate.of(row.specimen_on),
            resulted_on=row.received_on,
        ),
    )
    event = AdverseEvent.objects.filter(
        infusion=infusion, kind=EventCategory.RCL_POSITIVE, withdrawn_at__isnull=True
    ).first()
    if event is not None:
        LABORATORY_FINDING.move(made, FindingEvent.REPORT)
        made.event, made.answered_at = event, clock.now()
        made.save(update_fields=["state", "event", "answered_at"])


@part
def note(
    actor: Actor,
    rows: Sequence[LaboratoryResult],
    *,
    only: frozenset[tuple[UUID, str]] | None = None,
) -> list[LaboratoryFinding]:
    """Hold new values against the rules; the same value never gives the same finding twice.

    `only` names the values and rules that are asked; without it every rule is.
    """
    rules = laboratory.rules(actor)
    raised: list[LaboratoryFinding] = []
    persons: dict[UUID, laboratory.PatientSeries] = {}
    for row in sorted(rows, key=lambda r: (r.specimen_on, str(r.id))):
        if row.missing_because or row.measure not in rules.laboratory.measures:
            continue
        if row.patient_id not in persons:
            persons[row.patient_id] = laboratory.PatientSeries(actor, rules, row.patient_id)
        person = persons[row.patient_id]
        infusion = person.infusion(row)
        new, series, found = person.found(row)
        for finding in found:
            if only is not None and (row.id, finding.rule.value) not in only:
                continue
            if not is_new(rules, finding, new, _earlier(infusion, finding), series):
                continue
            made = _raise(row, infusion, finding, rules.laboratory.version)
            if made is not None:
                raised.append(made)
                if finding.rule is FindingRule.RCL_POSITIVE:
                    _report_virus(actor, row, made)
    return raised


def _end(actor: Actor, old: LaboratoryFinding) -> None:
    LABORATORY_FINDING.move(old, FindingEvent.VALUE_CORRECTED)
    old.answered_by_id, old.answered_at = actor.id, clock.now()
    old.save(update_fields=["state", "answered_by", "answered_at"])


@part
def reassess(
    actor: Actor, before: LaboratoryResult, after: Sequence[LaboratoryResult]
) -> list[LaboratoryFinding]:
    """End what the old value gave or had a part in, and hold what stands now against the rules.

    A finding that was reported keeps its event: safety learns of the correction from the event.
    """
    for old in LaboratoryFinding.objects.select_for_update().filter(result=before):
        if LABORATORY_FINDING.allows(old, FindingEvent.VALUE_CORRECTED):
            _end(actor, old)
    measures = (
        set(laboratory.TOGETHER) if before.measure in laboratory.TOGETHER else {before.measure}
    )
    again = _held(actor, before.patient_id, measures, since=before.specimen_on)
    return [*again, *note(actor, after)]


@part
def recount(
    actor: Actor, patient_id: UUID, *, measures: Collection[str] = ()
) -> list[LaboratoryFinding]:
    """Hold the values of a patient against the rules after their days, or an end, have changed.

    Open findings that no longer hold are ended, the others say what holds now. Without `measures`
    every value is held.
    """
    rows = laboratory.standing().filter(patient_id=patient_id)
    if measures:
        rows = rows.filter(measure__in=measures)
    values = list(rows)
    if not values:
        return []
    return [*_held(actor, patient_id, measures), *note(actor, values)]


def _held(
    actor: Actor, patient_id: UUID, measures: Collection[str], since: date | None = None
) -> list[LaboratoryFinding]:
    """Open findings that no longer hold are ended, the others say what holds; those restored."""
    found = LaboratoryFinding.objects.select_for_update(of=("self",)).filter(
        patient_id=patient_id,
        state__in=("OPEN", "CORRECTED"),
        result__replaced_by__isnull=True,
        result__taken_back=False,
    )
    if measures:
        found = found.filter(measure__in=measures)
    if since is not None:
        found = found.filter(specimen_on__gte=since)
    person = laboratory.PatientSeries(actor, laboratory.rules(actor), patient_id)
    again: list[LaboratoryFinding] = []
    for old in found.select_related("result"):
        _new, _series, says = person.found(old.result)
        held = {finding.rule.value: finding for finding in says}
        if old.state == "OPEN" and old.rule not in held:
            _end(actor, old)
        elif old.rule in held and old.state == "CORRECTED":
            again.append(old)
        elif old.rule in held and _say(old, person.infusion(old.result), held[old.rule]):
            old.save()
    return _restore(actor, again)


def _restore(actor: Actor, again: Sequence[LaboratoryFinding]) -> list[LaboratoryFinding]:
    """Raise ended findings once more, each of its own value and rule, before any other."""
    kept = frozenset((old.result_id, old.rule) for old in again)
    return note(actor, list({old.result_id: old.result for old in again}.values()), only=kept)


def _open(finding: LaboratoryFinding) -> LaboratoryFinding:
    row = LaboratoryFinding.objects.select_for_update(of=("self",)).get(id=finding.id)
    if row.state != "OPEN":
        raise Conflict({"state": ("OPEN", row.get_state_display())})
    return row


@action("laboratory.answer_finding", needs=Perm.VISIT_WRITE)
def answer(actor: Actor, finding: LaboratoryFinding, *, text: str) -> LaboratoryFinding:
    """Say what was made of a finding that is no event; it is not raised again for the episode."""
    row = _open(finding)
    if not text.strip():
        raise Refused(
            {"text": _("Say what was decided, for example: expected, immunoglobulin given.")}
        )
    LABORATORY_FINDING.move(row, FindingEvent.ANSWER)
    row.answer = within(text, 500, "text")
    row.answered_by_id, row.answered_at = actor.id, clock.now()
    row.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return row


@action("laboratory.report_finding", needs=Perm.EVENT_WRITE)
def report(actor: Actor, finding: LaboratoryFinding, *, event: AdverseEvent) -> LaboratoryFinding:
    """Join a finding to the event a person reported of it."""
    row = _open(finding)
    if row.rule not in {rule.value for rule in EVENTS}:
        raise Refused(_("This is looked after, and is no event of its own."))
    if event.infusion_id != row.infusion_id or event.withdrawn_at is not None:
        raise Refused({"event": _("The event is of another infusion, or was withdrawn.")})
    LABORATORY_FINDING.move(row, FindingEvent.REPORT)
    row.event = event
    row.answered_by_id, row.answered_at = actor.id, clock.now()
    row.save(update_fields=["state", "event", "answered_by", "answered_at"])
    return row
