"""Periodic reports over the API: asked for, how far, what was produced, and the files."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.api.exports import DataExportOut
from followup.core import jobs
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import data_locks
from pv.actions import reports as actions
from pv.queries import produced_reports


class PeriodicReportIn(Strict):
    """Which product, which days (both included), in which language, at which lock."""

    product = serializers.UUIDField()
    start = serializers.DateField()
    end = serializers.DateField()
    language = serializers.ChoiceField(choices=list(actions.LANGUAGES))
    lock = serializers.UUIDField(default=None, allow_null=True)


class ProducedReportOut(serializers.Serializer[Any]):
    """A produced report; its archive never changes and is kept for good."""

    id = serializers.UUIDField()
    product = serializers.UUIDField(source="product_id")
    aggregate_report = serializers.UUIDField(source="written_id", allow_null=True)
    request = serializers.UUIDField(source="job_id", allow_null=True, help_text="It came of")
    start = serializers.DateField(source="period_start")
    end = serializers.DateField(source="period_end")
    language = serializers.CharField()
    cases = serializers.IntegerField(source="case_count", help_text="Of the period")
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    produced_at = serializers.DateTimeField()


class ProducedReportList(serializers.Serializer[Any]):
    """A page, the newest first."""

    items = ProducedReportOut(many=True)
    next_key = serializers.CharField(help_text="`after` of the next page; empty at the end")


class PeriodicReports(APIView):
    """Reports that were produced, written ones and plain ones."""

    @extend_schema(
        operation_id="reports_list",
        responses=ProducedReportList,
        parameters=[OpenApiParameter("after", str, description="Key of the page before")],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """By pages, the newest first."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_READ)
        page = produced_reports.page(actor, key=request.query_params.get("after", ""))
        return Response(ProducedReportList(page).data)

    @extend_schema(
        operation_id="reports_request", request=PeriodicReportIn, responses={202: DataExportOut}
    )
    def post(self, request: Request) -> Response:
        """Ask for the plain report of a period; the same request again is the same job."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_WRITE)
        values = given(PeriodicReportIn, request)
        asked, product = values.pop("lock"), values.pop("product")
        lock = data_locks.chosen(actor, asked)
        job = actions.request(actor, product_id=product, lock=lock, **values)
        body: Any = DataExportOut(jobs.one(actor, job.id)).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class ReportRequest(APIView):
    """A report that is being made."""

    @extend_schema(operation_id="reports_request_state", responses=DataExportOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """How far it is."""
        return Response(DataExportOut(jobs.one(actor_of(request), pk)).data)


class ProducedReportFile(APIView):
    """The archive of a produced report."""

    @extend_schema(
        operation_id="reports_file", responses={(200, "application/zip"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, pk: UUID) -> FileResponse:
        """The archive as it was produced."""
        row, place = produced_reports.file_of(actor_of(request), pk)
        response = FileResponse(place.open("rb"), as_attachment=True, filename=row.file_name)
        response["X-SHA256"] = row.sha256
        return response


urlpatterns = [
    path("reports/", PeriodicReports.as_view(), name="api-reports"),
    path("reports/requests/<uuid:pk>/", ReportRequest.as_view(), name="api-report-request"),
    path("reports/<uuid:pk>/file/", ProducedReportFile.as_view(), name="api-report-file"),
]
