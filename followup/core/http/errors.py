"""The one place where a problem becomes HTTP, for pages and for the API."""

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from followup.core.confirmations import Unconfirmed
from followup.core.http import flash, refusals
from followup.core.problems import Conflict, Denied, NotFound, Problem, Refused, Unavailable

logger = logging.getLogger("everwatch.errors")


RETRY_SECONDS = "10"
_STATUS = {Denied: 403, NotFound: 404, Refused: 422, Conflict: 409, Unavailable: 503}
_TOO_MUCH = RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent
_TEXT = {
    400: gettext_lazy("What was sent could not be read."),
    403: gettext_lazy("You may not do this."),
    404: gettext_lazy("Not found, or you may not see it."),
    405: gettext_lazy("This address only takes what a form sends."),
    409: gettext_lazy("Somebody else changed this record meanwhile."),
    422: gettext_lazy("Not saved: something needs your attention."),
    503: gettext_lazy("The service is busy or restarting. Nothing was saved. Please try again."),
}


def _as_problem(error: BaseException | None) -> Problem | None:
    if isinstance(error, Problem):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return Denied("")
    if isinstance(error, OperationalError | InterfaceError):
        return Unavailable()
    if isinstance(error, DataError):
        # The last net: a value no column holds (NUL, too long, too large) that no form refused.
        logger.error("value refused by the database", exc_info=error)
        return Refused(_("A value cannot be stored: look for unusual characters or huge numbers."))
    return None


def _body(problem: Problem, code: int) -> dict[str, Any]:
    body: dict[str, Any] = {"detail": str(_TEXT[code])}
    if isinstance(problem, Denied) and problem.reason:
        body["detail"] = str(problem.reason)
    if isinstance(problem, Refused):
        body["fields"] = {k: [str(m) for m in v] for k, v in problem.fields.items()}
        if problem.code:
            body["code"] = problem.code
    if isinstance(problem, Unconfirmed):
        body["questions"] = [
            {"confirm": q.key, "field": q.field, "text": q.text} for q in problem.questions
        ]
    if isinstance(problem, Conflict):
        body |= _both_sides(problem)
    return body


def _both_sides(conflict: Conflict) -> dict[str, Any]:
    """Each differing field with the caller's value and the present one, and what was opened."""
    body: dict[str, Any] = {
        "differences": {k: [_plain(a), _plain(b)] for k, (a, b) in conflict.differences.items()}
    }
    if conflict.opened is not None:
        names = [name for name in conflict.differences if hasattr(conflict.opened, name)]
        body["opened"] = {name: _plain(getattr(conflict.opened, name)) for name in names}
    if conflict.version is not None:
        body["version"] = conflict.version
    if conflict.saved_at is not None:
        body |= {"saved_by": conflict.saved_by, "saved_at": conflict.saved_at.isoformat()}
    return body


