"""Files a page answers with; nothing of them is cached, as of every answer (`middleware`)."""

from pathlib import Path
from urllib.parse import quote

from django.http import FileResponse, HttpResponse

from followup.core.models import Job

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF that the browser shows; `name` is the file's, with its ending."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def job_response(job: Job, place: Path) -> FileResponse:
    """The file of a job under its own name, with its hash beside it."""
    response = FileResponse(place.open("rb"), content_type="application/octet-stream")
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in job.file_name)
    response["Content-Disposition"] = (
        f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(job.file_name)}"
    )
    response["X-SHA256"] = job.file_sha256
    return response


def workbook_response(content: bytes, name: str) -> HttpResponse:
    """A spreadsheet to be kept as a file; `name` with its ending."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
