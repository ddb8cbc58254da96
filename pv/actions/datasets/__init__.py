"""Tabulation data sets as a job: gathered subject by subject, written, read back, packed."""

from pv.actions.datasets.making import KIND, make, request, sealed_now
from pv.actions.datasets.packing import FORMATS
from pv.queries.datasets.choices import REGISTRY_FORMATS

__all__ = ["FORMATS", "KIND", "REGISTRY_FORMATS", "make", "request", "sealed_now"]
