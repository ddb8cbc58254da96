"""Files of laboratories over the API: who sends, a file in, its columns, dry run and import."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import laboratory as actions
from followup.api.base import Strict, actor_of, given
from followup.api.exports import DataExportOut
from followup.core import jobs
from followup.core.permissions import Perm
from followup.domain.laboratory import propose
from followup.queries import laboratory, reference

FILES = laboratory.files


class LaboratorySourceOut(serializers.Serializer[Any]):
    """A laboratory: the columns of its files, and how its messages come."""

    id = serializers.UUIDField()
    site = serializers.UUIDField(source="site_id")
    name = serializers.CharField()
    columns = serializers.JSONField()
    version = serializers.IntegerField()
    sender = serializers.CharField(allow_blank=True)
    charset = serializers.CharField(allow_blank=True)
    addresses = serializers.CharField(allow_blank=True)


class LaboratorySourceIn(Strict):
    """A laboratory of one's hospital."""

    site = serializers.UUIDField()
    name = serializers.CharField(max_length=80)


class MessagesIn(Strict):
    """How the messages of a laboratory come: MSH-4 or MSH-3, charset, addresses with commas."""

    sender = serializers.CharField(max_length=80, allow_blank=True)
    charset = serializers.ChoiceField(choices=["", "utf-8", "gb18030"])
    addresses = serializers.CharField(max_length=200, allow_blank=True)


class SheetIn(Strict):
    """A CSV (UTF-8 or GB 18030) or xlsx file, 5 MB at most."""

    file = serializers.FileField(allow_empty_file=True)


class SheetOut(serializers.Serializer[Any]):
    """A file as it came; `proposed` says what its headings seem to hold.

    `ready` is true when the confirmed columns of the laboratory are all in it.
    """

    id = serializers.UUIDField()
    laboratory = serializers.UUIDField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    received_at = serializers.DateTimeField()
    headings = serializers.ListField(child=serializers.CharField(allow_blank=True))
    rows = serializers.IntegerField()
    proposed = serializers.DictField(child=serializers.CharField())
    columns = serializers.JSONField()
    version = serializers.IntegerField()
    ready = serializers.BooleanField()
    lines = serializers.IntegerField()


class SheetColumnsIn(Strict):
    """What a column holds, to its heading; 409 when somebody said otherwise since `version`."""

    columns = serializers.DictField(child=serializers.CharField(max_length=200, allow_blank=True))
    version = serializers.IntegerField()


class SheetJobIn(Strict):
    """A dry run, or the import."""

    dry = serializers.BooleanField()


def _shown(row: Any) -> dict[str, Any]:
    sheet = FILES.sheet(row)
    body = {
        "id": row.id,
        "laboratory": row.source_id,
        "name": row.name,
        "sha256": row.sha256,
        "received_at": row.received_at,
        "headings": sheet.headings,
        "rows": len(sheet.rows) - 1,
        "proposed": {
            role.value: sheet.headings[place] for role, place in propose(sheet.headings).items()
        },
        "columns": row.source.columns,
        "version": row.source.version,
        "ready": FILES.columns(row.source, sheet.headings) is not None,
        "lines": FILES.lines_of(row).count(),
    }
    return dict(SheetOut(body).data)


class LaboratorySources(APIView):
    """The laboratories that send."""

    @extend_schema(operation_id="laboratory_sources_list", responses=LaboratorySourceOut(many=True))
    def get(self, request: Request) -> Response:
        """By hospital and name."""
        actor = actor_of(request)
        actor.require(Perm.IDENTITY_READ)
        return Response(LaboratorySourceOut(FILES.sources(actor), many=True).data)

    @extend_schema(request=LaboratorySourceIn, responses={201: LaboratorySourceOut})
    def post(self, request: Request) -> Response:
        """Add one to a hospital of one's own."""
        actor, values = actor_of(request), given(LaboratorySourceIn, request)
        actor.require(Perm.VISIT_WRITE)
        site = reference.site(actor, id=values["site"])
        row = actions.files.add_source(actor, site, name=values["name"])
        return Response(LaboratorySourceOut(row).data, status=status.HTTP_201_CREATED)


class LaboratorySourceMessages(APIView):
    """How a laboratory sends messages."""

    @extend_schema(request=MessagesIn, responses=LaboratorySourceOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Say it; a name of a sender leads to one laboratory only."""
        actor = actor_of(request)
        source = FILES.source(actor, pk)
        row = actions.messages.set_up(actor, source, **given(MessagesIn, request))
        return Response(LaboratorySourceOut(row).data)


class LaboratorySheets(APIView):
    """Files of a laboratory."""

    parser_classes = (MultiPartParser,)

    @extend_schema(request=SheetIn, responses={201: SheetOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Keep a file, as multipart/form-data; the same one again is the one on record."""
        actor = actor_of(request)
        source = FILES.source(actor, pk)
        sent = given(SheetIn, request)["file"]
        row = actions.files.receive(actor, source, name=sent.name or "", content=sent.read())
        return Response(_shown(FILES.file(actor, row.id)), status=status.HTTP_201_CREATED)


class OneLaboratorySheet(APIView):
    """One file."""

    @extend_schema(operation_id="laboratory_file", responses=SheetOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Its headings, what they seem to hold, and how many lines were made of it."""
        return Response(_shown(FILES.file(actor_of(request), pk)))


class LaboratoryColumns(APIView):
    """What the columns of a file hold."""

    @extend_schema(request=SheetColumnsIn, responses=SheetOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Confirm it for this laboratory, by the headings of this file."""
        actor = actor_of(request)
        row = FILES.file(actor, pk)
        actions.files.confirm_columns(actor, row.source, **given(SheetColumnsIn, request))
        return Response(_shown(FILES.file(actor, pk)))


class LaboratorySheetJobs(APIView):
    """The jobs of a file."""

    @extend_schema(request=SheetJobIn, responses={202: DataExportOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Start one; refused rows come back as its file, at `data-exports/{id}/file/`."""
        actor = actor_of(request)
        row = FILES.file(actor, pk)
        job = actions.imports.request(actor, row, dry=given(SheetJobIn, request)["dry"])
        body = DataExportOut(jobs.one(actor, job.id)).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


_FILE = "laboratory-files/<uuid:pk>/"
urlpatterns = [
    path("laboratory-sources/", LaboratorySources.as_view(), name="api-laboratory-sources"),
    path(
        "laboratory-sources/<uuid:pk>/files/",
        LaboratorySheets.as_view(),
        name="api-laboratory-sheets",
    ),
    path(
        "laboratory-sources/<uuid:pk>/sending/",
        LaboratorySourceMessages.as_view(),
        name="api-laboratory-sending",
    ),
    path(_FILE, OneLaboratorySheet.as_view(), name="api-laboratory-sheet"),
    path(f"{_FILE}columns/", LaboratoryColumns.as_view(), name="api-laboratory-columns"),
    path(f"{_FILE}jobs/", LaboratorySheetJobs.as_view(), name="api-laboratory-sheet-jobs"),
]
