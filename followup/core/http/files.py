"""Files a page answers with; nothing of them is cached, as of every answer (`middleware`)."""

from django.http import HttpResponse


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF that the browser shows; `name` is the file's, with its ending."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
