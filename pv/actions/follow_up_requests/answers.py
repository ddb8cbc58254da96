"""The answer on the thread of a case: offered as follow-up information, assessed by a person."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.facts import DataQueryAnswered
from pv.actions.cases import information
from pv.actions.cases.follow_up_information import reopen_closed
from pv.actions.follow_up_requests.thread import enter, locked, save
from pv.domain.cases.follow_up_requests import Bearing, RequestEvent, RequestState
from pv.models import Case, CaseSource, FollowUpRequest
from pv.models.states import FOLLOW_UP_REQUEST

SOURCE = "answer"  # kind of the source an answer is offered as


@part
def _answered(actor: Actor, row: FollowUpRequest, text: str, on: date) -> FollowUpRequest:
    """The answer is one more source of the case; it starts no clock until a person says so.

    One that comes while another waits to be assessed is assessed with it, from the earlier day.
    """
    entry = enter(actor, row, "ANSWER", text, on=on)
    if row.source is not None and not row.bearing:
        return save(row)
    case = Case.objects.select_for_update().get(id=row.case_id)
    row.source = information.save_source(
        case, None, SOURCE, str(entry.id), received_on=on, starts_clock=False
    )
    row.answered_on, row.bearing = on, ""
    return save(row)


@action("follow_up_request.receive_answer", needs=Perm.CASE_WRITE)
def on_answer(actor: Actor, fact: DataQueryAnswered) -> FollowUpRequest | None:
    """The hospital answered: the answer lands on the thread of the case, to be assessed.

    Also when the same was answered another way before; the question was still open there.
    """
    rows = FollowUpRequest.objects.select_for_update(of=("self",)).filter(query_id=fact.query_id)
    row = rows.first()
    if row is None:
        return None
    if row.state != RequestState.ANSWERED:
        if not FOLLOW_UP_REQUEST.allows(row, RequestEvent.ANSWER):
            return row
        FOLLOW_UP_REQUEST.move(row, RequestEvent.ANSWER)
    return _answered(actor, row, fact.text, fact.aware_on)


@action("follow_up_request.record_answer", needs=Perm.CASE_WRITE)
def record_answer(
    actor: Actor, given: FollowUpRequest, *, on: date, text: str, version: int
) -> FollowUpRequest:
    """Keep an answer that came by letter or telephone, with the day it reached the holder."""
    row = locked(given, version)
    problems: dict[str, Any] = {}
    if not text.strip():
        problems["text"] = _("Write what was answered.")
    if not row.asked_on <= on <= clock.today():
        problems["on"] = _("Between the day it was asked and today.")
    if problems:
        raise Refused(problems)
    FOLLOW_UP_REQUEST.move(row, RequestEvent.ANSWER)
    return _answered(actor, row, text, on)


@action("follow_up_request.assess", needs=Perm.CASE_WRITE)
def assess(
    actor: Actor, given: FollowUpRequest, *, bearing: str, text: str = "", version: int
) -> FollowUpRequest:
    """Say whether an answer is new information on the case.

    New information starts its follow-up clock on the day it reached the holder; "nothing new" needs
    a reason and starts none (GVP 2021 no. 65 art. 49). Said otherwise later, the clock follows.
    """
    row = locked(given, version)
    if row.source is None:
        raise Refused(_("No answer has come yet."))
    if bearing not in [each.value for each in Bearing]:
        raise Refused({"bearing": _("Say whether the answer is new information on the case.")})
    new = bearing == Bearing.NEW
    if not new and not text.strip():
        raise Refused({"text": _("Say why it brings nothing new.")})
    if row.bearing == bearing:
        raise Refused(_("That is what is recorded."))
    case = Case.objects.select_for_update().get(id=row.case_id)
    source = CaseSource.objects.select_for_update().get(id=row.source.id)
    source.starts_clock = new
    source.case_version = information.holding_version(case)
    source.adopted_at, source.adopted_version = clock.now(), source.case_version
    source.save(update_fields=["starts_clock", "case_version", "adopted_at", "adopted_version"])
    row.bearing = bearing
    enter(actor, row, "ASSESS", text, on=clock.today(), code=bearing)
    if new:
        reopen_closed(case)
    information.settle(actor, case, reason=text.strip())
    return save(row)