def _plain(value: Any) -> Any:
    """A value as JSON has it; what JSON does not know is its text, and nothing stays null."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def status_of(problem: Problem) -> int:
    """The HTTP status of a problem."""
    return next(code for kind, code in _STATUS.items() if isinstance(problem, kind))


class ErrorPages:
    """Middleware: turns a problem raised by a page into its page, and keeps the rest a 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """A form's address that was opened like a page gets a page too, not an empty window."""
        response = self.get_response(request)
        opened = request.method == "GET" and not request.path.startswith("/api/")
        if response.status_code == 405 and opened:
            return page(request, 405, str(_TEXT[405]))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a known problem; let Django treat anything else."""
        problem = _as_problem(error)
        if problem is None:
            return _too_much(request, error) if isinstance(error, _TOO_MUCH) else None
        code = status_of(problem)
        refusals.give_reason(request, problem)
        if code == 503:
            logger.warning("unavailable", extra={"error": type(error).__name__})
        if request.path.startswith("/api/"):
            headers = {"Retry-After": RETRY_SECONDS} if code == 503 else None
            return JsonResponse(_body(problem, code), status=code, headers=headers)
        return _led_back(request, problem) or page(request, code, str(_TEXT[code]), problem=problem)


def _limit(error: Exception) -> str:
    """How much may be sent at once, in words."""
    if isinstance(error, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        return _("At most %(number)s files at once. Nothing was saved.") % {"number": most}
    if isinstance(error, TooManyFieldsSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return _("At most %(number)s fields at once. Nothing was saved.") % {"number": most}
    size = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1024 / 1024:g}"
    return _("At most %(size)s MB at once, apart from files. Nothing was saved.") % {"size": size}


def _too_much_body(error: Exception) -> dict[str, str]:
    """What the API answers to too much at once."""
    return {"detail": f"{_('Too much was sent at once.')} {_limit(error)}"}


def _too_much(request: HttpRequest, error: Exception) -> HttpResponse:
    """413 with the limit: a page, or the body of the API."""
    if request.path.startswith("/api/"):
        return JsonResponse(_too_much_body(error), status=413)
    return page(request, 413, _("Too much was sent at once."), limit=_limit(error))


def _led_back(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    """A button whose action refuses leads back to the page it is on, with the reason above.

    For every form that does not show its refusal itself; none where the page is not known.
    """
    if request.method != "POST" or not isinstance(problem, Refused | Conflict):
        return None
    came_from = request.headers.get("Referer", "")
    host = {request.get_host()}
    if not url_has_allowed_host_and_scheme(came_from, host, require_https=request.is_secure()):
        return None
    parts = urlsplit(came_from)
    if request.headers.get("HX-Request") or parts.path == request.path:
        return None  # the URL of a form that was refused before may take posts only
    reasons = problem.sentences if isinstance(problem, Refused) else ""
    flash.warn(request, reasons or str(_TEXT[status_of(problem)]))
    return redirect(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def page(
    request: HttpRequest, code: int, text: str, *, problem: Problem | None = None, limit: str = ""
) -> HttpResponse:
    """One plain page for every error that reaches a person."""
    reference = getattr(request, "request_id", "")
    if code >= 500:
        return _bare(code, text, reference)
    context = {
        "code": code,
        "text": text,
        "limit": limit,
        "problem": problem,
        "reference": reference,
    }
    return render(request, "errors/problem.html", context, status=code)


def _bare(code: int, text: str, reference: str) -> HttpResponse:
    """The same page without anything that asks the database who is signed in: it may be away."""
    context = {"code": code, "text": text, "reference": reference}
    response = HttpResponse(render_to_string("errors/problem.html", context), status=code)
    if code == 503:
        response["Retry-After"] = RETRY_SECONDS
    return response


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF hook: the same problems, the same bodies."""
    problem = _as_problem(error)
    if problem is None:
        if isinstance(error, _TOO_MUCH):
            return Response(_too_much_body(error), status=status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
        return exception_handler(error, context)
    code = status_of(problem)
    if "request" in context:
        refusals.give_reason(context["request"]._request, problem)
    headers = (
        {"Retry-After": RETRY_SECONDS} if code == status.HTTP_503_SERVICE_UNAVAILABLE else None
    )
    return Response(_body(problem, code), status=code, headers=headers)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from a stale session: says so and keeps the URL."""
    refusals.give_reason(request, refusals.FOREIGN_FORM)
    return page(request, 403, _("This form came from an older session. Reload and try again."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What no view got to see: too much at once (413), or a body that is no form (400)."""
    if isinstance(exception, _TOO_MUCH):
        return _too_much(request, exception)
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": str(_TEXT[400])}, status=400)
    return _bare(400, str(_TEXT[400]), getattr(request, "request_id", ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Unknown URL, signed in or not; a URL of the API is answered as the API answers."""
    if request.path.startswith("/api/"):
        return JsonResponse(_body(NotFound(), 404), status=404)
    return page(request, 404, str(_TEXT[404]))


def server_error(request: HttpRequest) -> HttpResponse:
    """Whatever no page answered: 503 when the database is away, else a defect, never a trace.

    Django calls it while it handles the error, also for one of a middleware, which
    `process_exception` never sees.
    """
    reference = getattr(request, "request_id", "")
    problem = _as_problem(sys.exc_info()[1])
    if isinstance(problem, Unavailable):
        logger.warning("unavailable", extra={"error": type(sys.exc_info()[1]).__name__})
        if request.path.startswith("/api/"):
            headers = {"Retry-After": RETRY_SECONDS}
            return JsonResponse(_body(problem, 503), status=503, headers=headers)
        return _bare(503, str(_TEXT[503]), reference)
    text = _("Something went wrong on our side. Please pass on the number below.")
    return _bare(500, text, reference)
