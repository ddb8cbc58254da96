"""The landing page of hospital staff: what is due, and one press to the form that closes it."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.templatetags.everwatch import due_tag
from followup.core.whole_dates import WholeDates
from followup.queries import call_backs, consent_renewals, identity, reference, worklist
from followup.web.practice_tags import practice_tag

TASKS = 10  # above the list; the day list has the rest
SOUGHT_FROM = 3  # project default: after so many attempts the list offers the search
_OF = '{} <span class="text-muted">{}</span>'
_PUT_OFF = ' <span class="text-muted nowrap">{} {}</span>'
_OPENS = '<span class="text-muted nowrap">{} {}</span>'
_PARTLY = '{} <span class="text-muted nowrap">{}</span>'
_SEARCH = '<a href="/patients/{}/standing/">{}</a>'


def _filters(request: HttpRequest) -> worklist.Filters:
    """What the URL asks for; nonsense is no filter."""
    product: UUID | None
    try:
        product = UUID(request.GET.get("product", ""))
    except ValueError:
        product = None
    return worklist.Filters(
        product=product,
        only_overdue=request.GET.get("status") == "overdue",
        include_snoozed=request.GET.get("snoozed") == "1",
        mine=request.GET.get("mine") == "1",
        attempts_from=whole_number(request.GET.get("tries", ""), most=999),
    )


def _of(item: worklist.Item) -> str:
    return WholeDates(_("of the infusion of %(day)s") % {"day": item.infused_on})


def _rows(
    request: HttpRequest, items: Sequence[worklist.Item], numbers: Mapping[UUID, str]
) -> SafeString:
    """The lines: their template is drawn once, since fifty lines through its nodes cost a page.

    What is filled in is a key, a number, a day, HTML of this module, or a text escaped here.
    """
    pattern = str(render_to_string("followup/worklist/row.html", request=request))
    put_off = pgettext("worklist", "next attempt")
    opens, partly = pgettext("worklist", "window opens"), pgettext("worklist", "partly done")
    today = clock.today()
    tags = {days: due_tag(days) for days in {item.days_left for item in items}}
    lines = (
        pattern.format(
            id=item.id,
            patient=item.patient_id,
            study_code=escape(item.study_code),
            name=f"{escape(item.person.name)} {practice_tag(item.study_code)}",
            visit=format_html(_OF, item.code, _of(item)) if item.infused_on else escape(item.code),
            target=item.target,
            due=item.due,
            status=_status(item, today, tags[item.days_left], opens, partly),
            put_off=format_html(_PUT_OFF, put_off, _again(item)) if item.snoozed_to else "",
            phone=escape(numbers.get(item.patient_id) or item.phone or "—"),
            tries=item.unanswered,
            search=format_html(_SEARCH, item.patient_id, _("Search for the patient"))
            if item.unanswered >= SOUGHT_FROM
            else "",
        )
        for item in items
    )
    return mark_safe("".join(lines))


def _again(item: worklist.Item) -> str:
    """Day and hour of the next attempt."""
    hour = f" {item.snoozed_at:%H:%M}" if item.snoozed_at else ""
    return WholeDates(f"{item.snoozed_to}{hour}")


def _status(
    item: worklist.Item, today: date, tag: SafeString, opens: str, partly: str
) -> SafeString:
    """Days left; of a window not open yet its first day; that something is recorded already."""
    if item.window_start > today:
        return format_html(_OPENS, opens, WholeDates(item.window_start))
    return format_html(_PARTLY, tag, partly) if item.missing else tag


@require_GET
@reads_from_standby
def worklist_page(request: HttpRequest) -> HttpResponse:
    """My worklist."""
    return _listed(request, opened=False)


@require_http_methods(["GET", "POST"])
def call_list(request: HttpRequest) -> HttpResponse:
    """The same lines with telephone numbers, to be printed: each number shown is logged."""
    if request.method == "GET":  # a link or Back asks for no number
        query = request.GET.urlencode()
        return redirect(f"{reverse('worklist')}?{query}" if query else "worklist")
    return _listed(request, opened=True)


def _listed(request: HttpRequest, *, opened: bool) -> HttpResponse:
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.VISIT_WRITE)
    filters = _filters(request)
    page = worklist.page(actor, today=today, key=request.GET.get("after", ""), filters=filters)
    numbers: Mapping[UUID, str] = {}
    if opened:
        shown = [item.patient_id for item in page.items]
        numbers = identity.reveal_telephones(actor, shown, purpose="printed call list")
    context: dict[str, Any] = {
        "page": page,
        "tasks": call_backs.first_of_mine(actor, until=today, most=TASKS),
        "counts": worklist.counts(actor, today=today),
        "renew": consent_renewals.renewal_due(actor),
        "filters": filters,
        "filtered": filters != worklist.Filters(),
        "products": reference.product_choices(actor, Perm.VISIT_WRITE),
        "today": today,
        "rows": _rows(request, page.items, numbers),
        "opened": opened,
        "numbers": len(numbers),
        "may_identify": actor.may(Perm.IDENTITY_READ),
        "query": request.GET.urlencode(),
        "upcoming": None if page.items else worklist.upcoming(actor, today=today),
    }
    return render(request, "followup/worklist/list.html", context)


urlpatterns = [
    path("worklist/", worklist_page, name="worklist"),
    path("worklist/call-list/", call_list, name="call-list"),
]
