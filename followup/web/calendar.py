"""The calendar feed that a phone or Outlook subscribes to, and the page where it is made."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from followup.actions import calendars as actions
from followup.core import clock
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.problems import NotFound
from followup.core.row_security import contexts
from followup.lazy_modules import lazy
from followup.queries import calendars
from followup.queries.calendars import Entry

if TYPE_CHECKING:
    import icalendar
else:
    icalendar = lazy("icalendar")

REFRESH = timedelta(hours=6)


def _address(entry: Entry) -> str:
    try:
        return str(
            settings.PUBLIC_URL + reverse(entry.page, args=[entry.target] if entry.target else [])
        )
    except NoReverseMatch:
        return str(settings.PUBLIC_URL)


def _alarm(entry: Entry, days: int) -> "icalendar.Alarm":
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.title)
    alarm.add("trigger", timedelta(days=-days))
    return alarm


def _event(entry: Entry, host: str) -> "icalendar.Event":
    """A whole day: the end is the next day, which does not belong to it (RFC 5545, 3.6.1)."""
    event = icalendar.Event()
    event.add("uid", f"{entry.uid}@{host}")
    event.add("dtstamp", clock.now())
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + timedelta(days=1))
    event.add("summary", entry.title)
    event.add("description", entry.note)
    event.add("url", _address(entry))
    event.add("sequence", entry.sequence)
    event.add("transp", "TRANSPARENT")
    for days in entry.alarms:
        event.add_component(_alarm(entry, days))
    return event


def _calendar(entries: list[Entry]) -> bytes:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    made = icalendar.Calendar()
    made.add("prodid", "-//Everwatch//Reminders//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", "Everwatch")
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT6H")
    for entry in entries:
        made.add_component(_event(entry, host))
    return bytes(made.to_ical())


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a URL; a URL nobody has looks like any missing page."""
    actor = calendars.owner(token)
    if actor is None:
        raise NotFound()
    contexts.become(actor)
    with translation.override(actor.language):
        body = _calendar(calendars.of(actor, today=clock.today()))
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="everwatch.ics"'
    return response


@reads_from_standby
def page(request: HttpRequest) -> HttpResponse:
    """Whether there is a feed; posting makes a new address, which is shown this once."""
    actor = cast(ActingRequest, request).actor
    address = ""
    if request.method == "POST":
        token = actions.open_feed(actor)
        address = settings.PUBLIC_URL + reverse("calendar-feed", args=[token])
    context = {"address": address, "has_feed": calendars.has_feed(actor)}
    return render(request, "followup/calendar/page.html", context)


@posted_from("calendar", alone=True)
def close(request: HttpRequest) -> HttpResponse:
    """End the feed."""
    actions.close_feed(cast(ActingRequest, request).actor)
    flash.saved(request, _("The calendar address no longer works."))
    return redirect("calendar")


urlpatterns = [
    path("calendar/", page, name="calendar"),
    path("calendar/close/", close, name="calendar-close"),
    path("cal/<str:token>.ics", feed, name="calendar-feed"),
]
