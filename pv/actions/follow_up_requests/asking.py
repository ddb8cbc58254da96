"""Asking for follow-up information: the hospital in its own list, a reporter by letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from followup.actions import data_queries
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.follow_up_requests.thread import enter, locked, save
from pv.domain.cases.follow_up_requests import RequestEvent, RequestState, Way, answer_due
from pv.models import Case, FollowUpRequest
from pv.models.states import FOLLOW_UP_REQUEST
from pv.queries import follow_up_requests as requests

LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class LetterInput:
    """A letter to a reporter who is no user, as a person wrote it from a template."""

    template: str
    language: str
    recipient: str
    subject: str
    text: str


def _askable(case: Case) -> Case:
    row = Case.objects.select_for_update().get(id=case.id)
    if row.stage == Case.Stage.NULLIFIED:
        raise Refused(_("The case is nullified: nothing more is asked about it."))
    return row


def _problems(elements: Sequence[str], text: str, due_on: date | None) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if unknown := [path for path in elements if not requests.names(path)]:
        problems["elements"] = _("There is no such element: %(paths)s.") % {
            "paths": ", ".join(unknown[:5])
        }
    if not text.strip() and not elements:
        problems["text"] = _("Name what is missing, or write what you want to know.")
    if len(text) > LONGEST:
        problems["text"] = _("Not more than %(n)s characters.") % {"n": LONGEST}
    if due_on is not None and due_on < clock.today():
        problems["due_on"] = _("The day an answer is awaited is today or later.")
    return problems


def _other_day(text: str, due_on: date | None) -> str:
    """What is wrong with a letter that names the day it was drafted with, not the chosen one."""
    drafted = date_format(answer_due(requests.rhythm(), clock.today()), "DATE_FORMAT")
    chosen = date_format(due_on, "DATE_FORMAT") if due_on else drafted
    if drafted not in text or chosen in text:
        return ""
    return _(
        "The letter asks for an answer by %(drafted)s, but it is awaited until %(chosen)s."
    ) % {
        "drafted": drafted,
        "chosen": chosen,
    }


@part
def _create(actor: Actor, case: Case, due_on: date | None, **values: Any) -> FollowUpRequest:
    today = clock.today()
    until = due_on or answer_due(requests.rhythm(), today)
    row = FollowUpRequest.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        state=FOLLOW_UP_REQUEST.start(RequestState.OPEN),
        asked_on=today,
        asked_by_id=actor.id,
        asked_until=until,
        due_on=until,
        moved_at=clock.now(),
        **values,
    )
    enter(actor, row, "ASK", values["text"], on=today)
    return row


@action("follow_up_request.ask_hospital", needs=Perm.CASE_WRITE)
def ask_hospital(
    actor: Actor, case: Case, *, elements: Sequence[str], text: str, due_on: date | None = None
) -> FollowUpRequest:
    """Ask the hospital of a case, in its own list, for elements of the report or in free words."""
    row = _askable(case)
    event = requests.event_of(row)
    if event is None:
        raise Refused(_("No hospital of ours reported this case: write a letter."))
    if problems := _problems(elements, text, due_on):
        raise Refused(problems)
    until = due_on or answer_due(requests.rhythm(), clock.today())
    asked_for = [requests.names(path) for path in elements]
    query = data_queries.ask_for_case(actor, event, text=text, due_on=until, asked_for=asked_for)
    return _create(
        actor, row, until, way=Way.HOSPITAL.value, query=query, elements=list(elements), text=text
    )


@action("follow_up_request.write_letter", needs=Perm.CASE_WRITE)
def write_letter(
    actor: Actor,
    case: Case,
    *,
    letter: LetterInput,
    elements: Sequence[str] = (),
    due_on: date | None = None,
) -> FollowUpRequest:
    """Keep a letter to a reporter; it is printed and sent outside, each attempt noted here."""
    row = _askable(case)
    problems = _problems(elements, letter.text, due_on)
    if letter.template not in requests.codes("templates"):
        problems["template"] = _("Choose a template.")
    if letter.language not in requests.LANGUAGES:
        problems["language"] = _("Choose Chinese or English.")
    for name in ("recipient", "subject", "text"):
        if not getattr(letter, name).strip():
            problems[name] = _("Enter it.")
    if text := _other_day(letter.text, due_on):
        problems.setdefault("text", text)
    if problems:
        raise Refused(problems)
    return _create(
        actor,
        row,
        due_on,
        way=Way.LETTER.value,
        elements=list(elements),
        template=letter.template,
        language=letter.language,
        recipient=letter.recipient.strip(),
        subject=letter.subject.strip(),
        text=letter.text.strip(),
    )


@action("follow_up_request.ask_again", needs=Perm.CASE_WRITE)
def ask_again(
    actor: Actor, given: FollowUpRequest, *, text: str, due_on: date | None = None, version: int
) -> FollowUpRequest:
    """Ask once more on the same thread, also what was withdrawn or closed too early.

    An answer nobody assessed is assessed first: it may start a clock.
    """
    row = locked(given, version)
    _askable(row.case)
    if problems := _problems((), text, due_on):
        raise Refused(problems)
    if row.state == RequestState.ANSWERED and not row.bearing:
        raise Refused(_("Say first whether the answer is new information on the case."))
    FOLLOW_UP_REQUEST.move(row, RequestEvent.ASK_AGAIN)
    today = clock.today()
    row.asked_until = row.due_on = due_on or answer_due(requests.rhythm(), today)
    row.escalated_on = None
    row.answered_on, row.bearing, row.source, row.closure = None, "", None, ""
    row.due_version += 1
    enter(actor, row, "ASK_AGAIN", text, on=today)
    if row.query is not None:
        data_queries.reopen_for_case(actor, row.query, text=text, due_on=row.due_on)
    return save(row)
