"""What made one case known goes over to another one that it follows or repeats."""

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases import information
from pv.domain import clocks
from pv.domain.cases import receptions
from pv.domain.cases.flags import Flags
from pv.domain.cases.stages import CaseEvent, ReceivedState
from pv.domain.e2b import storage
from pv.models import Case, CaseSource, ReceivedReport
from pv.models.states import CASE_STAGE
from pv.queries.obligations import DEFAULT_RULE

_NEW = (ReceivedReport.Kind.INITIAL, ReceivedReport.Kind.FOLLOW_UP)
# What identifies a case and its report, and the reaction an assessment points at by its number.
_OWN = re.compile(r"N\.|C\.1\.|G\.k\[\d+\]\.9\.i\[\d+\]\.1$")


@part
def follow(actor: Actor, case: Case, other: Case) -> None:
    """What made a case known becomes sources of another one, for its open or next version.

    A hospital's event offers its own values; what else came in offers all the case says, but for
    what makes a case this case: its identifiers, its days, and the links inside of it.
    """
    target = _target(actor, other)
    root = storage.from_data(case.versions.get(number=case.current_version).message)
    said = {path: storage.value_to_data(value) for path, _node, _element, value in root.walk()}
    for source in _learned(case):
        values = source.values if source.event_id else said
        offered = {path: value for path, value in values.items() if not _OWN.match(path)}
        _offer(case, target, source, offered)
    if CASE_STAGE.allows(target, CaseEvent.REOPEN):
        CASE_STAGE.move(target, CaseEvent.REOPEN)
    _settle(actor, target)


@part
def repeat(actor: Actor, case: Case, other: Case) -> None:
    """What a duplicate was known by before the case that goes on: clocks count from that day."""
    learned = [*_learned(case), *_waiting(case)]
    earlier = [row for row in learned if row.received_on < other.received_on]
    if not earlier:
        return
    target = _target(actor, other)
    for source in earlier:
        _offer(case, target, source, {})
    _settle(actor, target)


@part
def withdraw(actor: Actor, case: Case, other: Case) -> None:
    """Let nothing of a case count in the other one; Refused once values were taken over."""
    target = Case.objects.select_for_update().get(id=other.id)
    events = case.sources.filter(event__isnull=False).values("event_id")
    reports = Q(event__isnull=True, reference__startswith=_mark(case))
    offered = target.sources.filter(Q(event_id__in=events) | reports)
    if offered.filter(adopted_at__isnull=False).exists():
        raise Refused(_("Values were taken over into the other case: correct them there first."))
    offered.update(starts_clock=False, serious=None, fatal=None, life_threatening=None, values={})
    information.settle(actor, target)


def _target(actor: Actor, other: Case) -> Case:
    target = Case.objects.select_for_update().get(id=other.id)
    if not actor.may(Perm.CASE_WRITE, site=target.site_id, product=target.product_id):
        raise Refused({"other": _("You do not work on the other case.")})
    return target


def _learned(case: Case) -> list[CaseSource]:
    """The events and reports a case was learned by, the first taken first."""
    rows = case.sources.filter(Q(event__isnull=False) | Q(starts_clock=True))
    return list(rows.exclude(kind=DEFAULT_RULE).order_by("taken_at", "id"))


def _waiting(case: Case) -> list[CaseSource]:
    """Reports that came in and were not decided on, as sources: learned of the day they came.

    Nobody told the day of awareness of such a report, but later than its arrival it is not.
    """
    found = []
    for row in case.received.filter(state=ReceivedState.TO_REVIEW, kind__in=_NEW).order_by("id"):
        message = storage.message_from_data(row.message)
        if receptions.elements(message) == frozenset(clocks.Element):
            source = CaseSource(kind="import", reference=str(row.id))
            source.received_on = row.received_at.astimezone(time.SHANGHAI).date()
            source.serious = receptions.serious(message)
            source.fatal = receptions.fatal(message)
            source.life_threatening = receptions.life_threatening(message)
            found.append(source)
    return found


def _mark(case: Case) -> str:
    """How the reference of a report begins that a case offers to another one."""
    return f"{case.number}:"


@part
def _offer(case: Case, target: Case, source: CaseSource, values: Mapping[str, Any]) -> None:
    """Keep it as a source of the target; one offered and withdrawn before counts again."""
    own = source.reference if source.event_id else f"{_mark(case)}{source.reference}"[:100]
    kept = information.save_source(
        target,
        source.event,
        source.kind,
        own,
        received_on=source.received_on,
        aware_at=source.aware_at,
        flags=Flags(source.serious, source.fatal, source.life_threatening),
        values=dict(values),
    )
    if not kept.starts_clock:
        kept.values, kept.starts_clock, kept.serious = dict(values), True, source.serious
        kept.fatal, kept.life_threatening = source.fatal, source.life_threatening
        kept.save()


@part
def _settle(actor: Actor, target: Case) -> None:
    target.lock_version += 1
    target.save(update_fields=["stage", "lock_version"])
    information.settle(actor, target)
