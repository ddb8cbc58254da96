"""FHIR R4 bundles of laboratories over the API; what they say waits in the tray."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import laboratory as actions
from followup.api.base import actor_of
from followup.core.permissions import Perm
from followup.queries import laboratory


class Fhir(BaseParser):
    """The body as bytes: a number must be kept as it is written."""

    media_type = "application/fhir+json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """At most one byte more than is taken."""
        return bytes(stream.read(actions.messages.MOST_BYTES + 1))


class Json(Fhir):
    """Senders that name FHIR plain JSON."""

    media_type = "application/json"


class LaboratorySourceOut(serializers.Serializer[Any]):
    """A laboratory that sends."""

    id = serializers.UUIDField()
    site = serializers.UUIDField(source="site_id")
    name = serializers.CharField()


class OutcomeIssueOut(serializers.Serializer[Any]):
    """One thing said of the message."""

    severity = serializers.CharField()
    code = serializers.CharField()
    diagnostics = serializers.CharField()
    expression = serializers.ListField(child=serializers.CharField(), required=False)


class OperationOutcomeOut(serializers.Serializer[Any]):
    """FHIR OperationOutcome."""

    resourceType = serializers.CharField()  # noqa: N815
    issue = OutcomeIssueOut(many=True)


class LaboratorySources(APIView):
    """The laboratories that send."""

    @extend_schema(operation_id="laboratory_sources_list", responses=LaboratorySourceOut(many=True))
    def get(self, request: Request) -> Response:
        """By hospital and name."""
        actor = actor_of(request)
        actor.require(Perm.IDENTITY_READ)
        return Response(LaboratorySourceOut(laboratory.files.sources(actor), many=True).data)


class FhirBundles(APIView):
    """Bundles of one laboratory."""

    parser_classes = [Fhir, Json]

    @extend_schema(
        operation_id="laboratory_sources_fhir",
        request={"application/fhir+json": OpenApiTypes.OBJECT},
        responses={
            200: OperationOutcomeOut,
            201: OperationOutcomeOut,
            413: OperationOutcomeOut,
            422: OperationOutcomeOut,
        },
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Keep a bundle, then read it; 200 when it was here before.

        Parts that cannot be read are named, the others stand.
        """
        actor = actor_of(request)
        source = laboratory.files.source(actor, pk)
        actor.require(Perm.VISIT_WRITE, site=source.site_id)
        data = request.data if isinstance(request.data, bytes) else b""
        if len(data) > actions.messages.MOST_BYTES:
            return _outcome([_issue("error", "too-long", "5 MB at most")], 413)
        kept = actions.messages.receive(actor, source, content=data, protocol="FHIR")
        row = kept.message if kept.repeated else actions.messages.read(actor, kept.message)
        return _answer(row, kept.repeated)


def _answer(row: Any, repeated: bool) -> Response:
    if row.state == "UNREADABLE":
        return _outcome([_issue("error", "structure", row.problem)], 422)
    issues = []
    if row.state == "CONFLICT":
        text = "this identifier came before with other content: a person decides"
        issues.append(_issue("warning", "conflict", text))
    for part in filter(None, row.problem.split("; ")):
        place, _colon, code = part.rpartition(": ")
        issues.append(_issue("error", code or "invalid", "this part was not read", place))
    counts = ", ".join(f"{name} {count}" for name, count in sorted(row.counts.items()))
    text = "nobody here" if row.state == "NOT_OURS" else counts
    issues.append(_issue("information", "informational", f"repeated: {text}" if repeated else text))
    return _outcome(issues, 200 if repeated else 201)


def _issue(severity: str, code: str, diagnostics: str, expression: str = "") -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": diagnostics}
    return issue | ({"expression": [expression]} if expression else {})


def _outcome(issues: list[dict[str, Any]], status: int) -> Response:
    return Response({"resourceType": "OperationOutcome", "issue": issues}, status=status)


urlpatterns = [
    path("laboratory-sources/", LaboratorySources.as_view(), name="api-laboratory-sources"),
    path(
        "laboratory-sources/<uuid:pk>/fhir/",
        FhirBundles.as_view(),
        name="api-laboratory-fhir",
    ),
]
