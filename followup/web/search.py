"""The one search box: asks every registered finder and groups what it found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from followup.core import extensions
from followup.core.actor import Actor
from followup.core.http.requests import ActingRequest
from followup.core.limits import excess
from followup.core.texts import storable
from followup.domain import scans

LIVE_HITS = 8
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: under which heading, its name, what tells it apart, its page."""

    group: str | Promise
    title: str
    detail: str
    href: str
    icon: str = "patient"


Finder = Callable[[Actor, str, int], Iterable[Hit]]


@lru_cache(maxsize=1)
def finders() -> tuple[Finder, ...]:
    """The finders of all applications; each takes actor, text, limit."""
    return tuple(finder for added in extensions.registered() for finder in added.finders())


def find(actor: Actor, text: str, limit: int) -> list[Hit]:
    """At most `limit` hits of each finder, in the finders' order."""
    return [hit for finder in finders() for hit in finder(actor, text, limit)] if text else []


def grouped(hits: Iterable[Hit]) -> list[tuple[str, list[Hit]]]:
    """Hits under their headings, in the order they came."""
    return [(str(group), list(found)) for group, found in groupby(hits, lambda hit: hit.group)]


@require_http_methods(["GET", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """The list under the box while typing; the results page on Enter; one hit opens itself.

    POST, because a name typed here must not stay in the browser's history; a reload, or the other
    language, finds the page without what was typed.
    """
    text = storable(scans.printed(request.POST.get("q", ""))).strip()
    live = bool(cast(ActingRequest, request).htmx)
    problem = excess(text, LONGEST)
    actor = cast(ActingRequest, request).actor
    hits = [] if problem else find(actor, text, LIVE_HITS if live else 50)
    if not live and len(hits) == 1:
        return redirect(hits[0].href)
    name = "followup/search/hits.html" if live else "followup/search/results.html"
    return render(
        request,
        name,
        {"groups": grouped(hits), "text": text, "total": len(hits), "problem": problem},
    )


urlpatterns = [path("search/", search, name="search")]
