"""Backups and restores: the last drills with what they measured, restores and upgrades."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.queries import recovery

PAGE = 20


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Drills with figures, and what was restored or upgraded in this database."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.OPERATION_READ)
    rows, kinds = recovery.events(actor), recovery.kinds()
    context = {
        "drills": rows.filter(kind="drill")[:PAGE],
        "others": [(row, kinds[row.kind]) for row in rows.exclude(kind="drill")[:PAGE]],
    }
    return render(request, "followup/recovery/recovery.html", context)


urlpatterns = [path("recovery/", page, name="recovery")]
