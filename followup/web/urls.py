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
    samples,
    search,
    shell,
    signin,
    standing,
    tokens,
    trail,
    users,
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
    *standing.urlpatterns,
    *products.urlpatterns,
    *events.urlpatterns,
    *samples.urlpatterns,
    *trail.urlpatterns,
    *jobs.urlpatterns,
    *notices.urlpatterns,
    *calendar.urlpatterns,
    *health.urlpatterns,
    *users.urlpatterns,
    *tokens.urlpatterns,
]
