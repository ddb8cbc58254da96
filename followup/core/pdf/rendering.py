"""From a template of ours and its values to the bytes of a PDF."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import get_template
from django.utils import translation

from followup.core.pdf import fonts
from followup.core.pdf.client import DEFAULT, Limits, worker_client


def render(
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    limits: Limits = DEFAULT,
) -> bytes:
    """The PDF of `templates/documents/<template>.html`, with its words in `language`.

    Values of `context` are escaped by the template; a user's text is never a template. The style
    sheets are `document.css` and, where it exists, `<template>.css` of the same folder. The
    template finds `language` in its context. A character no font has is printed as its code
    point. Raises DocumentFailed (a limit was reached).
    """
    page = get_template(f"documents/{template}.html")
    with translation.override(language):
        html = page.render({**context, "language": language})
    return pdf_of(html, styles=("document", template), limits=limits)


def pdf_of(html: str, *, styles: tuple[str, ...] = (), limits: Limits = DEFAULT) -> bytes:
    """The PDF of a page we wrote ourselves; `styles` are names of .css files of our folder."""
    html = fonts.visible_page(html)
    folder = Path(settings.BASE_DIR) / "templates" / "documents"
    return worker_client(folder).print(html, styles, limits)
