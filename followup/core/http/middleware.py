"""What every request carries: an id, an actor, a language, no-store; and the session rules."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import (
    AuthenticationMiddleware,
    LoginRequiredMiddleware,
    get_user,
)
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from followup.core import clock, request_answers
from followup.core.actor import Actor
from followup.core.http.refusals import note_refusal
from followup.core.http.requests import ANONYMOUS, ActingRequest, is_unattended
from followup.core.models import User
from followup.core.models.users import read_already
from followup.core.row_security import contexts
from followup.core.security.accounts import access_ended_on, actor_of
from followup.core.security.sessions import signed_in

logger = logging.getLogger("everwatch.requests")
GetResponse = Callable[[HttpRequest], HttpResponse]


def _no_nul(request: HttpRequest) -> None:
    """Read a NUL in the URL as what cannot be read: no value of ours holds one."""
    query = request.META.get("QUERY_STRING", "")
    if "%00" in query:
        request.META["QUERY_STRING"] = query.replace("%00", "%EF%BF%BD")


class RowSecurity:
    """A request asks the database as a sign-in until it is known whose it is, then as that person.

    Stands first: sessions are read before and written after everything else.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = contexts.signing_in()
        try:
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse) and not isinstance(
                response, FileResponse
            ):
                parts = cast(Iterator[bytes], iter(response))
                response.streaming_content = contexts.kept(parts, contexts.present())
            return response
        finally:
            contexts.end(token)


def _user(request: HttpRequest) -> User | AnonymousUser:
    """As Django finds it, with the row that was read with the session."""
    known = signed_in(request.session)
    with contextlib.nullcontext() if known is None else read_already(known.user):
        return get_user(request)


class Authentication(AuthenticationMiddleware):
    """Django's own, which need not ask again for the person the session was read with."""

    def process_request(self, request: HttpRequest) -> None:
        """Who is signed in, found when it is asked."""
        super().process_request(request)
        request.user = cast(User, SimpleLazyObject(lambda: _user(request)))


def _person(request: HttpRequest, user: User, request_id: str) -> Actor:
    """Whose request it is; the session of somebody whose access has ended by its day ends here."""
    known = signed_in(request.session)
    held = known.held if known is not None and known.user.pk == user.pk else None
    actor = actor_of(user, request_id=request_id, held=held)
    if actor.grants or access_ended_on(user.pk) is None:
        return actor
    logout(request)
    cast(ActingRequest, request).session_expired = True
    return ANONYMOUS


class PermissionsPolicy:
    """Lets the pages of this installation ask for the camera, which reads codes; nothing else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=(), usb=()"
        return response


class RequestContext:
    """Gives the request its id, actor and language, and keeps patient pages out of caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        acting = cast(ActingRequest, request)
        _no_nul(request)
        acting.request_id = uuid4().hex[:12]
        acting.actor = ANONYMOUS
        started = time.perf_counter()
        user = request.user
        if isinstance(user, User):
            acting.actor = _person(request, user, acting.request_id)
            contexts.become(acting.actor)
            if user.language:
                translation.activate(user.language)
                request.LANGUAGE_CODE = user.language
        with request_answers.during_request():
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response["X-Request-ID"] = acting.request_id
        match = request.resolver_match
        line = {
            "request_id": acting.request_id,
            "method": request.method,
            "route": match.route if match else "",
            "status": response.status_code,
        }
        seconds = round(time.perf_counter() - started, 4)
        logger.info("request", extra={**line, "seconds": seconds})
        note_refusal(acting, response.status_code, line)
        return response


def login_needed(response: HttpResponse) -> HttpResponse:
    """Tell the script of the page to open the sign-in over it: what was typed stays there."""
    response.status_code = 401
    response["HX-Trigger"] = "everwatch:login-needed"
    return response


def _page_of_form(request: HttpRequest) -> str:
    """The page a form was sent from: its own address cannot be opened after signing in."""
    page = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return urlsplit(page)._replace(scheme="", netloc="").geturl() if ours and page else "/"


_ALWAYS = frozenset({"password-change", "logout", "session", "session-left"})
_ENROLMENT = frozenset({"second-factors", "second-factor-app", "second-factor-passkey"})


def _first(request: HttpRequest, view: Any) -> HttpResponseBase | None:
    """Lead to what comes before everything else: the change of a password that somebody else
    knows, then the second factor the role asks for; nothing opens before it."""
    if getattr(request.user, "must_change_password", False):
        page, open_pages = "password-change", _ALWAYS
        text = gettext("Change your password on the page first.")
    elif request.session.get("must_enrol", False):
        page, open_pages = "second-factors", _ALWAYS | _ENROLMENT
        text = gettext("Add a second factor on the page first.")
    else:
        return None
    api = request.path.startswith("/api/")
    name = request.resolver_match.url_name if request.resolver_match else None
    if not api and (name in open_pages or not getattr(view, "login_required", True)):
        return None
    if api:
        return JsonResponse({"detail": text}, status=403)
    answer = redirect(page)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer


class SignInRequired(LoginRequiredMiddleware):
    """A page leads to the sign-in; a part of a page must not be replaced by it."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer 401 to htmx, with or without a session before; else redirect."""
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is None:
            return _first(request, view_func)
        if request.headers.get("HX-Request"):
            return login_needed(HttpResponse())
        if request.method not in ("GET", "HEAD"):
            answer = redirect_to_login(
                _page_of_form(request), resolve_url(self.get_login_url(view_func))
            )
        if getattr(request, "session_expired", False):
            answer["Location"] += "&ended=1"  # the sign-in page says why it is there
        return answer


class SessionRules:
    """Ends a session after idle time or its absolute age.

    Use and typing (through the ping) keep it alive; what a page asks automatically does not.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(clock.now().timestamp())
            started = request.session.setdefault("started", now)
            seen = request.session.get("seen", started)
            if (
                now - seen > settings.SESSION_IDLE_SECONDS
                or now - started > settings.SESSION_ABSOLUTE_SECONDS
            ):
                logout(request)
                cast(ActingRequest, request).session_expired = True
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        """Note the activity, once a minute is enough."""
        if not request.user.is_authenticated or is_unattended(view):
            return
        now = int(clock.now().timestamp())
        if now - request.session.get("seen", 0) >= 60:
            request.session["seen"] = now
