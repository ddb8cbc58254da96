"""Pages of signals."""

from django.urls import URLPattern

from pv.web.signals import board, observed, register, screening, tables

urlpatterns: list[URLPattern] = [
    *board.urlpatterns,
    *observed.urlpatterns,
    *screening.urlpatterns,
    *register.urlpatterns,
    *tables.urlpatterns,
]
