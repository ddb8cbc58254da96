"""The follow-up matrix: patients by visits, saved views, export; each cell leads to its visit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from followup.actions import matrix_jobs
from followup.actions import views as view_actions
from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.templatetags.everwatch import mark
from followup.queries import identity, matrix, reference, views
from followup.web import visit_states
from followup.web.code_choices import choices

PAGE = "matrix"
COUNTED = ("done", "partial", "failed", "overdue")
_PLACE = "*"  # where a label goes in a mark; no word of a mark holds one
_EMPTY = "<td></td>"


def filters_of(query: QueryDict) -> matrix.Filters:
    """What the URL asks for; nonsense is no filter."""
    product: UUID | None
    try:
        product = UUID(query.get("product", ""))
    except ValueError:
        product = None
    reach = query.get("reach", "")
    return matrix.Filters(
        product=product,
        state=query.get("state", "")[:20],
        gaps=query.get("gaps") == "1",
        reach=reach if reach in matrix.REACHES else "5y",
    )


class _Looks(dict[tuple[str, int], tuple[str, str, str]]):
    """Of each state on one page its words, and the mark before and after its label.

    A page has a thousand cells and seven states. By the identity of the words, which are constants
    of `visit_states` and written in the language of the page at first use.
    """

    def of(self, kind: str, words: Any) -> tuple[str, str, str]:
        """Words, then the parts of the mark, all escaped."""
        key = (kind, id(words))
        if key not in self:
            before, _place, after = mark(kind, _PLACE).partition(_PLACE)
            self[key] = (escape(str(words)), before, after)
        return self[key]


def _cells(
    row: matrix.Row,
    codes: Mapping[str, str],
    today: date,
    counts: Counter[tuple[str, str]],
    looks: _Looks,
    may_record: bool,
) -> SafeString:
    """The visits of a row; each leads to its record, or for who records none to why it is due.

    `codes` are those of the columns with their text in HTML.
    """
    patient, made = escape(row.study_code), []
    for code, column in codes.items():
        cell = row.cells.get(code)
        if cell is None:
            made.append(_EMPTY)
            continue
        kind, state = visit_states.shown(cell, today, called=row.searched)
        counts[code, kind] += 1
        words, before, after = looks.of(kind, state)
        way = "call" if may_record and kind not in ("na", "open") else "why"
        label = f"{patient} {column} {words} {cell.done_on or cell.due}"
        link = f'<a class="tone-{kind}" href="/visits/{cell.id}/{way}/">'
        made.append(f"<td>{link}{before}{label}{after}</a></td>")
    return mark_safe("".join(made))


def _lines(
    actor: Actor, found: matrix.Page, today: date, persons: Any
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows as they are drawn, and the share of what was due that was done, by column."""
    counts: Counter[tuple[str, str]] = Counter()
    lines, looks = [], _Looks()
    columns = {code: escape(code) for code in found.codes}
    for row in found.rows:
        may = actor.may(Perm.VISIT_WRITE, site=row.site_id, product=row.product_id)
        cells = _cells(row, columns, today, counts, looks, may)
        lines.append({"row": row, "person": persons.get(row.patient_id), "cells": cells})
    shares = []
    for code in found.codes:
        done = counts[code, "done"] + counts[code, "partial"]
        due = sum(counts[code, kind] for kind in COUNTED)
        shares.append(f"{100 * done / due:.0f} %" if due else "—")
    return lines, shares


def _legend() -> Sequence[tuple[str, Any]]:
    return (
        ("done", pgettext("visit state", "Done")),
        ("partial", _("Partly done, or outside the window")),
        ("overdue", pgettext("visit state", "Overdue")),
        ("due", pgettext("visit state", "Window open")),
        ("open", pgettext("visit state", "To come")),
        ("failed", pgettext("visit state", "Missed")),
        ("na", _("Before register, cancelled or not called")),
    )


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The matrix."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.VISIT_READ)
    filters = filters_of(request.GET)
    found = matrix.page(actor, filters, today=today, key=request.GET.get("after", ""))
    persons = identity.masked(actor, [row.patient_id for row in found.rows], telephones=False)
    lines, shares = _lines(actor, found, today, persons)
    states = choices("patient_followup_state")()
    context = {
        "codes": found.codes,
        "lines": lines,
        "shares": shares,
        "next_key": found.next_key,
        "filters": filters,
        "filtered": filters != matrix.Filters(),
        "products": reference.product_choices(actor, Perm.VISIT_READ),
        "states": [(code, text) for code, text in states if code != "OVERDUE"],
        "reaches": [
            ("100", _("to day 100")),
            ("2y", _("to year 2")),
            ("5y", _("to year 5")),
            ("all", _("for life")),
        ],
        "legend": _legend(),
        "views": views.mine(actor, PAGE),
        "query": _kept(request.GET.urlencode()),
        "today": today,
    }
    return render(request, "followup/matrix/list.html", context)


def _kept(query: str) -> str:
    """The filters alone: a view is no page and no language."""
    pairs = parse_qsl(query[:2000])
    return urlencode([(k, v) for k, v in pairs if k in ("product", "state", "gaps", "reach")])


@posted_from("matrix", alone=True)
def save_filters(request: HttpRequest) -> HttpResponse:
    """Keep the filters under a name."""
    actor = cast(ActingRequest, request).actor
    query = _kept(request.POST.get("query", ""))
    with button(request):
        name = request.POST.get("name", "")
        row = view_actions.save(actor, page=PAGE, name=name, query=query)
        flash.saved(request, _("View “%(name)s” saved.") % {"name": row.name})
    return redirect(f"{reverse('matrix')}?{query}")


@posted_from("matrix", alone=True)
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Let a view go."""
    actor = cast(ActingRequest, request).actor
    view_actions.remove(actor, views.one(actor, pk))
    flash.saved(request, _("View removed."))
    return redirect("matrix")


@posted_from("matrix", alone=True)
def export(request: HttpRequest) -> HttpResponse:
    """The whole matrix of the filters as a workbook, as a job."""
    actor = cast(ActingRequest, request).actor
    query = _kept(request.POST.get("query", ""))
    matrix_jobs.request(actor, filters_of(QueryDict(query)))
    flash.saved(request, _("Started. The file is among your jobs."))
    return redirect("jobs")


urlpatterns = [
    path("matrix/", listing, name="matrix"),
    path("matrix/views/", save_filters, name="matrix-keep"),
    path("matrix/views/<uuid:pk>/remove/", remove, name="matrix-remove"),
    path("matrix/export/", export, name="matrix-export"),
]
