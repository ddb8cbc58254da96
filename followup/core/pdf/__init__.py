"""Printed documents: our templates become PDF in a process of their own, under limits."""

from followup.core.pdf.client import DEFAULT, DocumentFailed, Limits
from followup.core.pdf.layout import blocks
from followup.core.pdf.pictures import Picture
from followup.core.pdf.rendering import pdf_of, render
from followup.core.pdf.report import Column, Report
from followup.core.pdf.signing import is_possible as can_be_signed
from followup.core.pdf.signing import signed

__all__ = [
    "DEFAULT",
    "Column",
    "DocumentFailed",
    "Limits",
    "Picture",
    "Report",
    "blocks",
    "can_be_signed",
    "pdf_of",
    "render",
    "signed",
]
