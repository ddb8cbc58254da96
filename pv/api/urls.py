"""Addresses of the API; each module lists its own."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from followup.api import (
    appointments,
    call_backs,
    consents,
    events,
    exports,
    files,
    follow_up_status,
    identity,
    infusions,
    laboratory,
    laboratory_messages,
    patients,
    questionnaires,
    reference,
    registrations,
    visit_locks,
    visits,
)
from pv.api import (
    case_links,
    cases,
    casework,
    channels,
    commitments,
    datasets,
    duplicates,
    follow_up_requests,
    parent_child,
    plans,
    receptions,
    sendings,
    transmissions,
)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    # The page and its script apart: the Content-Security-Policy runs no script inside a page.
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api/docs.html"),
        name="api-docs",
    ),
    *reference.urlpatterns,
    *registrations.urlpatterns,  # before the patients, whose addresses it lies among
    *patients.urlpatterns,
    *exports.urlpatterns,
    *files.urlpatterns,
    *identity.urlpatterns,
    *follow_up_status.urlpatterns,
    *infusions.urlpatterns,
    *visits.urlpatterns,
    *visit_locks.urlpatterns,
    *appointments.urlpatterns,
    *call_backs.urlpatterns,
    *consents.urlpatterns,
    *questionnaires.urlpatterns,
    *events.urlpatterns,
    *laboratory.urlpatterns,
    *laboratory_messages.urlpatterns,
    *cases.urlpatterns,
    *casework.urlpatterns,
    *plans.urlpatterns,
    *duplicates.urlpatterns,
    *case_links.urlpatterns,
    *parent_child.urlpatterns,
    *follow_up_requests.urlpatterns,
    *receptions.urlpatterns,
    *sendings.urlpatterns,
    *transmissions.urlpatterns,
    *channels.urlpatterns,
    *commitments.urlpatterns,
    *datasets.urlpatterns,
]
