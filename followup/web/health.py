"""What machines ask: a load balancer whether to send people here, Prometheus for the figures."""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from followup.core.actor import Actor
from followup.core.metrics import CONTENT_TYPE, Gauge, exposition
from followup.core.problems import NotFound
from followup.queries import metrics, readiness, scheduler

PLAIN = "text/plain"


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """`ok`, or 503 when the database does not answer."""
    try:
        scheduler.skew()
    except Error:
        return HttpResponse("unavailable", status=503, content_type=PLAIN)
    return HttpResponse("ok", content_type=PLAIN)


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """`ok` while this process answers; a database that is away is no reason to restart it."""
    return HttpResponse("ok", content_type=PLAIN)


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """`ready`, or 503 and the part that is not there: database, schema, reference data."""
    part = readiness.missing()
    if part:
        return HttpResponse(f"not ready: {part}", status=503, content_type=PLAIN)
    return HttpResponse("ready", content_type=PLAIN)


@login_not_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for whoever has the token; without one set up, there is no page.

    A database that does not answer is a figure too: 200, so that the scrape itself is no fault.
    """
    token: str = settings.METRICS_TOKEN
    offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(offered.encode(), token.encode()):
        raise NotFound()
    rows, answers = list[Gauge](), 1
    try:
        scheduler.skew()
        rows = metrics.gauges(Actor.process("metrics"))
    except Error:
        answers = 0
    rows.append(Gauge.of("database_up", "1 if the database answers", answers))
    return HttpResponse(exposition(rows), content_type=CONTENT_TYPE)


urlpatterns = [
    path("health", health, name="health"),
    path("healthz", alive, name="alive"),
    path("readyz", ready, name="ready"),
    path("metrics", figures, name="metrics"),
]
