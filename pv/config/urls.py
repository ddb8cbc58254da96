"""Every address of the product."""

from django.urls import include, path

urlpatterns = [
    path("", include("followup.web.urls")),
    path("", include("pv.web.urls")),
    path("api/v1/", include("pv.api.urls")),
]
handler400 = "followup.core.http.errors.bad_request"
handler404 = "followup.core.http.errors.not_found"
handler500 = "followup.core.http.errors.server_error"
