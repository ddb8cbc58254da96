"""How many pages one person may open; counters live in the cache, and a lost one lets them pass."""

import logging
import math
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext
from redis.exceptions import RedisError

from followup.core import clock
from followup.core.http.errors import page
from followup.core.http.throttling import ActorThrottle

logger = logging.getLogger("everwatch.throttle")


def _seconds_to_wait(person: Any) -> int:
    """Until the person may ask again; 0 within `PAGE_RATE`, and while there is no cache."""
    most, seconds = ActorThrottle().parse_rate(settings.PAGE_RATE)
    if most is None or seconds is None:
        return 0
    now = clock.now().timestamp()
    window = int(now // seconds)
    key = f"pages:{person}:{window}"
    try:
        caches["default"].add(key, 0, timeout=2 * seconds)
        count = caches["default"].incr(key)
    except (RedisError, ValueError):  # ValueError: the window ended in between
        logger.warning("throttle without cache")
        return 0
    return math.ceil((window + 1) * seconds - now) if count > most else 0


class PageRate:
    """Middleware: `PAGE_RATE` pages of one person; the API has a count of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """429 with the seconds to wait, for what no person presses."""
        counted = settings.PAGE_RATE and not request.path.startswith("/api/")
        if not counted or not request.user.is_authenticated:
            return self.get_response(request)
        wait = _seconds_to_wait(request.user.pk)
        if not wait:
            return self.get_response(request)
        text = ngettext(
            "More pages were asked for than a person opens. Wait %(count)d second and try again.",
            "More pages were asked for than a person opens. Wait %(count)d seconds and try again.",
            wait,
        )
        answer = page(request, 429, text % {"count": wait})
        answer["Retry-After"] = str(wait)
        return answer
