"""Files a page answers with; nothing of them is cached, as of every answer (`middleware`)."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from followup.core.models import Job
from followup.core.spreadsheets import csv_export

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV = "text/csv; charset=utf-8"
BYTES = "application/octet-stream"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF that the browser shows; `name` is the file's, with its ending."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


# Nothing of a file somebody sent runs, loads or frames. A sandbox would also stop the browser's own
# viewer of PDFs, so that a picture alone has one.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _disposition(kind: str, name: str) -> str:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"


def document_response(content: bytes, media_type: str, name: str) -> HttpResponse:
    """A document somebody sent, shown as what it was found to be and as nothing else."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = _disposition("inline", name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    sandbox = "" if media_type == "application/pdf" else "; sandbox"
    response["Content-Security-Policy"] = NOTHING + sandbox
    return response


def job_response(job: Job, place: Path) -> FileResponse:
    """The file of a job under its own name, with its hash beside it."""
    response = FileResponse(place.open("rb"), content_type=BYTES)
    response["Content-Disposition"] = _disposition("attachment", job.file_name)
    response["X-SHA256"] = job.file_sha256
    return response


def download_response(content: bytes, name: str, media_type: str = BYTES) -> HttpResponse:
    """Bytes to be kept as a file; `name` with its ending."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def csv_response(rows: Iterable[Sequence[Any]], name: str) -> HttpResponse:
    """Rows as a file that a spreadsheet opens as text; `name` with its ending."""
    return download_response("".join(csv_export.lines(rows)).encode(), name, CSV)


def csv_stream(rows: Iterable[Sequence[Any]], name: str) -> StreamingHttpResponse:
    """As `csv_response`, each row sent as it is read."""
    response = StreamingHttpResponse(csv_export.lines(rows), content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def workbook_response(content: bytes, name: str) -> HttpResponse:
    """A spreadsheet to be kept as a file; `name` with its ending."""
    return download_response(content, name, XLSX)


def word_response(content: bytes, name: str) -> HttpResponse:
    """A Word document to be kept as a file; `name` with its ending."""
    return download_response(content, name, DOCX)
