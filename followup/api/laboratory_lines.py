"""Lines of laboratories in review over the API, and what the items of a laboratory mean."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import laboratory as actions
from followup.api.base import ConfirmedField, Strict, actor_of, given
from followup.core.permissions import Perm
from followup.queries import laboratory

FILES = laboratory.files


class LaboratoryLineOut(serializers.Serializer[Any]):
    """A line as the laboratory wrote it. `specimen_on` is null where the day was not sent.

    `specimen_known` is then its month or year, as far as known; `problem` says why a line cannot be
    read or was refused; `later_form` that the laboratory sent the result again since.
    """

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    laboratory = serializers.UUIDField(source="source_id")
    file = serializers.UUIDField(source="file_id")
    row = serializers.IntegerField()
    specimen_on = serializers.DateField(allow_null=True)
    specimen_at = serializers.DateTimeField(allow_null=True)
    specimen_known = serializers.CharField(allow_blank=True)
    standing = serializers.CharField(allow_blank=True)
    item = serializers.CharField()
    written = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    specimen_kind = serializers.CharField(allow_blank=True)
    range_text = serializers.CharField(allow_blank=True)
    flag = serializers.CharField(allow_blank=True)
    measure = serializers.CharField(allow_blank=True)
    state = serializers.CharField()
    problem = serializers.CharField(source="problem_told", allow_blank=True)
    result = serializers.UUIDField(source="result_id", allow_null=True)
    later_form = serializers.BooleanField()


class LaboratoryLinePageOut(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = LaboratoryLineOut(many=True)
    next = serializers.CharField(allow_blank=True)


class LineAcceptIn(Strict):
    """The day of the specimen where it was not sent, and what is confirmed of a refusal."""

    on = serializers.DateField(default=None, allow_null=True)
    confirmed = ConfirmedField(default=list)


class LineRefuseIn(Strict):
    """Why a line is refused."""

    reason = serializers.CharField(max_length=500)


class LaboratoryCodeOut(serializers.Serializer[Any]):
    """What an item means now; an empty measure says that it is not kept."""

    item = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    specimen_kind = serializers.CharField(allow_blank=True)
    measure = serializers.CharField(allow_blank=True)
    confirmed_at = serializers.DateTimeField()


class LaboratoryItemOut(serializers.Serializer[Any]):
    """An item without a meaning, how many lines wait for it, and an example."""

    item = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    specimen_kind = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()
    example = serializers.CharField(allow_blank=True)


class LaboratoryCodesOut(serializers.Serializer[Any]):
    """The items that have a meaning, and those that wait for one."""

    known = LaboratoryCodeOut(many=True)
    waiting = LaboratoryItemOut(many=True)


class LaboratoryCodeIn(Strict):
    """What an item in a unit and a kind of specimen means; an empty measure: it is not kept."""

    item = serializers.CharField(max_length=80)
    unit = serializers.CharField(max_length=40, default="", allow_blank=True)
    specimen_kind = serializers.CharField(max_length=40, default="", allow_blank=True)
    measure = serializers.CharField(max_length=30, allow_blank=True)


class LinesReadOut(serializers.Serializer[Any]):
    """How many lines were read again."""

    lines = serializers.IntegerField()


def _lines(rows: list[Any]) -> Any:
    later = laboratory.messages.later(rows)
    for row in rows:
        row.later_form = row.id in later
    return LaboratoryLineOut(rows, many=True).data


def _line(row: Any) -> Response:
    return Response(_lines([row])[0])


class LaboratoryLines(APIView):
    """Lines in review."""

    @extend_schema(
        operation_id="laboratory_lines_list",
        parameters=[OpenApiParameter("after", str)],
        responses=LaboratoryLinePageOut,
    )
    def get(self, request: Request) -> Response:
        """Those to be accepted or refused, of all laboratories, in the order they came."""
        actor = actor_of(request)
        actor.require(Perm.IDENTITY_READ)
        rows, key = FILES.review(actor, key=request.query_params.get("after", "")[:36])
        return Response({"items": _lines(rows), "next": key})


class OneLaboratoryLine(APIView):
    """One line."""

    @extend_schema(operation_id="laboratory_line", responses=LaboratoryLineOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return _line(FILES.line(actor_of(request), pk))


class AcceptLaboratoryLine(APIView):
    """A line that is a value."""

    @extend_schema(request=LineAcceptIn, responses=LaboratoryLineOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Take it as a value, a correction or a withdrawal; it never overwrites another value.

        What is unusual is asked: 422 with `code: "confirm"`.
        """
        actor = actor_of(request)
        row = FILES.line(actor, pk)
        return _line(actions.lines.accept(actor, row, **given(LineAcceptIn, request)))


class RefuseLaboratoryLine(APIView):
    """A line that is no value."""

    @extend_schema(request=LineRefuseIn, responses=LaboratoryLineOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Refuse it with the reason; it stays on record."""
        actor = actor_of(request)
        row = FILES.line(actor, pk)
        return _line(actions.lines.refuse(actor, row, **given(LineRefuseIn, request)))


class LaboratoryCodes(APIView):
    """What the items of a laboratory mean."""

    @extend_schema(operation_id="laboratory_codes", responses=LaboratoryCodesOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Those that are confirmed, and those that wait, the most frequent first."""
        source = FILES.source(actor_of(request), pk)
        body = {"known": list(FILES.codes(source).values()), "waiting": FILES.unmapped(source)}
        return Response(LaboratoryCodesOut(body).data)

    @extend_schema(request=LaboratoryCodeIn, responses=LinesReadOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Confirm what an item means; the lines that waited for it are read again."""
        actor = actor_of(request)
        source = FILES.source(actor, pk)
        values = given(LaboratoryCodeIn, request)
        return Response({"lines": actions.files.confirm_code(actor, source, **values)})


_LINE = "laboratory-lines/<uuid:pk>/"
urlpatterns = [
    path("laboratory-lines/", LaboratoryLines.as_view(), name="api-laboratory-lines"),
    path(_LINE, OneLaboratoryLine.as_view(), name="api-laboratory-line"),
    path(f"{_LINE}accept/", AcceptLaboratoryLine.as_view(), name="api-laboratory-accept"),
    path(f"{_LINE}refuse/", RefuseLaboratoryLine.as_view(), name="api-laboratory-refuse"),
    path(
        "laboratory-sources/<uuid:pk>/codes/",
        LaboratoryCodes.as_view(),
        name="api-laboratory-codes",
    ),
]
