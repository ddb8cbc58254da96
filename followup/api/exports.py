"""The centre's own data and the field dictionary over the API."""

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

from followup.actions import exports as actions
from followup.api.base import Strict, actor_of, given
from followup.core import jobs
from followup.core.http.files import job_response
from followup.core.permissions import Perm
from followup.queries import exports, fields, reference
from followup.queries.exports import ExportChoice


class DataExportIn(Strict):
    """Whose data, for what, which columns (`dataset.name` of the field dictionary), which file."""

    site = serializers.UUIDField()
    purpose = serializers.CharField(max_length=30)
    product = serializers.UUIDField(default=None, allow_null=True)
    state = serializers.CharField(max_length=20, default="", allow_blank=True)
    since = serializers.DateField(default=None, allow_null=True)
    until = serializers.DateField(default=None, allow_null=True)
    columns = serializers.ListField(
        child=serializers.CharField(max_length=60), default=list, max_length=200
    )
    words = serializers.BooleanField(default=False)
    format = serializers.ChoiceField(choices=list(actions.FORMATS))


class DataExportOut(serializers.Serializer[Any]):
    """A file being made; identities in it are masked. Kept for a week once it is done."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    done = serializers.IntegerField(source="progress.done")
    total = serializers.IntegerField(source="progress.total", allow_null=True)
    error = serializers.CharField()
    file_name = serializers.CharField()
    file_sha256 = serializers.CharField()
    manifest = serializers.JSONField()


class DictionaryCodeOut(serializers.Serializer[Any]):
    """A code with its labels."""

    code = serializers.CharField()
    en = serializers.CharField()
    zh = serializers.CharField()


class DictionaryFieldOut(serializers.Serializer[Any]):
    """One field of the register."""

    key = serializers.CharField()
    en = serializers.CharField()
    zh = serializers.CharField()
    kind = serializers.CharField()
    unit = serializers.CharField()
    personal = serializers.CharField()
    needs = serializers.ListField(child=serializers.CharField())
    codes = DictionaryCodeOut(many=True)


class DataExports(APIView):
    """Exports of a centre's own data."""

    @extend_schema(request=DataExportIn, responses={202: DataExportOut})
    def post(self, request: Request) -> Response:
        """Ask for a file; the same request again is the same job."""
        actor, data = actor_of(request), given(DataExportIn, request)
        site = reference.site(actor, id=data["site"])
        choice = ExportChoice(
            site=site.id,
            purpose=data["purpose"],
            product=data["product"],
            state=data["state"],
            since=data["since"],
            until=data["until"],
            columns=exports.chosen(data["columns"]) if data["columns"] else exports.USUAL,
            words=data["words"],
            language=get_language() or "zh-hans",
        )
        job = actions.request(actor, site, choice, data["format"])
        body = DataExportOut(jobs.one(actor, job.id)).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class OneDataExport(APIView):
    """One export."""

    @extend_schema(responses=DataExportOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """How far it is."""
        return Response(DataExportOut(jobs.one(actor_of(request), pk)).data)


class DataExportFile(APIView):
    """The file of an export."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        """The file; 404 until it is done and after a week."""
        return job_response(*jobs.file_of(actor_of(request), pk))


class FieldDictionary(APIView):
    """The field dictionary."""

    @extend_schema(responses=DictionaryFieldOut(many=True))
    def get(self, request: Request) -> Response:
        """Every field with its names, kind, codes, and what it is as personal data."""
        actor = actor_of(request)
        actor.require(Perm.REFERENCE_READ)
        rows = [
            {
                "key": field.key,
                "en": english,
                "zh": chinese,
                "kind": field.kind.value,
                "unit": field.unit,
                "personal": field.personal.value,
                "needs": [need.value for need in field.needs],
                "codes": [{"code": code, "en": en, "zh": zh} for code, en, zh in codes],
            }
            for field, english, chinese, codes in fields.dictionary(actor)
        ]
        return Response(DictionaryFieldOut(rows, many=True).data)


urlpatterns = [
    path("data-exports/", DataExports.as_view(), name="api-data-exports"),
    path("data-exports/<uuid:pk>/", OneDataExport.as_view(), name="api-data-export"),
    path("data-exports/<uuid:pk>/file/", DataExportFile.as_view(), name="api-data-export-file"),
    path("field-dictionary/", FieldDictionary.as_view(), name="api-field-dictionary"),
]
