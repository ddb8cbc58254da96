"""The optimistic lock as the pages carry it."""

from django.http import HttpRequest


def posted_lock(request: HttpRequest) -> int:
    """The version of the commitment the page showed; 0, which never fits, when none was sent."""
    sent = request.POST.get("lock_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0
