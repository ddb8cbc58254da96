"""The end of a practice patient, from its page."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from followup.actions import practice
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.queries import patients


@require_POST
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put the practice patient out of every list."""
    actor = cast(ActingRequest, request).actor
    row = practice.end(actor, patients.one(actor, pk))
    flash.saved(request, _("The practice patient %(code)s is ended.") % {"code": row.study_code})
    return redirect("patients")


urlpatterns = [path("patients/<uuid:pk>/practice/end/", end, name="practice-end")]
