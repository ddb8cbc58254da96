"""Questions about recorded data: a rule or a person asks, the hospital answers, it is closed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.actions.events import fact_of
from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.facts import publish
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.data_queries import QueryEvent, QueryRule, QueryState, RuleFinding, findings
from followup.domain.facts import DataQueryAnswered
from followup.models import AdverseEvent, DataQuery, DataQueryEntry, Patient, Visit
from followup.models.states import DATA_QUERY


@part
def _enter(actor: Actor, row: DataQuery, event: str, text: str) -> None:
    DataQueryEntry.objects.create(
        query=row,
        patient_id=row.patient_id,
        site_id=row.site_id,
        product_id=row.product_id,
        kind=event,
        text=text.strip(),
        written_by_id=actor.id,
        written_at=clock.now(),
    )


@action("query.raise", needs=Perm.QUERY_WRITE)
def ask(
    actor: Actor,
    patient: Patient,
    *,
    text: str,
    visit: Visit | None = None,
    event: AdverseEvent | None = None,
    field: str = "",
    product: UUID | None = None,
) -> DataQuery:
    """Ask about a contact, an event, one field of it, or the patient.

    The hospital sees it in its list; so does who reads the product of the record, or `product`.
    """
    if not text.strip():
        raise Refused({"text": _("Write what is to be checked.")})
    if visit is not None and visit.patient_id != patient.id:
        raise Refused(_("This contact belongs to another patient."))
    if event is not None and event.patient_id != patient.id:
        raise Refused(_("This event belongs to another patient."))
    record = visit or event
    row = DataQuery.objects.create(
        patient=patient,
        site_id=patient.site_id,
        product_id=record.product_id if record else product,
        visit=visit,
        event=event,
        field=field,
        raised_on=clock.today(),
        raised_by_id=actor.id,
    )
    _enter(actor, row, "ASK", text)
    return row


@action("query.raise_for_case", needs=Perm.CASE_WRITE)
def ask_for_case(
    actor: Actor,
    event: AdverseEvent,
    *,
    text: str,
    due_on: date,
    asked_for: Sequence[Mapping[str, str]] = (),
) -> DataQuery:
    """The holder asks about the event of a case; the hospital answers in its own list.

    `asked_for` names what is asked for, each by language, so that every reader reads its own.
    """
    row = DataQuery.objects.create(
        patient_id=event.patient_id,
        site_id=event.site_id,
        product_id=event.product_id,
        event=event,
        by_holder=True,
        due_on=due_on,
        asked_for=[dict(row) for row in asked_for],
        raised_on=clock.today(),
        raised_by_id=actor.id,
    )
    _enter(actor, row, "ASK", text)
    return row


@action("query.reopen_for_case", needs=Perm.CASE_WRITE)
def reopen_for_case(actor: Actor, row: DataQuery, *, text: str, due_on: date) -> DataQuery:
    """The holder asks once more on the same thread."""
    if DATA_QUERY.allows(row, QueryEvent.REOPEN):
        moved = _move(actor, row, QueryEvent.REOPEN, text, row.version)
    else:  # still open there: answered another way
        moved = DataQuery.objects.select_for_update(of=("self",)).get(id=row.id)
        _enter(actor, moved, "ASK", text)
    moved.due_on = due_on
    moved.due_version += 1
    moved.save(update_fields=["due_on", "due_version"])
    return moved


@action("query.close_for_case", needs=Perm.CASE_WRITE)
def close_for_case(actor: Actor, row: DataQuery, *, text: str) -> DataQuery:
    """The holder closes its question, answered or withdrawn; one closed before stays so."""
    if not DATA_QUERY.allows(row, QueryEvent.CLOSE):
        return row
    return _move(actor, row, QueryEvent.CLOSE, text, row.version, worded=False)


def _own(row: DataQuery) -> None:
    """Refused for what the holder asked: who asked closes it."""
    if row.by_holder:
        raise Refused(_("The holder asked this question and closes it: answer it."))


@part
def _move(
    actor: Actor,
    given: DataQuery,
    event: QueryEvent,
    text: str,
    version: int,
    *,
    worded: bool = True,
) -> DataQuery:
    row = DataQuery.objects.select_for_update(of=("self",)).get(id=given.id)
    versions.must_be(row, version)
    if worded and not text.strip():
        raise Refused({"text": _("Write an explanation.")})
    DATA_QUERY.move(row, event)
    row.closed_at = clock.now() if DATA_QUERY.of(row) is QueryState.CLOSED else None
    row.version += 1
    row.save(update_fields=["state", "closed_at", "version"])
    _enter(actor, row, event.value, text)
    return row


@action("query.answer", needs=Perm.VISIT_WRITE)
def answer(actor: Actor, row: DataQuery, *, text: str, version: int) -> DataQuery:
    """Say that the value is right, or what was put right; the asker looks at it.

    What the holder asked reaches the thread of its case the same day.
    """
    moved = _move(actor, row, QueryEvent.ANSWER, text, version)
    if moved.by_holder and moved.event is not None:
        known = fact_of(moved.event, actor)
        del known["adverse_event_id"]
        known |= {"aware_on": clock.today(), "recorded_at": clock.now(), "source_id": moved.id}
        publish(actor, DataQueryAnswered(**known, query_id=moved.id, text=text.strip()))
    return moved


@action("query.reopen", needs=Perm.QUERY_WRITE)
def reopen(actor: Actor, row: DataQuery, *, text: str, version: int) -> DataQuery:
    """Ask again on the same thread."""
    _own(row)
    return _move(actor, row, QueryEvent.REOPEN, text, version)


@action("query.close", needs=Perm.QUERY_WRITE)
def close(actor: Actor, row: DataQuery, *, text: str, version: int) -> DataQuery:
    """Close a question, with what settled it."""
    _own(row)
    return _move(actor, row, QueryEvent.CLOSE, text, version)


@part
def look(actor: Actor, visit: Visit, *, before: Visit | None = None) -> None:
    """Let the rules look at a contact as it stands: raise what they find, settle what they do not.

    Questions about the version that was corrected go over to the new one. One question per
    rule, field and contact, however often it is looked at.
    """
    if before is not None:
        DataQuery.objects.filter(visit=before).update(visit=visit)
    found = set() if visit.undone_at else set(findings(_answers(visit)))
    rows = DataQuery.objects.select_for_update(of=("self",)).filter(visit=visit).exclude(rule="")
    known = {RuleFinding(QueryRule(row.rule), row.field): row for row in rows}
    for finding in sorted(found - known.keys(), key=lambda f: (f.rule, f.field)):
        _raise(actor, visit, finding)
    for finding, row in known.items():
        if finding not in found and DATA_QUERY.allows(row, QueryEvent.RESOLVE):
            _move(actor, row, QueryEvent.RESOLVE, "", row.version, worded=False)


def _answers(visit: Visit) -> dict[str, Any]:
    return {field.attname: getattr(visit, field.attname) for field in visit._meta.concrete_fields}


@part
def _raise(actor: Actor, visit: Visit, finding: RuleFinding) -> None:
    row = DataQuery.objects.create(
        patient_id=visit.patient_id,
        site_id=visit.site_id,
        product_id=visit.product_id,
        visit=visit,
        field=finding.field,
        rule=finding.rule,
        raised_on=clock.today(),
    )
    _enter(actor, row, "ASK", "")
