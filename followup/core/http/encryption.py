"""What machines call is refused over plain HTTP instead of being led to TLS.

A redirect would hide that the first request, with its token and its patient, went out readable
(OWASP ASVS 5.0, 4.1.2). Pages are redirected by Django's SecurityMiddleware: people type names.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

MACHINES = ("/api/", "/as2/", "/metrics")


class EncryptedMachines:
    """Middleware: 403 for an address of machines that was asked without TLS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        plain = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if plain and request.path.startswith(MACHINES):
            text = "Use https. What was sent was readable on its way: change the token."
            return JsonResponse({"detail": text}, status=403)
        return self.get_response(request)
