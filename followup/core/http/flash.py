"""One sentence after a write, shown on the next page, with the way to undo it."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html

TYPED = "typed"  # a message that is what somebody typed
TYPED_FIELDS = ("reason", "comment", "note", "answer", "text")


def saved(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say what was saved; `undo` is the URL that undoes it when posted to.

    The bar offers the button for `undo.OFFERED`; the action behind it accepts a little longer.
    """
    messages.success(request, text, extra_tags=undo)


def saved_with_way(request: HttpRequest, text: str, *, url: str, label: str) -> None:
    """Say what was saved, with a link to what can be done next."""
    messages.success(request, format_html('{} <a href="{}">{}</a>', text, url, label))


def note(request: HttpRequest, text: str) -> None:
    """Say something that is neither a success nor a problem."""
    messages.info(request, text)


def warn(request: HttpRequest, text: str) -> None:
    """Say what needs attention though the write went through."""
    messages.warning(request, text)


def refused(request: HttpRequest, text: str) -> None:
    """Say what was refused, and give back what was typed for it: it is on no other page."""
    warn(request, text)
    give_back(request)


def give_back(request: HttpRequest) -> None:
    """Give back what was typed for what was refused: it is on no other page."""
    for name in TYPED_FIELDS:
        if typed := request.POST.get(name, "").strip():
            messages.info(request, typed, extra_tags=TYPED)
