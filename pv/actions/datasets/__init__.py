"""Tabulation data sets as a job: gathered subject by subject, written, read back, packed."""

from pv.actions.datasets.making import KIND, make, request, sealed_now
from pv.actions.datasets.packing import FORMATS

__all__ = ["FORMATS", "KIND", "make", "request", "sealed_now"]
