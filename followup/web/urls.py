"""Addresses of the hospital's pages; each module lists its own."""

from django.urls import URLPattern

from followup.web import dates, drafts, search, shell, signin

urlpatterns: list[URLPattern] = [
    *shell.urlpatterns,
    *signin.urlpatterns,
    *search.urlpatterns,
    *dates.urlpatterns,
    *drafts.urlpatterns,
]
