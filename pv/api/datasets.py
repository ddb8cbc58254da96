"""Study data sets over the API: asked for, looked at, fetched."""

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
from pv.actions import datasets as actions


class StudyDatasetsIn(Strict):
    """Which package; a holder names a data lock, a hospital gets the data as last sealed."""

    product = serializers.UUIDField()
    study = serializers.CharField(max_length=20)
    format = serializers.CharField(
        max_length=60,
        help_text="dataset-json, xpt, or the worksheet of a loaded registry: cibmtr-xlsx",
    )
    lock = serializers.UUIDField(default=None, allow_null=True)
    language = serializers.ChoiceField(choices=["zh-hans", "en"], default=None, allow_null=True)


class StudyDatasets(APIView):
    """Packages of SDTM and ADaM data sets."""

    @extend_schema(request=StudyDatasetsIn, responses={202: DataExportOut})
    def post(self, request: Request) -> Response:
        """Ask for a package; the same request again is the same job."""
        actor, data = actor_of(request), given(StudyDatasetsIn, request)
        job = actions.request(
            actor,
            product_id=data["product"],
            study=data["study"],
            form=data["format"],
            lock_id=data["lock"],
            language=data["language"] or get_language() or "zh-hans",
        )
        body: Any = DataExportOut(jobs.one(actor, job.id)).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class OneStudyDatasets(APIView):
    """One package."""

    @extend_schema(responses=DataExportOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """How far it is."""
        return Response(DataExportOut(jobs.one(actor_of(request), pk)).data)


class StudyDatasetsFile(APIView):
    """The file of a package."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        """The archive; 404 until it is done and after a week."""
        return job_response(*jobs.file_of(actor_of(request), pk))


urlpatterns = [
    path("study-datasets/", StudyDatasets.as_view(), name="api-study-datasets"),
    path("study-datasets/<uuid:pk>/", OneStudyDatasets.as_view(), name="api-study-dataset"),
    path(
        "study-datasets/<uuid:pk>/file/",
        StudyDatasetsFile.as_view(),
        name="api-study-dataset-file",
    ),
]
