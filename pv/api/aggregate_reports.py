"""Written reports over the API: opened at a lock, written by section, reviewed, their files."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, VersionIn, actor_of, given
from followup.api.exports import DataExportOut
from followup.core import jobs
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import data_locks, reference
from pv.actions import aggregate_reports as actions
from pv.actions import report_files
from pv.api.produced_reports import ProducedReportOut
from pv.api.report_sections import LANGUAGES, SectionOut, writable
from pv.queries import commitments
from pv.queries.aggregate_reports import register


class AggregateReportIn(Strict):
    """Which report, of which days, at which lock; a draft may do without a lock."""

    kind = serializers.CharField(max_length=20, help_text="Of the loaded kinds: PSUR, DSUR …")
    product = serializers.UUIDField()
    start = serializers.DateField()
    end = serializers.DateField()
    lock = serializers.UUIDField(default=None, allow_null=True)
    commitment = serializers.UUIDField(
        default=None, allow_null=True, help_text="Of a report that is about one"
    )


class ReportBasisIn(VersionIn):
    """The period and the lock the figures rest on."""

    start = serializers.DateField()
    end = serializers.DateField()
    lock = serializers.UUIDField(allow_null=True)


class ReportReturnIn(VersionIn):
    """What has to be changed in a reviewed report."""

    reason = serializers.CharField(max_length=500)


class ReportFilesIn(Strict):
    """In which language the files are made."""

    language = serializers.ChoiceField(choices=LANGUAGES)


class AggregateReportOut(serializers.Serializer[Any]):
    """One report; its figures come from the lock, null while it is a draft without one."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    product = serializers.UUIDField(source="product_id")
    commitment = serializers.UUIDField(source="commitment_id", allow_null=True)
    start = serializers.DateField(source="period_start")
    end = serializers.DateField(source="period_end")
    lock = serializers.UUIDField(source="lock_id", allow_null=True)
    edition = serializers.IntegerField()
    state = serializers.CharField()
    created_by = serializers.CharField(source="created_by.display_name")
    created_at = serializers.DateTimeField()
    reviewed_by = serializers.CharField(
        source="reviewed_by.display_name", default=None, allow_null=True
    )
    reviewed_at = serializers.DateTimeField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    returned_because = serializers.CharField()
    version = serializers.IntegerField()


class AggregateReportList(serializers.Serializer[Any]):
    """A page, the newest first."""

    items = AggregateReportOut(many=True)
    next_key = serializers.CharField(help_text="`after` of the next page; empty at the end")


class AggregateReportDetail(AggregateReportOut):
    """A report with its sections, what stands against a review, and its files."""

    sections = SectionOut(many=True)
    against_review = serializers.ListField(child=serializers.CharField())
    files = ProducedReportOut(many=True)


def _detail(actor: Any, pk: Any) -> dict[str, Any]:
    row = register.one(actor, pk)
    texts = [register.texts(actor, row, language) for language in LANGUAGES]
    sections = [
        {
            "code": each.code,
            "en": each.names["en"],
            "zh": each.names["zh"],
            "text_required": each.required,
            "tables": list(each.tables),
            "texts": [found[each.code] for found in texts if each.code in found],
        }
        for each in register.kind(row).sections
    ]
    return {
        **AggregateReportOut(row).data,
        "sections": SectionOut(sections, many=True).data,
        "against_review": register.against_review(actor, row),
        "files": ProducedReportOut(register.files(actor, row), many=True).data,
    }


class AggregateReports(APIView):
    """Reports that are written or approved."""

    @extend_schema(
        operation_id="aggregate_reports_list",
        responses=AggregateReportList,
        parameters=[
            OpenApiParameter("product", str, description="Id of a product"),
            OpenApiParameter("after", str, description="Key of the page before"),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """The register by pages, the newest first."""
        actor, asked = actor_of(request), request.query_params
        actor.require(Perm.REPORT_READ)
        page = register.page(actor, product=asked.get("product", ""), key=asked.get("after", ""))
        return Response(AggregateReportList(page).data)

    @extend_schema(request=AggregateReportIn, responses={201: AggregateReportDetail})
    def post(self, request: Request) -> Response:
        """Open a report."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_WRITE)
        values = given(AggregateReportIn, request)
        product = reference.product(actor, id=values.pop("product"))
        lock, about = values.pop("lock"), values.pop("commitment")
        row = actions.open_report(
            actor,
            product,
            lock=data_locks.chosen(actor, lock),
            commitment=commitments.one(actor, about) if about else None,
            **values,
        )
        return Response(_detail(actor, row.id), status=status.HTTP_201_CREATED)


class OneAggregateReport(APIView):
    """One report."""

    @extend_schema(operation_id="aggregate_reports_retrieve", responses=AggregateReportDetail)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it with its sections; 404 when foreign or missing alike."""
        return Response(_detail(actor_of(request), pk))


class ReportBasis(APIView):
    """What the figures of a report rest on."""

    @extend_schema(
        operation_id="aggregate_reports_basis",
        request=ReportBasisIn,
        responses=AggregateReportDetail,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Change the period or the lock; a reviewed report is a draft after it."""
        actor, row = writable(request, pk)
        values = given(ReportBasisIn, request)
        lock = data_locks.chosen(actor, values.pop("lock"))
        actions.set_basis(actor, row, lock=lock, **values)
        return Response(_detail(actor, pk))


class ReportReview(APIView):
    """The review of a report."""

    @extend_schema(
        operation_id="aggregate_reports_review", request=VersionIn, responses=AggregateReportDetail
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Pass it as another person than its authors; its approval is a signature on the page."""
        actor, row = writable(request, pk)
        actions.review(actor, row, **given(VersionIn, request))
        return Response(_detail(actor, pk))


class ReportReturn(APIView):
    """The return of a reviewed report."""

    @extend_schema(
        operation_id="aggregate_reports_return",
        request=ReportReturnIn,
        responses=AggregateReportDetail,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Send it back to its author with the reason."""
        actor, row = writable(request, pk)
        actions.send_back(actor, row, **given(ReportReturnIn, request))
        return Response(_detail(actor, pk))


class ReportFiles(APIView):
    """The files of a report."""

    @extend_schema(
        operation_id="aggregate_reports_make_files",
        request=ReportFilesIn,
        responses={202: DataExportOut},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Ask for PDF, Word, workbook and data; the same request again is the same job."""
        actor, row = writable(request, pk)
        job = report_files.request(actor, row, **given(ReportFilesIn, request))
        body: Any = DataExportOut(jobs.one(actor, job.id)).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


_ONE = "aggregate-reports/<uuid:pk>/"
urlpatterns = [
    path("aggregate-reports/", AggregateReports.as_view(), name="api-aggregate-reports"),
    path(_ONE, OneAggregateReport.as_view(), name="api-aggregate-report"),
    path(f"{_ONE}basis/", ReportBasis.as_view(), name="api-aggregate-report-basis"),
    path(f"{_ONE}review/", ReportReview.as_view(), name="api-aggregate-report-review"),
    path(f"{_ONE}return/", ReportReturn.as_view(), name="api-aggregate-report-return"),
    path(f"{_ONE}files/", ReportFiles.as_view(), name="api-aggregate-report-files"),
]
