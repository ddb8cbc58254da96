"""Addresses of the safety and holder pages; each module lists its own."""

from django.urls import URLPattern

from pv.web import (
    acknowledgements,
    cases,
    centres,
    channels,
    cioms,
    coding,
    cohorts,
    commitments,
    duties,
    e2b_elements,
    icsr,
    receptions,
    references,
    reports,
    sections,
    sendings,
    signals,
    transmissions,
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
    *transmissions.urlpatterns,
    *acknowledgements.urlpatterns,
    *channels.urlpatterns,
    *cioms.urlpatterns,
    *coding.urlpatterns,
    *reports.urlpatterns,
    *commitments.urlpatterns,
    *cohorts.urlpatterns,
    *centres.urlpatterns,
    *signals.urlpatterns,
    *duties.urlpatterns,
    *workups.urlpatterns,
    *e2b_elements.urlpatterns,
    *references.urlpatterns,
]
