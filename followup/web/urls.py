"""Addresses of the hospital's pages; each module lists its own."""

from django.urls import URLPattern

from followup.web import (
    dates,
    drafts,
    events,
    patients,
    registration,
    search,
    shell,
    signin,
    trail,
    visits,
    worklist,
)

urlpatterns: list[URLPattern] = [
    *shell.urlpatterns,
    *signin.urlpatterns,
    *search.urlpatterns,
    *dates.urlpatterns,
    *drafts.urlpatterns,
    *worklist.urlpatterns,
    *visits.urlpatterns,
    *registration.urlpatterns,
    *patients.urlpatterns,
    *events.urlpatterns,
    *trail.urlpatterns,
]
