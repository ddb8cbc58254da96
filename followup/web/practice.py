"""The end of a practice patient, from its page."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from followup.actions import practice
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.queries import patients


@posted_from("patient")
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put the practice patient out of every list."""
    actor = cast(ActingRequest, request).actor
    row = patients.one(actor, pk)
    with button(request):
        practice.end(actor, row)
        text = _("The practice patient %(code)s is ended.") % {"code": row.study_code}
        flash.saved(request, text)
        return redirect("patients")
    return redirect("patient", pk=row.id)


urlpatterns = [path("patients/<uuid:pk>/practice/end/", end, name="practice-end")]
