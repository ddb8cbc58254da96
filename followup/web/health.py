"""What a load balancer asks: it learns whether to send people here, and nothing else."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from followup.queries import scheduler


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """`ok`, or 503 when the database does not answer."""
    try:
        scheduler.skew()
    except Error:
        return HttpResponse("unavailable", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [path("health", health, name="health")]
