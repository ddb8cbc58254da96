"""A body that nobody read is received before the answer goes out.

A server that answers and closes while bytes still arrive resets the connection, and the reset may
overtake the answer (RFC 9112, 9.6): whoever sent too much would see a broken page, not the reason.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

MOST_BYTES = 256 * 1024 * 1024  # past the 110 MB a proxy lets through (docker/nginx.conf)
MOST_SECONDS = 30.0
_SMALL = 64 * 1024  # the server itself receives the rest of a body up to here
_PART = 64 * 1024
_BODYLESS = frozenset({"GET", "HEAD", "OPTIONS"})


def receive_rest(request: HttpRequest) -> bool:
    """Receive and drop what is left of a declared body, within bytes and seconds; whether all."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if request.method in _BODYLESS or not declared.isdigit() or int(declared) <= _SMALL:
        return True
    left, end = MOST_BYTES, time.monotonic() + MOST_SECONDS
    while left > 0 and time.monotonic() < end:
        try:
            part = request.read(_PART)
        except OSError:  # the sender went away: nobody waits for the answer
            return True
        if not part:
            return True
        left -= len(part)
    return False


class WholeBodies:
    """First of all: whatever answered without reading the body, the rest of it is received."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        receive_rest(request)
        return response
