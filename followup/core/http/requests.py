"""The request as our views see it."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
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


def unattended(view: View) -> View:
    """Mark a view that the page asks automatically: it is no activity of the session."""
    view.__dict__["unattended"] = True
    return view


def is_unattended(view: Callable[..., Any]) -> bool:
    """Whether the view was marked `unattended`."""
    return bool(getattr(view, "unattended", False))
