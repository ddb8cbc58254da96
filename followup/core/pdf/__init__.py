"""Printed documents: our templates become PDF in a process of their own, under limits."""

from followup.core.pdf.client import DEFAULT, DocumentFailed, Limits
from followup.core.pdf.layout import blocks
from followup.core.pdf.pictures import Picture
from followup.core.pdf.rendering import pdf_of, render
from followup.core.pdf.report import Column, Report

__all__ = [
    "DEFAULT",
    "Column",
    "DocumentFailed",
    "Limits",
    "Picture",
    "Report",
    "blocks",
    "pdf_of",
    "render",
]
