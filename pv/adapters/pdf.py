"""The CIOMS I form as a printed file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from followup.core import pdf
from pv.domain.cioms import CiomsForm

FORM = pdf.Limits(cpu=15, seconds=45, megabytes=500)


@dataclass(frozen=True, slots=True)
class Document:
    """A printed file with its name and hash."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash in the log and beside the download."""
        return hashlib.sha256(self.content).hexdigest()


def _blocks(text: str) -> list[str]:
    """Text of a continuation page, set to the width and size the style sheet gives it."""
    return pdf.blocks(text, millimetres=190, points=8.5)


def cioms(
    form: CiomsForm,
    *,
    language: str,
    product: str,
    printed_at: datetime,
    signed: Sequence[Any] = (),
) -> Document:
    """The CIOMS I form; `language` is `zh-hans` or `en`. DocumentFailed."""
    boxes = {
        f"b{number.replace('+', '_').replace('-', '_')}": b for number, b in form.boxes.items()
    }
    parts = [(part.number, _blocks(part.text)) for part in form.continuations]
    context: dict[str, Any] = {
        "form": form,
        "boxes": boxes,
        "parts": parts,
        "rest": _blocks("\n".join(form.rest)) if form.rest else [],
        "product": product,
        "printed_at": printed_at,
        "signed": signed,
    }
    content = pdf.render("cioms", context, language=language, limits=FORM)
    sheet = form.sheet
    return Document(f"{sheet.number}-v{sheet.version}-CIOMS-{language[:2]}.pdf", content)
