"""The CIOMS I form and the Chinese report form of a case, printed in Chinese or English."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from followup.core.http.files import pdf_response
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from pv.adapters.pdf import Document
from pv.queries import adverse_reaction_reports, cioms

LANGUAGES = ("zh-hans", "en")


@require_GET
def form(request: HttpRequest, pk: str) -> HttpResponse:
    """The CIOMS I form of the case's current version or of `?version=`, in `?language=`."""
    return _file(request, pk, cioms.printed)


@require_GET
def report_form(request: HttpRequest, pk: str) -> HttpResponse:
    """The Chinese report form, of the same parameters."""
    return _file(request, pk, adverse_reaction_reports.printed)


def _file(request: HttpRequest, pk: str, printed: Callable[..., Document]) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    wanted = request.GET.get("language") or get_language() or ""
    language = wanted if wanted in LANGUAGES else LANGUAGES[0]
    version = whole_number(request.GET.get("version", ""), most=99_999)
    document = printed(actor, pk, language=language, version=version)
    response = pdf_response(document.content, document.name)
    response["X-SHA256"] = document.sha256
    return response


urlpatterns = [
    path("cases/<uuid:pk>/cioms.pdf", form, name="case-cioms"),
    path("cases/<uuid:pk>/report-form.pdf", report_form, name="case-report-form"),
]
