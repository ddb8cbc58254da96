"""The calendar of a person: dates that are owed, as whole days, without any name."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.accounts import actor_of
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Perm
from followup.models import PlannedVisit
from followup.queries import reminders

BACK, AHEAD, AT_MOST = timedelta(days=60), timedelta(days=365), 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """One day in a calendar. `uid` never changes, `sequence` grows when the day moves.

    `page` and `target` name the address behind it; `alarms` are days before it.
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
    return actor_of(user, request_id="calendar") if user else None


def has_feed(actor: Actor) -> bool:
    """Whether an address of the own calendar is in use."""
    if actor.id is None:
        return False
    return User.objects.filter(id=actor.id, calendar_token__isnull=False).exists()


def of(actor: Actor, *, today: date) -> list[Entry]:
    """Every entry of every package named in `settings.EVERWATCH_CALENDARS`, by day."""
    found: list[Entry] = []
    for name in settings.EVERWATCH_CALENDARS:
        found += import_string(name)(actor, today=today)
    return sorted(found, key=lambda entry: (entry.on, entry.uid))


def entries(actor: Actor, *, today: date) -> Iterable[Entry]:
    """Open visits for those who record them: on the last day of each window."""
    if not actor.may(Perm.VISIT_WRITE):
        return
    rows = scope.visible(actor, PlannedVisit.objects.filter(state="PLANNED"), Perm.VISIT_WRITE)
    rows = rows.filter(
        due__gte=today - BACK,
        due__lte=today + AHEAD,
        patient__follow_up_state__in=reminders.ladder("visit").subject_states,
    ).exclude(patient__vital_status="DEAD")
    for visit in rows.select_related("patient").order_by("due", "id")[:AT_MOST]:
        code = visit.patient.study_code
        yield Entry(
            uid=f"visit-{visit.id}",
            title=_("%(visit)s follow-up %(patient)s") % {"visit": visit.code, "patient": code},
            on=visit.due,
            sequence=visit.due_version - 1,
            note=_("Window %(first)s to %(last)s, target %(target)s")
            % {"first": visit.window_start, "last": visit.due, "target": visit.target},
            page="visit-call",
            target=str(visit.id),
        )
