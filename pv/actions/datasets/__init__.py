"""Tabulation data sets as a job: gathered subject by subject, written, read back, packed."""

from pv.actions.datasets.making import KIND, make, request, sealed_now

__all__ = ["KIND", "make", "request", "sealed_now"]
