"""Line listings and inspection packs over the API: asked for as a job, looked at, fetched."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.urls import path
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.api.exports import DataExportOut
from followup.core import jobs
from followup.core.http.files import job_response
from followup.core.permissions import Perm
from followup.queries import data_locks, reference
from pv.actions import inspection_packs
from pv.actions import listings as actions
from pv.queries import listings
from pv.queries.listings import ListingChoice

LANGUAGES = ("zh-hans", "en")


class LineListingIn(Strict):
    """Which cases in which columns; without columns the usual ones."""

    product = serializers.UUIDField()
    start = serializers.DateField()
    end = serializers.DateField()
    lock = serializers.UUIDField(default=None, allow_null=True)
    serious = serializers.ChoiceField(
        choices=["yes", "no", "unknown"], default="", allow_blank=True
    )
    words = serializers.CharField(
        max_length=100, default="", allow_blank=True, help_text="In an event, or a MedDRA code"
    )
    smq = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="20000001:narrow, of a loaded SMQ"
    )
    columns = serializers.ListField(
        child=serializers.ChoiceField(choices=list(listings.COLUMNS)), default=list, max_length=40
    )
    group = serializers.ChoiceField(
        choices=[name for name in listings.GROUPS if name], default="", allow_blank=True
    )
    format = serializers.ChoiceField(choices=list(actions.FORMATS))
    language = serializers.ChoiceField(choices=list(LANGUAGES), default=None, allow_null=True)


class InspectionPackIn(Strict):
    """Of which product, as known at which lock, with the compliance of which days."""

    product = serializers.UUIDField()
    lock = serializers.UUIDField()
    start = serializers.DateField()
    end = serializers.DateField()
    language = serializers.ChoiceField(choices=list(LANGUAGES))


def _asked(actor: Any, job: Any) -> Response:
    body: Any = DataExportOut(jobs.one(actor, job.id)).data
    return Response(body, status=status.HTTP_202_ACCEPTED)


class LineListings(APIView):
    """Line listings of cases."""

    @extend_schema(
        operation_id="line_listings_request",
        request=LineListingIn,
        responses={202: DataExportOut},
    )
    def post(self, request: Request) -> Response:
        """Ask for a file; the same request again is the same job."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_WRITE)
        values = given(LineListingIn, request)
        form = values.pop("format")
        values["columns"] = listings.chosen(values["columns"])
        values["language"] = values["language"] or get_language() or "zh-hans"
        return _asked(actor, actions.request(actor, ListingChoice(**values), form))


class InspectionPacks(APIView):
    """Inspection packs."""

    @extend_schema(
        operation_id="inspection_packs_request",
        request=InspectionPackIn,
        responses={202: DataExportOut},
    )
    def post(self, request: Request) -> Response:
        """Ask for the pack of a product; the same request again is the same job."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_WRITE)
        values = given(InspectionPackIn, request)
        product = reference.product(actor, id=values.pop("product"))
        lock = data_locks.lock(actor, values.pop("lock"))
        return _asked(actor, inspection_packs.request(actor, product, lock, **values))


class MadeFile(APIView):
    """A file being made."""

    @extend_schema(responses=DataExportOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """How far it is."""
        return Response(DataExportOut(jobs.one(actor_of(request), pk)).data)


class MadeFileContent(APIView):
    """The file itself."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        """Fetch it; 404 until it is done and after a week."""
        return job_response(*jobs.file_of(actor_of(request), pk))


urlpatterns = [
    path("line-listings/", LineListings.as_view(), name="api-line-listings"),
    path("line-listings/<uuid:pk>/", MadeFile.as_view(), name="api-line-listing"),
    path("line-listings/<uuid:pk>/file/", MadeFileContent.as_view(), name="api-line-listing-file"),
    path("inspection-packs/", InspectionPacks.as_view(), name="api-inspection-packs"),
    path("inspection-packs/<uuid:pk>/", MadeFile.as_view(), name="api-inspection-pack"),
    path(
        "inspection-packs/<uuid:pk>/file/",
        MadeFileContent.as_view(),
        name="api-inspection-pack-file",
    ),
]
