"""Printed documents: our templates become PDF in a process of their own, under limits."""

from followup.core.documents.press import DEFAULT, DocumentFailed, Limits
from followup.core.documents.rendering import pdf_of, render
from followup.core.documents.tables import Column, Report
from followup.core.documents.typesetting import blocks

__all__ = [
    "DEFAULT",
    "Column",
    "DocumentFailed",
    "Limits",
    "Report",
    "blocks",
    "pdf_of",
    "render",
]
