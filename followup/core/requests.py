"""The request as our views see it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from followup.core.actor import Actor

ANONYMOUS = Actor(id=None, name="anonymous")


class ActingRequest(HttpRequest):
    """A request with its actor, its id and what htmx says of itself."""

    actor: Actor
    request_id: str
    htmx: HtmxDetails
    session_expired: bool
