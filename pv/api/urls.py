"""Addresses of the API; each module lists its own."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from followup.api import events, patients, reference, standing, visits
from pv.api import cases, commitments

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    *reference.urlpatterns,
    *patients.urlpatterns,
    *standing.urlpatterns,
    *visits.urlpatterns,
    *events.urlpatterns,
    *cases.urlpatterns,
    *commitments.urlpatterns,
]
