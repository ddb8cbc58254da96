"""One sentence after a write, shown on the next page, with the way to undo it."""

from django.contrib import messages
from django.http import HttpRequest

UNDO_SECONDS = 30


def saved(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say what was saved; `undo` is the address that takes it back when posted to.

    The bar offers the button for UNDO_SECONDS; the action behind the address keeps its own limit.
    """
    messages.success(request, text, extra_tags=undo)


def note(request: HttpRequest, text: str) -> None:
    """Say something that is neither a success nor a problem."""
    messages.info(request, text)


def warn(request: HttpRequest, text: str) -> None:
    """Say what needs attention though the write went through."""
    messages.warning(request, text)
