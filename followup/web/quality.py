"""Quality of a centre: the page the site lead lands on."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.domain.completeness import TARGET_PERCENT, Share, picture
from followup.queries import data_queries, quality, reference, visit_locks
from followup.web.code_choices import choices


def _items() -> dict[str, str]:
    return {
        "disease_status": _("Disease status"),
        "new_malignancy": _("New malignancy"),
        "other_event": _("Another adverse event"),
        "new_therapy": _("New therapy or pregnancy"),
    }


def _named(shares: list[Share], words: dict[str, str]) -> list[dict[str, Any]]:
    return [{"share": share, "name": words.get(share.name, share.name)} for share in shares]


def _bands(bands: list[tuple[int, int | None, int]]) -> list[tuple[str, int]]:
    found = []
    for low, high, count in bands:
        if high is None:
            text = _("%(low)s days and more") % {"low": low}
        else:
            text = _("%(low)s to %(high)s days") % {"low": low, "high": high}
        found.append((text, count))
    return found


@require_GET
@reads_from_standby
def page(request: HttpRequest) -> HttpResponse:
    """Completeness, gaps, loss and late events of one of one's own centres."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.VISIT_READ)
    sites = quality.sites(actor)
    wanted = request.GET.get("site", "")
    site = next((s for s in sites if str(s.id) == wanted), sites[0] if sites else None)
    board = quality.board(actor, site, today=today) if site else None
    document = reference.document(actor, "protocols")
    spoken = reader_language()
    words = {row["code"]: str(row[spoken]) for row in document["assessments"]} | _items()
    context: dict[str, Any] = {"sites": sites, "site": site, "board": board, "today": today}
    if board:
        states = dict(choices("patient_followup_state")())
        lost = board.states.get("LOST", 0) + board.states.get("LOST_PROVISIONAL", 0)
        context |= {
            "chart": picture(board.by_month),
            "target": TARGET_PERCENT,
            "items": _named(board.by_item, words),
            "overdue": _bands(board.overdue),
            "overdue_sum": sum(count for _low, _high, count in board.overdue),
            "late": _bands(board.late),
            "asked": _bands(data_queries.ages(actor, site.id, today)) if site else [],
            "states": [
                (states.get(code, code), number) for code, number in sorted(board.states.items())
            ],
            "lost": lost,
            "lost_percent": 100 * lost / board.patients if board.patients else None,
            "signed": visit_locks.share(actor, site) if site else None,
            "year": _total(board.by_month[-12:]),
        }
    return render(request, "followup/quality/page.html", context)


def _total(shares: list[Share]) -> Share:
    name = pgettext("quality", "12 months")
    return Share(name, sum(s.done for s in shares), sum(s.due for s in shares))


urlpatterns = [path("quality/", page, name="quality")]
