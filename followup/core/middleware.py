"""What every request carries: an id, an actor, a language, no-store; and the session rules."""

import logging
import time
from collections.abc import Callable
from typing import cast
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from followup.core import clock
from followup.core.accounts import actor_of
from followup.core.models import User
from followup.core.requests import ANONYMOUS, ActingRequest

logger = logging.getLogger("everwatch.requests")
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestContext:
    """Gives the request its id, actor and language, and keeps patient pages out of caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        acting = cast(ActingRequest, request)
        acting.request_id = uuid4().hex[:12]
        acting.actor = ANONYMOUS
        started = time.perf_counter()
        user = request.user
        if isinstance(user, User):
            acting.actor = actor_of(user, request_id=acting.request_id)
            if user.language:
                translation.activate(user.language)
                request.LANGUAGE_CODE = user.language
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response["X-Request-ID"] = acting.request_id
        match = request.resolver_match
        logger.info(
            "request",
            extra={
                "request_id": acting.request_id,
                "method": request.method,
                "route": match.route if match else "",
                "status": response.status_code,
                "seconds": round(time.perf_counter() - started, 4),
            },
        )
        return response


class SessionRules:
    """Ends a session after idle time or its absolute age; typing counts through the ping."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(clock.now().timestamp())
            started = request.session.setdefault("started", now)
            seen = request.session.get("seen", now)
            if (
                now - seen > settings.SESSION_IDLE_SECONDS
                or now - started > settings.SESSION_ABSOLUTE_SECONDS
            ):
                logout(request)
                cast(ActingRequest, request).session_expired = True
                if request.headers.get("HX-Request"):
                    response = HttpResponse(status=401)
                    response["HX-Trigger"] = "everwatch:login-needed"
                    return response
            elif now - seen >= 60 or "seen" not in request.session:
                request.session["seen"] = now
        return self.get_response(request)
