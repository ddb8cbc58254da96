"""Received ICSRs over the API: a file taken in, the list, and the decision on one."""

import io
from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given, page_size
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import reference
from pv.actions import receptions as actions
from pv.api.cases import CaseOut, LockedIn
from pv.queries import icsr_files, received


class Xml(BaseParser):
    """The body as bytes; who reads it decides what it is."""

    media_type = "application/xml"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The whole body."""
        return bytes(stream.read())


class ReceivedOut(serializers.Serializer[Any]):
    """A received report."""

    id = serializers.UUIDField()
    case = serializers.UUIDField(source="case_id")
    kind = serializers.CharField()
    state = serializers.CharField()
    sender = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())
    information = serializers.CharField()
    file_name = serializers.CharField()
    received_at = serializers.DateTimeField()
    accepted_version = serializers.IntegerField(allow_null=True)
    reason_code = serializers.CharField()
    reason = serializers.CharField()


class ReceivedPage(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one."""

    items = ReceivedOut(many=True)
    next = serializers.CharField()


LINE = {"$ref": "#/components/schemas/LineOut"}


class LineOut(serializers.Serializer[Any]):
    """What became of one message of the file."""

    number = serializers.IntegerField()
    outcome = serializers.CharField(allow_null=True)
    case = serializers.UUIDField(allow_null=True)
    case_number = serializers.CharField(allow_null=True)
    received = serializers.UUIDField(allow_null=True)
    refused = serializers.CharField(allow_null=True)
    unplaced = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    possible_duplicates = serializers.IntegerField()


class AcceptIn(LockedIn):
    """The day of awareness; the product when the case has none."""

    aware_on = serializers.DateField()
    product = serializers.UUIDField(required=False, allow_null=True)


class RejectIn(Strict):
    """Why it is rejected: a code of the list, told in words where the list asks for it."""

    code = serializers.CharField(max_length=30)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


def _line(line: actions.Line) -> dict[str, Any]:
    taken = line.taken
    return {
        "number": line.number,
        "outcome": taken.outcome.value if taken else None,
        "case": taken.case.id if taken else None,
        "case_number": taken.case.number if taken else None,
        "received": taken.received.id if taken and taken.received else None,
        "refused": line.refused or None,
        "unplaced": [list(item) for item in line.unplaced],
        "possible_duplicates": taken.look_alike if taken else 0,
    }


class Received(APIView):
    """Received reports."""

    parser_classes = [Xml]

    @extend_schema(
        operation_id="received_list",
        responses=ReceivedPage,
        parameters=[
            OpenApiParameter("after", str),
            OpenApiParameter("state", str),
            OpenApiParameter("reason", str),
            OpenApiParameter("size", int),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """One page, the newest first."""
        page = received.page(
            actor_of(request),
            state=request.query_params.get("state", ""),
            reason=request.query_params.get("reason", ""),
            key=request.query_params.get("after", ""),
            size=page_size(request),
        )
        return Response(ReceivedPage({"items": page.items, "next": page.next_key}).data)

    @extend_schema(
        operation_id="received_create",
        request={"application/xml": OpenApiTypes.BINARY},
        # `many` is only heeded for 2xx answers.
        responses={200: LineOut(many=True), 422: {"type": "array", "items": LINE}},
        parameters=[OpenApiParameter("file_name", str)],
    )
    def post(self, request: Request) -> Response:
        """Take in each message of an E2B(R3) file; 422 when one or more were refused."""
        actor = actor_of(request)
        actor.require(Perm.ICSR_IMPORT)
        name = request.query_params.get("file_name", "api.xml")
        data = request.data if isinstance(request.data, bytes) else b""
        found = actions.import_icsrs(
            actor, icsr_files.messages_in(io.BytesIO(data)), file_name=name
        )
        lines = [_line(line) for line in found]
        status = 422 if any(line["refused"] for line in lines) else 200
        return Response(LineOut(lines, many=True).data, status=status)


class OneReceived(APIView):
    """One received report."""

    @extend_schema(responses=ReceivedOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return Response(ReceivedOut(received.one(actor_of(request), pk)).data)


class Accept(APIView):
    """Acceptance."""

    @extend_schema(request=AcceptIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Make it the current version of its case; 409 when somebody saved the case since."""
        actor = actor_of(request)
        values = given(AcceptIn, request)
        row = received.one(actor, pk)
        product = None
        if values.get("product"):
            product = (
                reference.products_for(actor, Perm.CASE_WRITE).filter(id=values["product"]).first()
            )
            if product is None:
                raise Refused({"product": _("There is no such product.")})
        case = actions.accept(
            actor,
            row,
            aware_on=values["aware_on"],
            lock_version=values["lock_version"],
            product=product,
        )
        return Response(CaseOut(case).data)


class Reject(APIView):
    """Rejection."""

    @extend_schema(request=RejectIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Refuse it for a reason of the list; it stays readable."""
        actor = actor_of(request)
        values = given(RejectIn, request)
        return Response(CaseOut(actions.reject(actor, received.one(actor, pk), **values)).data)


urlpatterns = [
    path("received/", Received.as_view(), name="api-received"),
    path("received/<uuid:pk>/", OneReceived.as_view(), name="api-received-report"),
    path("received/<uuid:pk>/accept/", Accept.as_view(), name="api-received-accept"),
    path("received/<uuid:pk>/reject/", Reject.as_view(), name="api-received-reject"),
]
