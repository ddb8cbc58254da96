"""The job centre: own long work with honest counts, cancel, start again, and the files."""

from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core import jobs
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.files import job_response
from followup.core.http.numbers import page_index
from followup.core.http.requests import ActingRequest, posted_from, unattended

PAGE = 30
STOP_POLLING = 286  # htmx: swap this answer in and ask no more


@dataclass(frozen=True, slots=True)
class Line:
    """One job as `parts/job.html` wants it."""

    job: Any
    progress: Any
    active: bool
    poll: str
    seconds_left: int | None
    buttons: SafeString


def line(request: HttpRequest, job: Any) -> Line:
    """A job with its buttons, drawn again while it goes on."""
    active = job.state in ("queued", "running")
    context = {
        "job": job,
        "active": active,
        "stopping": active and job.cancel_requested_at is not None,
        "link": f"{settings.PUBLIC_URL}{reverse('job-file', args=[job.id])}",
        "kept_days": jobs.FILES_KEPT.days,
        "removed_on": (job.finished_at + jobs.FILES_KEPT) if job.finished_at else None,
    }
    buttons = render_to_string("followup/jobs/buttons.html", context, request)
    poll = reverse("job-status", args=[job.id])
    return Line(job, job.progress, active, poll, jobs.seconds_left(job), buttons)


def line_about(request: HttpRequest, *kinds: str, **parameters: str) -> Line | None:
    """The reader's newest job of these kinds about one thing, for the page of that thing."""
    job = jobs.latest(cast(ActingRequest, request).actor, kinds, parameters)
    return line(request, job) if job else None


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Own jobs, the newest first."""
    actor = cast(ActingRequest, request).actor
    first = min(page_index(request) * PAGE, 10_000)
    found = list(jobs.mine(actor)[first : first + PAGE + 1])
    context = {
        "lines": [line(request, job) for job in found[:PAGE]],
        "next_page": first // PAGE + 2 if len(found) > PAGE else None,
    }
    return render(request, "followup/jobs/list.html", context)


@unattended
@require_GET
def status(request: HttpRequest, pk: str) -> HttpResponse:
    """One job again; the last answer ends the polling."""
    job = jobs.one(cast(ActingRequest, request).actor, pk)
    shown = line(request, job)
    if not cast(ActingRequest, request).htmx:
        return redirect("jobs")
    code = 200 if shown.active else STOP_POLLING
    return render(request, "followup/jobs/line.html", {"line": shown}, status=code)


@posted_from("jobs", alone=True)
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask a job to stop."""
    with button(request):
        jobs.cancel(cast(ActingRequest, request).actor, pk)
        flash.saved(request, _("The job will stop."))
    return redirect("jobs")


@posted_from("jobs", alone=True)
def retry(request: HttpRequest, pk: str) -> HttpResponse:
    """Do the same work again."""
    with button(request):
        jobs.retry(cast(ActingRequest, request).actor, pk)
        flash.saved(request, _("The job has been started again."))
    return redirect("jobs")


@require_GET
def file(request: HttpRequest, pk: str) -> FileResponse:
    """The result, under its own name, with its hash beside it."""
    return job_response(*jobs.file_of(cast(ActingRequest, request).actor, pk))


urlpatterns = [
    path("jobs/", listing, name="jobs"),
    path("jobs/<uuid:pk>/status/", status, name="job-status"),
    path("jobs/<uuid:pk>/cancel/", cancel, name="job-cancel"),
    path("jobs/<uuid:pk>/retry/", retry, name="job-retry"),
    path("jobs/<uuid:pk>/file/", file, name="job-file"),
]
