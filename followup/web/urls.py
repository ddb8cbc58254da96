"""Addresses of the hospital's pages; each module lists its own."""

from django.urls import URLPattern

from followup.web import (
    calendar,
    dates,
    drafts,
    events,
    health,
    jobs,
    notices,
    patients,
    products,
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
    *products.urlpatterns,
    *events.urlpatterns,
    *trail.urlpatterns,
    *jobs.urlpatterns,
    *notices.urlpatterns,
    *calendar.urlpatterns,
    *health.urlpatterns,
]
