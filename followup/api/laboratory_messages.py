"""FHIR R4 bundles of laboratories over the API; what they say waits in the tray."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import laboratory as actions
from followup.api.base import actor_of
from followup.core import row_permissions
from followup.core.permissions import Perm
from followup.domain.laboratory.message_states import MessageState
from followup.queries import laboratory

_CODES = {
    400: "structure",
    401: "login",
    403: "forbidden",
    404: "not-found",
    413: "too-long",
    415: "not-supported",
    429: "throttled",
    503: "transient",
}
_ACCEPTED, _BROKEN = "202 Accepted", "422 Unprocessable Entity"


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


class FhirJson(JSONRenderer):
    """FHIR's own name for its JSON, which its clients ask for."""

    media_type = "application/fhir+json"


class AlwaysFhir(DefaultContentNegotiation):
    """A laboratory gets FHIR whatever it would rather read: a message is never left unanswered."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer that was asked for, or FHIR's."""
        try:
            return cast(
                tuple[BaseRenderer, str],
                super().select_renderer(request, renderers, format_suffix),
            )
        except NotAcceptable:
            return renderers[0], renderers[0].media_type


class OutcomeIssueOut(serializers.Serializer[Any]):
    """One thing said of the message."""

    severity = serializers.CharField()
    code = serializers.CharField()
    diagnostics = serializers.CharField()
    expression = serializers.ListField(child=serializers.CharField(), required=False)


class OperationOutcomeOut(serializers.Serializer[Any]):
    """FHIR OperationOutcome."""

    def get_fields(self) -> dict[str, Any]:
        """FHIR's own spelling of the names."""
        return {"resourceType": serializers.CharField(), "issue": OutcomeIssueOut(many=True)}


class FhirBundles(APIView):
    """Bundles of one laboratory."""

    parser_classes = [Fhir, Json]
    renderer_classes = [FhirJson, JSONRenderer]
    content_negotiation_class = AlwaysFhir

    def handle_exception(self, exc: Exception) -> Response:
        """What every call may be answered with, as an OperationOutcome."""
        response = super().handle_exception(exc)
        code = _CODES.get(response.status_code, "processing")
        said = response.data if isinstance(response.data, dict) else {}
        response.data = _body([_issue("error", code, str(said.get("detail", "")))])
        return response

    @extend_schema(
        operation_id="laboratory_sources_fhir",
        request={"application/fhir+json": OpenApiTypes.OBJECT},
        responses={
            200: OpenApiTypes.OBJECT,  # a repetition; or the response of a batch or transaction
            201: OperationOutcomeOut,
            413: OperationOutcomeOut,
            422: OperationOutcomeOut,
        },
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Keep a bundle, then read it; 200 when it was here before.

        Parts that cannot be read are named, the others stand; of a transaction nothing stands
        then. A batch or transaction is answered by a Bundle with a response for each entry.
        """
        actor = actor_of(request)
        source = laboratory.files.source(actor, pk)
        row_permissions.require(actor, source, Perm.VISIT_WRITE)
        data = request.data if isinstance(request.data, bytes) else b""
        if len(data) > actions.messages.MOST_BYTES:
            return _outcome([_issue("error", "too-long", "5 MB at most")], 413)
        kept = actions.messages.receive(actor, source, content=data, protocol="FHIR")
        row = kept.message
        if not kept.repeated and row.state == MessageState.RECEIVED:
            row = actions.messages.read(actor, row)
        kind = row.kind.removeprefix("Bundle ")
        if kind in ("batch", "transaction") and row.state != MessageState.UNREADABLE:
            return _each(row, data, kind)
        return _answer(row, kept.repeated)


def _each(row: Any, data: bytes, kind: str) -> Response:
    """The response of a batch or transaction: accepted into the tray, or why not, by entry."""
    count = len(json.loads(data.decode("utf-8-sig")).get("entry") or ())
    faults: dict[int, list[dict[str, Any]]] = {}
    for issue in _issues(row):
        place = re.match(r"Bundle\.entry\[(\d+)\]", next(iter(issue.get("expression", ())), ""))
        for number in [int(place[1])] if place else range(count):
            faults.setdefault(number, []).append(issue)
    entries = []
    for number in range(count):
        issues = faults.get(number, [])
        broken = any(issue["severity"] == "error" for issue in issues)
        said: dict[str, Any] = {"status": _BROKEN if broken else _ACCEPTED}
        if issues:
            said["outcome"] = {"resourceType": "OperationOutcome", "issue": issues}
        entries.append({"response": said})
    answer = {"resourceType": "Bundle", "type": f"{kind}-response", "entry": entries}
    return Response(answer, status=200)


def _issues(row: Any) -> list[dict[str, Any]]:
    """What is said of a kept bundle: that a person decides, or which parts were not read."""
    if row.state == MessageState.CONFLICT:
        return [_issue("warning", "conflict", f"a person decides: {row.problem_told}")]
    issues = []
    for part in filter(None, row.problem.split("; ") if row.state == MessageState.READ else ()):
        place, _colon, code = part.rpartition(": ")
        issues.append(_issue("error", code or "invalid", "this part was not read", place))
    return issues


def _answer(row: Any, repeated: bool) -> Response:
    if row.state == "UNREADABLE":
        return _outcome([_issue("error", "structure", row.problem_told)], 422)
    issues = _issues(row)
    counts = ", ".join(f"{name} {count}" for name, count in sorted(row.counts.items()))
    text = "nobody here" if row.state == "NOT_OURS" else counts
    issues.append(_issue("information", "informational", f"repeated: {text}" if repeated else text))
    return _outcome(issues, 200 if repeated else 201)


def _issue(severity: str, code: str, diagnostics: str, expression: str = "") -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": diagnostics}
    return issue | ({"expression": [expression]} if expression else {})


def _outcome(issues: list[dict[str, Any]], status: int) -> Response:
    return Response(_body(issues), status=status)


def _body(issues: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": issues}


urlpatterns = [
    path(
        "laboratory-sources/<uuid:pk>/fhir/",
        FhirBundles.as_view(),
        name="api-laboratory-fhir",
    ),
]
