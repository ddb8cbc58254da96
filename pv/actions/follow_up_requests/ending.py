"""The end of a request: withdrawn with a reason, or closed for a coded one."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import data_queries
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.follow_up_requests.thread import enter, locked, save
from pv.domain.cases.follow_up_requests import RequestEvent, RequestState
from pv.models import FollowUpRequest
from pv.models.states import FOLLOW_UP_REQUEST
from pv.queries import follow_up_requests as requests


@action("follow_up_request.withdraw", needs=Perm.CASE_WRITE)
def withdraw(actor: Actor, given: FollowUpRequest, *, reason: str, version: int) -> FollowUpRequest:
    """Withdraw a question asked by mistake; the hospital sees that it is over, and why."""
    row = locked(given, version)
    if not reason.strip():
        raise Refused({"reason": _("Say why the question is withdrawn.")})
    FOLLOW_UP_REQUEST.move(row, RequestEvent.WITHDRAW)
    enter(actor, row, "WITHDRAW", reason, on=clock.today())
    _end(actor, row, reason)
    return save(row)


@part
def _end(actor: Actor, row: FollowUpRequest, text: str) -> None:
    if row.query is not None:
        data_queries.close_for_case(actor, row.query, text=text)


@action("follow_up_request.close", needs=Perm.CASE_WRITE)
def close(
    actor: Actor, given: FollowUpRequest, *, closure: str, text: str = "", version: int
) -> FollowUpRequest:
    """Close a request for a coded reason: answered, or no further information is expected."""
    row = locked(given, version)
    reason: Mapping[str, Any] | None = requests.closures().get(closure)
    problems: dict[str, Any] = {}
    if reason is None:
        problems["closure"] = _("Choose the reason.")
    elif reason["needs_answer"] and row.state != RequestState.ANSWERED:
        problems["closure"] = _("No answer has come: choose another reason.")
    if closure in requests.document()["told_in_words"] and not text.strip():
        problems["text"] = _("Explain this reason in words.")
    if problems:
        raise Refused(problems)
    if row.state == RequestState.ANSWERED and not row.bearing:
        raise Refused(_("Say first whether the answer is new information on the case."))
    FOLLOW_UP_REQUEST.move(row, RequestEvent.CLOSE)
    row.closure = closure
    enter(actor, row, "CLOSE", text, on=clock.today(), code=closure)
    _end(actor, row, text)
    return save(row)
