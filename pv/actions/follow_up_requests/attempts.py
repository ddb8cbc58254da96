"""Attempts to get an answer: noted, undone; due day and escalation follow from them."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.follow_up_requests.thread import enter, locked, save
from pv.domain.cases.follow_up_requests import RequestState, answer_due, escalated_on
from pv.models import FollowUpRequest, FollowUpRequestEntry
from pv.queries import follow_up_requests as requests


@part
def _reckon(row: FollowUpRequest) -> None:
    """Due day and escalation follow from the attempts that stand."""
    days = requests.attempts(row)
    row.escalated_on = escalated_on(requests.rhythm(), days)
    row.due_on = row.asked_until
    if days:
        row.due_on = max(row.due_on, answer_due(requests.rhythm(), max(days)))
    row.due_version += 1


@action("follow_up_request.attempt", needs=Perm.CASE_WRITE)
def attempt(
    actor: Actor,
    given: FollowUpRequest,
    *,
    on: date,
    channel: str,
    outcome: str,
    text: str = "",
    version: int,
) -> FollowUpRequest:
    """Note one attempt to get an answer; it is awaited once more from that day.

    After as many as the reference data say, whoever assesses cases is told.
    """
    row = locked(given, version)
    problems: dict[str, Any] = {}
    if row.state != RequestState.OPEN:
        raise Refused(_("No answer is awaited any more."))
    if not row.asked_on <= on <= clock.today():
        problems["on"] = _("Between the day it was asked and today.")
    for name, code, known in (("channel", channel, "channels"), ("outcome", outcome, "outcomes")):
        if code not in requests.codes(known):
            problems[name] = _("Choose one of the list.")
    if problems:
        raise Refused(problems)
    enter(actor, row, "ATTEMPT", text, on=on, channel=channel, outcome=outcome)
    _reckon(row)
    return save(row)


@action("follow_up_request.undo_attempt", needs=Perm.CASE_WRITE)
def undo_attempt(
    actor: Actor, given: FollowUpRequest, *, entry: FollowUpRequestEntry, reason: str, version: int
) -> FollowUpRequest:
    """Undo an attempt noted by mistake; it stays readable and counts no more."""
    row = locked(given, version)
    if not reason.strip():
        raise Refused({"reason": _("State why it is undone.")})
    known = entry.request_id == row.id and entry.kind == "ATTEMPT"
    if not known or FollowUpRequestEntry.objects.filter(undoes=entry).exists():
        raise Refused(_("This attempt is undone already."))
    enter(actor, row, "UNDO", within(reason, 1000), on=clock.today(), undoes=entry)
    _reckon(row)
    return save(row)
