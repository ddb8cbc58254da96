"""The registers of the holder as files."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET

from followup.core.http.files import CSV, workbook_response
from followup.core.http.requests import ActingRequest
from pv.queries import register_files


@require_GET
def export(request: HttpRequest, register: str, ending: str) -> HttpResponse:
    """One register as a spreadsheet or as comma-separated text."""
    actor = cast(ActingRequest, request).actor
    content, name = register_files.file(actor, register, ending)
    if ending == "xlsx":
        return workbook_response(content, name)
    response = HttpResponse(content, content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


urlpatterns = [
    path("registers/<slug:register>/<slug:ending>/", export, name="register-file"),
]
