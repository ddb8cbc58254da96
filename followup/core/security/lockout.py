"""The lock-out of django-axes for proofs beside the password: the same counter, the same limit."""

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse

_LOCKED_OUT = "axes_locked_out"  # what the middleware of axes looks for


def is_open(request: HttpRequest, username: str) -> bool:
    """Whether this person may try from here; False once the limit of failures is reached."""
    return bool(AxesProxyHandler.is_allowed(request, {"username": username}))


def note_failure(request: HttpRequest, username: str) -> None:
    """Count a wrong code or password; at the limit the answer becomes the page of a lock-out."""
    user_login_failed.send(__name__, credentials={"username": username}, request=request)


def locked(request: HttpRequest) -> HttpResponse:
    """Have the page of a lock-out answer this request."""
    setattr(request, _LOCKED_OUT, True)
    return HttpResponse(status=429)
