"""Dry runs of the report clocks, and reckoning them again after the rules were replaced."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from pv.actions import clock_sources, default_rule_changes
from pv.queries import clock_changes, seriousness_rules

STARTED = "trial"


def trial(request: HttpRequest, name: str, row: Any) -> HttpResponse:
    """Start the dry run of an entry that waits for its second person."""
    with button(request):
        clock_sources.request_trial(cast(ActingRequest, request).actor, name, row)
        flash.saved(
            request, _("Dry run started. The clocks that change come as a file of the job.")
        )
        return redirect("jobs")
    return redirect(request.path)


@posted_from("clock-rules", alone=True)
def start(request: HttpRequest) -> HttpResponse:
    """Start the dry run of one's own open cases, or reckon them again."""
    text = _("Dry run started. The clocks that change come as a file of the job.")
    return _started(request, clock_sources.request, "recalculate", text)


@posted_from("clock-rules", alone=True)
def default_rules(request: HttpRequest) -> HttpResponse:
    """Start the dry run of the default rules of seriousness, or let the cases follow them."""
    text = _("Dry run started. The cases that change come as a file of the job.")
    return _started(request, default_rule_changes.request, "assess", text)


def _started(
    request: HttpRequest, ask: Callable[..., Any], confirmed: str, trial: str
) -> HttpResponse:
    """Ask for the job itself where the press says so, else for its dry run."""
    only_trial = request.POST.get("then") != confirmed
    with button(request):
        ask(cast(ActingRequest, request).actor, trial=only_trial)
        flash.saved(request, trial if only_trial else _("Started. You can leave this page."))
        return redirect("jobs")
    return redirect("clock-rules")


@posted_from("clock-rules", alone=True)
def resume(request: HttpRequest, job_id: str) -> HttpResponse:
    """Go on with a job that was broken off."""
    with button(request):
        clock_sources.resume(cast(ActingRequest, request).actor, job_id)
        flash.saved(request, _("Started. You can leave this page."))
        return redirect("jobs")
    return redirect("clock-rules")


def broken_off(actor: Any) -> list[clock_changes.BrokenOff]:
    """Jobs over report clocks that left cases behind, for the pages that say so."""
    return clock_changes.broken_off(actor, clock_sources.KIND)


def context(actor: Any) -> dict[str, Any]:
    """What the page of the rules shows of reckoning again."""
    return {
        "rules_in_use": clock_changes.rules_in_use(),
        "tried": clock_sources.tried(actor),
        "broken_off": broken_off(actor),
        "default_rules": seriousness_rules.event_rules().version,
        "default_rules_tried": default_rule_changes.tried(actor),
    }


urlpatterns = [
    path("reference/clocks/recalculation/", start, name="clock-recalculation"),
    path("reference/default-rules/assessment/", default_rules, name="default-rule-assessment"),
    path("reference/clocks/recalculation/<uuid:job_id>/", resume, name="clock-resume"),
]
