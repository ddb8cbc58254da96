"""The CIOMS I form and the Chinese report form as printed files."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from followup.core import pdf
from pv.domain.adverse_reaction_reports import AdverseReactionReport
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


_CELLS = 186.0  # mm between the margins the style sheet gives the page
_CELL_PADDING = 3.0  # mm, with the lines on both sides


def adverse_reaction_report(
    form: AdverseReactionReport, *, language: str, printed_at: datetime, signed: Sequence[Any] = ()
) -> Document:
    """The Chinese report form, each cell as long as its text. DocumentFailed."""
    sections = [
        (
            part.title,
            [[(cell.label, _set(cell.text, len(row))) for cell in row] for row in part.rows],
        )
        for part in form.sections
    ]
    context: dict[str, Any] = {
        "form": form,
        "sections": sections,
        "rest": _blocks("\n".join(form.rest)) if form.rest else [],
        "printed_at": printed_at,
        "signed": signed,
    }
    content = pdf.render("adverse_reaction_report", context, language=language, limits=FORM)
    sheet = form.sheet
    return Document(f"{sheet.number}-v{sheet.version}-ADR-{language[:2]}.pdf", content)


def _set(text: str, cells: int) -> list[str]:
    """The text of one of so many equally wide cells of a row."""
    width = _CELLS / cells - _CELL_PADDING
    return pdf.blocks(text, millimetres=width, points=8) if text else []
