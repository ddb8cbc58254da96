"""Coding of a case: its words beside the terms of a loaded dictionary; and what is loaded."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.core.http import flash
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from pv.actions import coding as actions
from pv.actions import coding_synonyms as synonyms
from pv.domain.coding import CodedPlace, coded_places
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.checks.profiles import region
from pv.queries import cases, coding_synonyms, dictionaries, drugs
from pv.web.cases import SECTIONS, case_button, page_context, seen_version

LIVE = "coding-terms"  # the list that follows what is typed


def _places(case: Any, version: Any) -> list[CodedPlace]:
    known = [Profile(name) for name in case.receivers if name in set(Profile)] or [Profile.NMPA]
    regions = frozenset(region(profile) for profile in known)
    return list(coded_places(storage.from_data(version.message), regions))


def _release(asked: str, places: list[CodedPlace], loaded: list[str]) -> str:
    """The version to code in: the one asked for, the case's own, else the newest loaded."""
    own = (place.version for place in places if place.version in loaded)
    return asked if asked in loaded else next(own, loaded[0] if loaded else "")


def _row(actor: Any, place: CodedPlace, meaning: Any, decision: Any) -> dict[str, Any]:
    name = place.element.name_zh if reader_language() == "zh" else place.element.name_en
    return {
        "place": place,
        "name": name,
        "section": SECTIONS[place.section],
        "meaning": meaning,
        "decision": decision,
    }


@require_http_methods(["GET", "POST"])
def coding(request: HttpRequest, pk: str) -> HttpResponse:
    """The words of a case with their codes; one place at a time is searched and coded."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    if "keep" in request.POST:
        return _keep(request, case)
    if request.method == "POST":
        return _code(request, case)
    version = cases.version(actor, case)
    places, loaded = _places(case, version), dictionaries.versions()
    release = _release(request.GET.get("release", ""), places, loaded)
    if cast(ActingRequest, request).htmx.target == LIVE:
        terms = {"case": case, **_terms(request, _place_of(request, places), release)}
        return render(request, "pv/cases/coding_terms.html", terms)
    shared = page_context(request, case, version)
    asked = _place_of(request, places)
    place = asked or _first_open(places) if shared["editable"] else asked
    meanings = {
        name: dictionaries.terms(
            name,
            reader_language(),
            [whole_number(p.code) or 0 for p in places if p.version == name],
        )
        for name in {place.version for place in places} & set(loaded)
    }
    made = dictionaries.decisions(actor, case)
    rows = []
    for row in places:
        meaning = meanings.get(row.version, {}).get(whole_number(row.code) or 0)
        rows.append(_row(actor, row, meaning, made.get(row.path)))
    context = {
        **shared,
        "section": "coding",
        "rows": rows,
        "loaded": loaded,
        "asked": asked,
        **_terms(request, place, release),
        **_codes_before(actor, case, place, release),
    }
    return render(request, "pv/cases/coding.html", context)


def _place_of(request: HttpRequest, places: list[CodedPlace]) -> CodedPlace | None:
    at = request.GET.get("at", "")
    return next((place for place in places if place.path == at), None)


def _first_open(places: list[CodedPlace]) -> CodedPlace | None:
    """The first place with words and without a code: what a person came to code."""
    return next((place for place in places if place.verbatim and not place.code), None)


def _terms(request: HttpRequest, place: CodedPlace | None, release: str) -> dict[str, Any]:
    """Terms for the place that is open; the reporter's words are looked up at once."""
    if place is None or not release:
        return {"open_place": None, "release": release}
    text = request.GET.get("q", place.verbatim)
    return {
        "open_place": place,
        "release": release,
        "text": text,
        "suggestions": dictionaries.suggest(release, reader_language(), text),
    }


def _codes_before(actor: Any, case: Any, place: CodedPlace | None, release: str) -> dict[str, Any]:
    """What the reporter's words were coded with before."""
    if place is None or not release:
        return {}
    before = dictionaries.coded_before(actor, place.verbatim)
    kept = coding_synonyms.of(actor, case.product, place.verbatim)
    codes = [code for code, _times in before] + [row.code for row in kept]
    known = dictionaries.terms(release, reader_language(), codes)
    return {
        "kept": [(known[row.code], row) for row in kept if row.code in known],
        "before": [(known[code], times) for code, times in before if code in known],
    }


def _code(request: HttpRequest, case: Any) -> HttpResponse:
    """Take a term; a refusal leads back to the same search."""
    actor = cast(ActingRequest, request).actor
    at, text = request.POST.get("path", "")[:60], request.POST.get("q", "")
    number = request.POST.get("term", "")
    with case_button(request):
        actions.code(
            actor,
            case,
            path=at,
            term=whole_number(number) or 0,
            version=request.POST.get("release", "")[:5],
            lock_version=seen_version(request),
        )
        flash.saved(request, _("Coded: %(code)s.") % {"code": number})
        return redirect("case-coding", pk=case.id)
    query = urlencode({"at": at, "q": text, "release": request.POST.get("release", "")[:5]})
    return redirect(f"{reverse('case-coding', args=[case.id])}?{query}")


def _keep(request: HttpRequest, case: Any) -> HttpResponse:
    """Keep that the words of a place are always coded as they are now."""
    actor = cast(ActingRequest, request).actor
    if case.product is None:
        raise NotFound()
    with case_button(request):
        synonyms.keep(
            actor,
            case.product,
            text=request.POST.get("text", ""),
            code=whole_number(request.POST.get("keep", "")) or 0,
        )
        flash.saved(request, _("Kept: these words are offered with this code from now on."))
    return redirect("case-coding", pk=case.id)


@require_GET
def releases(request: HttpRequest) -> HttpResponse:
    """Which dictionary releases are loaded, by whom, from which files."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REFERENCE_READ)
    context = {
        "releases": dictionaries.releases(),
        "drug_releases": drugs.releases(),
        "may_read_cases": actor.may(Perm.CASE_READ),
    }
    return render(request, "pv/reference/dictionaries.html", context)


urlpatterns = [
    path("cases/<uuid:pk>/coding/", coding, name="case-coding"),
    path("reference/dictionaries/", releases, name="dictionaries"),
]
