"""The request as our views see it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django_htmx.middleware import HtmxDetails

from followup.core.actor import Actor

View = TypeVar("View", bound=Callable[..., Any])
ANONYMOUS = Actor(id=None, name="anonymous")


class ActingRequest(HttpRequest):
    """A request with its actor, its id and what htmx says of itself."""

    actor: Actor
    request_id: str
    htmx: HtmxDetails
    session_expired: bool


def typed(request: HttpRequest, name: str) -> str:
    """A text of a form, whole; NUL never reaches the database."""
    return request.POST.get(name, "").replace("\x00", "")


def posted_from(page: str, *, alone: bool = False) -> Callable[[View], View]:
    """A view for POST only: whoever opens its URL like a page is led to the page of its form.

    That happens when what was refused is loaded again or the language is switched there.
    `page` is the name of that page's URL, which takes the same `pk`, or none when `alone`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method in ("GET", "HEAD"):
                return redirect(page) if alone else redirect(page, pk=kwargs["pk"])
            return require_POST(view)(request, *args, **kwargs)

        run.__dict__["posted_from"] = page
        return cast(View, run)

    return decorate


def unattended(view: View) -> View:
    """Mark a view that the page asks automatically: it is no activity of the session."""
    view.__dict__["unattended"] = True
    return view


def is_unattended(view: Callable[..., Any]) -> bool:
    """Whether the view was marked `unattended`."""
    return bool(getattr(view, "unattended", False))
