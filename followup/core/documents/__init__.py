"""Printed documents: our templates become PDF in a process of their own, under limits."""

from followup.core.documents.fonts import Unprintable
from followup.core.documents.press import DEFAULT, DocumentFailed, Limits
from followup.core.documents.rendering import pdf_of, render

__all__ = ["DEFAULT", "DocumentFailed", "Limits", "Unprintable", "pdf_of", "render"]
