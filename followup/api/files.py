"""Files beside a patient's records over the API; what was released of them for safety."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import files as actions
from followup.actions.files import FileInput
from followup.api.base import Strict, VersionIn, actor_of, given
from followup.core.http.files import document_response
from followup.core.problems import NotFound, Refused
from followup.domain.files import MOST_BYTES, DocumentKind, FileFault, FileType, stored_name
from followup.queries import files as queries
from followup.queries import patients, samples

BINARY = {(200, kind.value): OpenApiTypes.BINARY for kind in FileType}


class FileOut(serializers.Serializer[Any]):
    """A file of a hospital; removed when `removed_at` is there."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    visit = serializers.UUIDField(source="visit_id", allow_null=True)
    event = serializers.UUIDField(source="event_id", allow_null=True)
    sample = serializers.UUIDField(source="sample_id", allow_null=True)
    kind = serializers.ChoiceField(choices=[each.value for each in DocumentKind])
    title = serializers.CharField()
    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    sent_sha256 = serializers.CharField()
    scan = serializers.ChoiceField(choices=["CLEAN", "NOT_SCANNED"])
    added_at = serializers.DateTimeField()
    removed_at = serializers.DateTimeField(allow_null=True)
    removed_because = serializers.CharField()
    version = serializers.IntegerField()


class FileIn(Strict):
    """The file and what it is, beside at most one record of the patient."""

    file = serializers.FileField(allow_empty_file=True)
    kind = serializers.ChoiceField(choices=[each.value for each in DocumentKind])
    title = serializers.CharField(max_length=120, default="", allow_blank=True)
    visit = serializers.UUIDField(default=None, allow_null=True)
    event = serializers.UUIDField(default=None, allow_null=True)
    sample = serializers.UUIDField(default=None, allow_null=True)


class FileRemoveIn(VersionIn):
    """Why a file is removed."""

    reason = serializers.CharField(max_length=500)


class FileReleaseIn(VersionIn):
    """The title safety reads, and that somebody looked: nothing in it names the patient."""

    title = serializers.CharField(max_length=120)
    names_nobody = serializers.BooleanField()


class ReleasedFileOut(serializers.Serializer[Any]):
    """A document a hospital released with an event."""

    id = serializers.UUIDField()
    event = serializers.UUIDField(source="event_id")
    kind = serializers.CharField()
    title = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    scan = serializers.CharField()
    released_at = serializers.DateTimeField()


