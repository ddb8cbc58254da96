"""Contacts in a batch over the API: rows in, a dry run, the import as a job, its undoing."""

from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import batch_jobs
from followup.actions import batches as actions
from followup.api.base import ReasonIn, Strict, actor_of, given
from followup.api.exports import DataExportOut
from followup.core import jobs
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.batches import FIELDS, MOST_ROWS
from followup.queries import batches as queries
from followup.queries import reference

NAMES = frozenset(field.name for field in FIELDS)


class VisitBatchIn(Strict):
    """Contacts of a site: each row has texts by field of the dictionary, as a sheet has them."""

    site = serializers.UUIDField()
    name = serializers.CharField(max_length=120)
    rows = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField(max_length=1000, allow_blank=True)),
        min_length=1,
        max_length=MOST_ROWS,
    )


class VisitBatchOut(serializers.Serializer[Any]):
    """A batch; `tried` and `counts` are empty before the dry run and the import."""

    id = serializers.UUIDField()
    site = serializers.CharField(source="site.code")
    name = serializers.CharField()
    made_at = serializers.DateTimeField()
    tried = serializers.JSONField()
    tried_at = serializers.DateTimeField(allow_null=True)
    counts = serializers.JSONField()
    applied_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_because = serializers.CharField()


class VisitBatchJobIn(Strict):
    """A dry run, or the import, which needs a dry run before."""

    dry = serializers.BooleanField()


def _rows(rows: list[dict[str, str]]) -> list[tuple[int, dict[str, str]]]:
    unknown = sorted({name for row in rows for name in row} - NAMES)
    if unknown:
        raise Refused({"rows": _("Unknown field.") + " " + ", ".join(unknown)})
    return list(enumerate(rows, 1))


class VisitBatches(APIView):
    """Batches of contacts."""

    @extend_schema(operation_id="visit_batches_list", responses=VisitBatchOut(many=True))
    def get(self, request: Request) -> Response:
        """The latest of one's hospitals."""
        actor = actor_of(request)
        actor.require(Perm.VISIT_READ)
        return Response(VisitBatchOut(queries.batches(actor), many=True).data)

    @extend_schema(request=VisitBatchIn, responses={201: VisitBatchOut})
    def post(self, request: Request) -> Response:
        """Keep the rows, 1,000 at most; nothing is recorded before a dry run and the import."""
        actor, values = actor_of(request), given(VisitBatchIn, request)
        site = reference.site(actor, id=values["site"])
        row = actions.keep(actor, site, name=values["name"], rows=_rows(values["rows"]))
        return Response(VisitBatchOut(row).data, status=status.HTTP_201_CREATED)


class OneVisitBatch(APIView):
    """One batch."""

    @extend_schema(operation_id="visit_batch", responses=VisitBatchOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """What it counted."""
        return Response(VisitBatchOut(queries.batch(actor_of(request), pk)).data)


class VisitBatchJobs(APIView):
    """The jobs of a batch."""

    @extend_schema(request=VisitBatchJobIn, responses={202: DataExportOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Start one; refused rows come back as its file, at `data-exports/{id}/file/`."""
        actor, values = actor_of(request), given(VisitBatchJobIn, request)
        job = batch_jobs.request(actor, queries.batch(actor, pk), dry=values["dry"])
        body = DataExportOut(jobs.one(actor, job.id)).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class VisitBatchUndo(APIView):
    """The undoing of a batch."""

    @extend_schema(request=ReasonIn, responses=VisitBatchOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Undo every contact that still stands as it came; the others stay and are counted."""
        actor, values = actor_of(request), given(ReasonIn, request)
        actions.undo(actor, queries.batch(actor, pk), reason=values["reason"])
        return Response(VisitBatchOut(queries.batch(actor, pk)).data)


urlpatterns = [
    path("visit-batches/", VisitBatches.as_view(), name="api-visit-batches"),
    path("visit-batches/<uuid:pk>/", OneVisitBatch.as_view(), name="api-visit-batch"),
    path("visit-batches/<uuid:pk>/jobs/", VisitBatchJobs.as_view(), name="api-visit-batch-jobs"),
    path("visit-batches/<uuid:pk>/undo/", VisitBatchUndo.as_view(), name="api-visit-batch-undo"),
]
