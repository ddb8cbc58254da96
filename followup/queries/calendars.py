"""The calendar of a person: dates that are owed, as whole days, without any name."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from followup.core import extensions
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.security.accounts import access_ended_on, actor_of
from followup.domain.calls import shown_from
from followup.domain.contacts import ContactType
from followup.models import PlannedVisit
from followup.queries import call_backs, calls, protocols

BACK, AHEAD, AT_MOST = timedelta(days=60), timedelta(days=365), 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """One day in a calendar. `uid` never changes, `sequence` grows when the day moves.

    `page` and `target` name the URL behind it; `alarms` are days before it.
    """

    uid: str
    title: str
    on: date
    sequence: int
    note: str
    page: str
    target: str
    alarms: tuple[int, ...] = ()


def digest(token: str) -> str:
    """What is kept of a token: 192 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def owner(token: str) -> Actor | None:
    """The person behind a feed's address, with the rights held at this moment."""
    user = User.objects.filter(calendar_token=digest(token), is_active=True).first()
    if user is None:
        return None
    actor = actor_of(user, request_id="calendar")
    over = not actor.grants and access_ended_on(user.pk) is not None
    return None if over else actor


def has_feed(actor: Actor) -> bool:
    """Whether a URL of one's own calendar is in use."""
    if actor.id is None:
        return False
    return User.objects.filter(id=actor.id, calendar_token__isnull=False).exists()


def of(actor: Actor, *, today: date) -> list[Entry]:
    """Every entry of all applications, by day."""
    found: list[Entry] = []
    for added in extensions.registered():
        for calendar in added.calendars():
            found += calendar(actor, today=today)
    return sorted(found, key=lambda entry: (entry.on, entry.uid))


def entries(actor: Actor, *, today: date) -> Iterable[Entry]:
    """Open visits for those who record them: on their target, or the day they were put off to."""
    if not actor.may(Perm.VISIT_WRITE):
        return
    rows = calls.sought(actor, Perm.VISIT_WRITE)
    rows = rows.filter(due__gte=today - BACK, due__lte=today + AHEAD)
    for visit in rows.select_related("patient", "schedule__protocol").order_by("due", "id")[
        :AT_MOST
    ]:
        code = visit.patient.study_code
        yield Entry(
            uid=f"visit-{visit.id}",
            title=_("%(visit)s follow-up %(patient)s") % {"visit": visit.code, "patient": code},
            on=_day(visit, today),
            sequence=visit.due_version - 1,
            note=_("Window %(first)s to %(last)s, target %(target)s")
            % {"first": visit.window_start, "last": visit.due, "target": visit.target},
            page="visit-call" if _by_phone(visit) else "visit-why",
            target=str(visit.id),
            alarms=(1,),
        )


def agreements(actor: Actor, *, today: date) -> Iterable[Entry]:
    """Appointments at one's hospital, and call-backs that are one's own or nobody's."""
    if not actor.may(Perm.VISIT_WRITE):
        return
    until = today + AHEAD
    for row in call_backs.expected(actor, since=today - BACK, until=until):
        at = f" {row.at:%H:%M}" if row.at else ""
        yield Entry(
            uid=f"appointment-{row.id}",
            title=_("%(patient)s at the clinic%(at)s")
            % {"patient": row.patient.study_code, "at": at},
            on=row.on,
            sequence=row.version - 1,
            note=row.planned.code if row.planned else "",
            page="patient",
            target=str(row.patient_id),
        )
    for task in call_backs.open_ones(actor, until=until, mine=True):
        at = f" {task.due_at:%H:%M}" if task.due_at else ""
        yield Entry(
            uid=f"call-back-{task.id}",
            title=_("Call back %(patient)s%(at)s") % {"patient": task.patient.study_code, "at": at},
            on=task.due_on,
            sequence=task.version - 1,
            note="",
            page="patient",
            target=str(task.patient_id),
        )


def _by_phone(visit: PlannedVisit) -> bool:
    """Whether the protocol allows the telephone, so that the entry opens the form."""
    point = protocols.of(visit.schedule.protocol).by_code.get(visit.code)
    return point is None or ContactType.PHONE in point.contact_types


def _day(visit: PlannedVisit, today: date) -> date:
    """The target day; the day it was put off to while that lies ahead."""
    if visit.snoozed_to is not None and visit.snoozed_to > today:
        return max(visit.target, shown_from(visit.snoozed_to, visit.due))
    return visit.target
