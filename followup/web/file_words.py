"""What documents are called, and a size people can read."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import pgettext_lazy

from followup.domain.files import DocumentKind

KINDS = {
    DocumentKind.PATHOLOGY: pgettext_lazy("document", "Pathology report"),
    DocumentKind.DISCHARGE: pgettext_lazy("document", "Discharge letter"),
    DocumentKind.LABORATORY: pgettext_lazy("document", "Laboratory report"),
    DocumentKind.IMAGING: pgettext_lazy("document", "Imaging report"),
    DocumentKind.CONSENT: pgettext_lazy("document", "Signed consent"),
    DocumentKind.LETTER: pgettext_lazy("document", "Letter"),
    DocumentKind.OTHER: pgettext_lazy("document", "Other document"),
}
TYPES = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG"}


def size(count: int) -> str:
    """Bytes as kB or MB."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} kB"
    return f"{number_format(count / 1_000_000, decimal_pos=1)} MB"


def row(file: Any) -> dict[str, Any]:
    """A file, or what of it was released, as a list shows it."""
    return {
        "file": file,
        "title": file.title or str(KINDS[DocumentKind(file.kind)]),
        "kind": KINDS[DocumentKind(file.kind)],
        "type": TYPES[file.media_type],
        "size": size(file.size),
        "released": bool(getattr(file, "released", ())),
    }
