"""Taking over a cohort over the API: a file in, what its columns hold, dry run, import as a job."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import cohort_files as actions
from followup.actions import cohort_jobs
from followup.api.base import Strict, actor_of, given
from followup.api.exports import DataExportOut
from followup.core import jobs, row_permissions
from followup.core.permissions import Perm
from followup.domain.cohorts import propose
from followup.queries import cohorts as queries
from followup.queries import reference


class AdoptionIn(Strict):
    """A CSV or xlsx file of patients and past visits, and the hospital that follows them."""

    site = serializers.UUIDField()
    file = serializers.FileField(allow_empty_file=True)


class AdoptionOut(serializers.Serializer[Any]):
    """A file; `tried` and `counts` are empty before the dry run and the import."""

    id = serializers.UUIDField()
    site = serializers.CharField(source="site.code")
    name = serializers.CharField()
    received_at = serializers.DateTimeField()
    columns = serializers.JSONField()
    adopted_on = serializers.DateField(allow_null=True)
    version = serializers.IntegerField()
    tried = serializers.JSONField()
    tried_at = serializers.DateTimeField(allow_null=True)
    counts = serializers.JSONField()
    applied_at = serializers.DateTimeField(allow_null=True)


class OneAdoptionOut(AdoptionOut):
    """The same with its headings and how many rows there are.

    `proposed` says what the columns seem to hold.
    """

    headings = serializers.ListField(child=serializers.CharField())
    rows = serializers.IntegerField()
    proposed = serializers.DictField(child=serializers.CharField())


class AdoptionColumnsIn(Strict):
    """Column code to heading, and the day from which the hospital answers for follow-up here."""

    columns = serializers.DictField(child=serializers.CharField(max_length=200, allow_blank=True))
    adopted_on = serializers.DateField()
    version = serializers.IntegerField()


class AdoptionJobIn(Strict):
    """A dry run, or the import, which needs a dry run before."""

    dry = serializers.BooleanField()


def _shown(row: Any) -> dict[str, Any]:
    sheet = queries.sheet(row)
    return {
        **AdoptionOut(row).data,
        "headings": sheet.headings,
        "rows": len(sheet.rows) - 1,
        "proposed": propose(sheet.headings),
    }


class Adoptions(APIView):
    """Files of cohorts that are taken over."""

    parser_classes = (MultiPartParser,)

    @extend_schema(operation_id="adoptions_list", responses=AdoptionOut(many=True))
    def get(self, request: Request) -> Response:
        """The latest of one's hospitals."""
        actor = actor_of(request)
        actor.require(Perm.PATIENT_WRITE)
        return Response(AdoptionOut(queries.files(actor)[: queries.MOST], many=True).data)

    @extend_schema(request=AdoptionIn, responses={201: OneAdoptionOut})
    def post(self, request: Request) -> Response:
        """Keep a file, 5 MB at most, as multipart/form-data; nobody is registered by it yet."""
        actor, values = actor_of(request), given(AdoptionIn, request)
        site = reference.site(actor, id=values["site"])
        sent = values["file"]
        row = actions.receive(actor, site, name=sent.name or "", content=sent.read())
        return Response(_shown(row), status=status.HTTP_201_CREATED)


class OneAdoption(APIView):
    """One file."""

    @extend_schema(operation_id="adoption", responses=OneAdoptionOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Its headings, what they hold, and what dry run and import counted."""
        actor = actor_of(request)
        row = queries.file(actor, pk)
        row_permissions.require(actor, row, Perm.PATIENT_WRITE)
        return Response(_shown(row))


class AdoptionColumns(APIView):
    """What the columns of a file hold."""

    @extend_schema(request=AdoptionColumnsIn, responses=OneAdoptionOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Say it; the dry run is due again. 409 when somebody said otherwise since `version`."""
        actor = actor_of(request)
        row = queries.file(actor, pk)
        values = given(AdoptionColumnsIn, request)
        return Response(_shown(actions.prepare(actor, row, **values)))


class AdoptionJobs(APIView):
    """The jobs of a file."""

    @extend_schema(request=AdoptionJobIn, responses={202: DataExportOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Start one; refused rows come back as its file, at `data-exports/{id}/file/`."""
        actor = actor_of(request)
        row = queries.file(actor, pk)
        values = given(AdoptionJobIn, request)
        job = cohort_jobs.request(actor, row, dry=values["dry"])
        body = DataExportOut(jobs.one(actor, job.id)).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


urlpatterns = [
    path("adoptions/", Adoptions.as_view(), name="api-adoptions"),
    path("adoptions/<uuid:pk>/", OneAdoption.as_view(), name="api-adoption"),
    path("adoptions/<uuid:pk>/columns/", AdoptionColumns.as_view(), name="api-adoption-columns"),
    path("adoptions/<uuid:pk>/jobs/", AdoptionJobs.as_view(), name="api-adoption-jobs"),
]
