"""Addresses that a process without pages writes: in a letter, in a message to a partner.

A plain `reverse` reads every page to know one address, 40 MB in each worker. The page's own module
takes its route from here, so that there is one.
"""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

NOTICE = "notices/<uuid:pk>/"
NOTICES = "notices/"
PASSWORD_LINK = "sign-in/forgotten/<str:key>/<str:token>/"


def address(route: str, **values: Any) -> str:
    """The path of a route below the root; NoReverseMatch when the values do not fit it."""
    patterns: Any = _alone(route)  # the stubs know only the name of a module
    return reverse("page", urlconf=patterns, kwargs=values)


@cache
def _alone(route: str) -> tuple[URLPattern, ...]:
    return (path(route, _unanswered, name="page"),)


def _unanswered(request: HttpRequest, **values: Any) -> HttpResponse:
    raise NotImplementedError("the page answers, this only names it")
