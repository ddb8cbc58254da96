"""Coding of the drugs of a case in a loaded drug dictionary."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.core.http import flash
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest
from followup.core.problems import NotFound
from pv.actions import drug_coding as actions
from pv.domain.e2b import storage
from pv.queries import cases, drugs
from pv.web.cases import case_button, page_context, seen_version


@require_http_methods(["GET", "POST"])
def coding(request: HttpRequest, pk: str) -> HttpResponse:
    """The drugs of a case with their names in the dictionary; one is searched and coded."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    if request.method == "POST":
        return _code(request, case)
    version = cases.version(actor, case)
    rows = drugs.of_case(actor, case, storage.from_data(version.message))
    at = request.GET.get("at", "")
    place = next((row for row in rows if row.path == at), None)
    release = drugs.release(request.GET.get("release", ""))
    text = request.GET.get("q", place.words if place else "")
    context = {
        **page_context(request, case, version),
        "section": "drug-coding",
        "rows": rows,
        "releases": [(drugs.name_of(row), str(row)) for row in drugs.releases()],
        "release": drugs.name_of(release) if release else "",
        "open_place": place,
        "text": text,
        "suggestions": drugs.suggest(release, text) if release and place else [],
    }
    return render(request, "pv/cases/drug_coding.html", context)


def _code(request: HttpRequest, case: Any) -> HttpResponse:
    """Take a name; a refusal leads back to the same search."""
    actor = cast(ActingRequest, request).actor
    at, text = request.POST.get("path", "")[:20], request.POST.get("q", "")
    name = drugs.one(whole_number(request.POST.get("name", "")) or 0)
    if name is None:
        raise NotFound()
    with case_button(request):
        actions.code(actor, case, path=at, name=name, lock_version=seen_version(request))
        flash.saved(request, _("Coded: %(code)s.") % {"code": name.code})
        return redirect("case-drugs", pk=case.id)
    query = urlencode({"at": at, "q": text, "release": drugs.name_of(name.release)})
    return redirect(f"{reverse('case-drugs', args=[case.id])}?{query}")


urlpatterns = [path("cases/<uuid:pk>/drugs/", coding, name="case-drugs")]
