"""The addresses of follow-up."""

from django.urls import include, path

urlpatterns = [
    path("", include("followup.web.urls")),
]