class FilePageOut(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = FileOut(many=True)
    next = serializers.CharField(allow_blank=True)


class PatientFiles(APIView):
    """The files of one patient."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="files_list",
        responses=FilePageOut,
        parameters=[
            OpenApiParameter("removed", bool, description="Those that were removed"),
            OpenApiParameter("after", str),
        ],
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """The latest first, a page at a time; none for who reads no identity."""
        actor = actor_of(request)
        removed = request.query_params.get("removed") == "true"
        key = request.query_params.get("after", "")[:40]
        rows, following = queries.page_of_patient(
            actor, patients.one(actor, pk), removed=removed, key=key
        )
        return Response(FilePageOut({"items": rows, "next": following}).data)

    @extend_schema(request={"multipart/form-data": FileIn}, responses={201: FileOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Add one: PDF, JPEG or PNG by its content, 10 MB at most; sent as multipart/form-data."""
        actor, values = actor_of(request), given(FileIn, request)
        patient, sent = patients.one(actor, pk), values["file"]
        if sent.size > MOST_BYTES:
            raise Refused({"file": str(actions.FAULTS[FileFault.TOO_LARGE])})
        finders: dict[str, Any] = {
            "visit": patients.visit,
            "event": patients.event,
            "sample": samples.one,
        }
        beside = {
            name: find(actor, str(values[name])) for name, find in finders.items() if values[name]
        }
        row = actions.add(
            actor,
            patient,
            given=FileInput(
                name=sent.name,
                content=sent.read(),
                kind=values["kind"],
                title=values["title"],
                **beside,
            ),
        )
        return Response(FileOut(row).data, status=status.HTTP_201_CREATED)


class OneFile(APIView):
    """One file."""

    @extend_schema(responses=FileOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """What it is; a removed one too."""
        return Response(FileOut(queries.one(actor_of(request), pk)).data)


class FileBytes(APIView):
    """The bytes of a file."""

    @extend_schema(responses=BINARY)
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """As it is kept; 404 once it is removed. Each look is logged."""
        actor = actor_of(request)
        row = queries.one(actor, pk)
        if row.removed_at:
            raise NotFound()
        return document_response(queries.open_content(actor, row), row.media_type, row.name)


class FileRemove(APIView):
    """Remove a file."""

    @extend_schema(request=FileRemoveIn, responses=FileOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """With the reason; what was released of it is withdrawn."""
        actor, values = actor_of(request), given(FileRemoveIn, request)
        return Response(FileOut(actions.remove(actor, queries.one(actor, pk), **values)).data)


class FileRestore(APIView):
    """Undo a removal."""

    @extend_schema(request=VersionIn, responses=FileOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """It is listed again; a release is not made again."""
        actor, values = actor_of(request), given(VersionIn, request)
        return Response(FileOut(actions.restore(actor, queries.one(actor, pk), **values)).data)


class FileRelease(APIView):
    """Release a document of an event to safety."""

    @extend_schema(request=FileReleaseIn, responses={201: ReleasedFileOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Refused while the patient has not agreed to passing coded data to the holder."""
        actor, values = actor_of(request), given(FileReleaseIn, request)
        row = actions.release(actor, queries.one(actor, pk), **values)
        return Response(ReleasedFileOut(row).data, status=status.HTTP_201_CREATED)


class FileReleaseWithdraw(APIView):
    """Withdraw a released document."""

    @extend_schema(request=VersionIn, responses=FileOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Safety no longer reads it."""
        actor, values = actor_of(request), given(VersionIn, request)
        row = actions.withdraw_release(actor, queries.one(actor, pk), **values)
        return Response(FileOut(row).data)


class EventReleasedFiles(APIView):
    """What was released of the documents of an event."""

    @extend_schema(operation_id="released_files_list", responses=ReleasedFileOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The latest first; none without the patient's consent."""
        actor = actor_of(request)
        event = patients.event(actor, pk)
        rows = queries.released_of_events(actor, [event.id])
        return Response(ReleasedFileOut(rows, many=True).data)


class ReleasedBytes(APIView):
    """A released document."""

    @extend_schema(responses=BINARY)
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """Its bytes; each look is logged."""
        actor = actor_of(request)
        row = queries.released(actor, pk)
        name = stored_name(row.title, FileType(row.media_type))
        return document_response(queries.open_released(actor, row), row.media_type, name)


urlpatterns = [
    path("patients/<uuid:pk>/files/", PatientFiles.as_view(), name="api-patient-files"),
    path("files/<uuid:pk>/", OneFile.as_view(), name="api-file"),
    path("files/<uuid:pk>/content/", FileBytes.as_view(), name="api-file-content"),
    path("files/<uuid:pk>/remove/", FileRemove.as_view(), name="api-file-remove"),
    path("files/<uuid:pk>/restore/", FileRestore.as_view(), name="api-file-restore"),
    path("files/<uuid:pk>/release/", FileRelease.as_view(), name="api-file-release"),
    path(
        "files/<uuid:pk>/release/withdraw/",
        FileReleaseWithdraw.as_view(),
        name="api-file-release-withdraw",
    ),
    path(
        "events/<uuid:pk>/released-files/",
        EventReleasedFiles.as_view(),
        name="api-event-released-files",
    ),
    path("released-files/<uuid:pk>/", ReleasedBytes.as_view(), name="api-released-file"),
]
