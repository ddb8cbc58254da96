"""Addresses of the safety and holder pages; each module lists its own."""

from django.urls import URLPattern

from pv.web import (
    cases,
    cioms,
    commitments,
    dictionary,
    icsr,
    receptions,
    references,
    reports,
    sections,
    sendings,
    versions,
    workups,
)

urlpatterns: list[URLPattern] = [
    *cases.urlpatterns,
    *sections.urlpatterns,
    *versions.urlpatterns,
    *icsr.urlpatterns,
    *receptions.urlpatterns,
    *sendings.urlpatterns,
    *cioms.urlpatterns,
    *reports.urlpatterns,
    *commitments.urlpatterns,
    *workups.urlpatterns,
    *dictionary.urlpatterns,
    *references.urlpatterns,
]
