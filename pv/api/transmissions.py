"""The submissions ledger and acknowledgements over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import ReasonIn, Strict, actor_of, given, page_size
from followup.core import clock
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.stored_words import told
from pv.actions import acknowledgements as actions
from pv.actions import transmissions
from pv.api.cases import SubmissionOut
from pv.api.receptions import Xml
from pv.queries import acknowledgements, cases
from pv.queries import transmissions as ledger


class LedgerOut(SubmissionOut):
    """A line of the ledger."""

    case = serializers.UUIDField(source="case_id")
    state = serializers.CharField()
    batch_number = serializers.CharField()
    report_number = serializers.CharField()
    answer_due = serializers.DateField(allow_null=True)
    answered_on = serializers.DateField(allow_null=True)
    disputed = serializers.BooleanField()
    ambiguous = serializers.BooleanField()
    void = serializers.BooleanField(
        default=False, help_text="The version was unlocked after the file was made."
    )


class LedgerPage(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one."""

    items = LedgerOut(many=True)
    next = serializers.CharField()


class TransmissionEventOut(serializers.Serializer[Any]):
    """One event of a submission; `file` is the acknowledgement's file."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    decision = serializers.CharField()
    retracts = serializers.UUIDField(source="retracts_id", allow_null=True)
    file = serializers.UUIDField(source="file_id", allow_null=True)
    channel = serializers.CharField()
    text = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class AcknowledgementLineOut(serializers.Serializer[Any]):
    """What became of one message of the file."""

    message = serializers.CharField()
    submission = serializers.UUIDField(allow_null=True)
    file_name = serializers.CharField()
    effect = serializers.CharField()
    decision = serializers.CharField()
    problem = serializers.SerializerMethodField()

    def get_problem(self, line: dict[str, Any]) -> str:
        """Why it was not applied, in the reader's language."""
        return told(line.get("words") or {}, line["problem"])


class AcknowledgementOut(serializers.Serializer[Any]):
    """A file of a receiver and what became of it."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    number = serializers.CharField()
    sender = serializers.CharField()
    sent = serializers.CharField()
    batch_number = serializers.CharField()
    code = serializers.CharField()
    problem = serializers.CharField(source="problem_told")
    reason = serializers.CharField()
    file_name = serializers.CharField(source="file.file_name")
    sha256 = serializers.CharField(source="file.sha256")
    received_at = serializers.DateTimeField(source="file.received_at")
    lines = AcknowledgementLineOut(many=True)


class AcknowledgementPage(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one."""

    items = AcknowledgementOut(many=True)
    next = serializers.CharField()


class SettleIn(Strict):
    """Which decision of the receiver holds, and how that is known."""

    decision = serializers.ChoiceField(choices=["accepted", "accepted_with_warnings", "rejected"])
    reason = serializers.CharField(max_length=2000)


class DecideIn(Strict):
    """Apply a waiting acknowledgement all the same, or set it aside; why."""

    verdict = serializers.ChoiceField(choices=["apply", "set_aside"])
    reason = serializers.CharField(max_length=500)


_PAGED = [OpenApiParameter("after", str), OpenApiParameter("size", int)]


class Ledger(APIView):
    """The submissions ledger."""

    @extend_schema(
        operation_id="submissions_list",
        responses=LedgerPage,
        parameters=[*_PAGED, OpenApiParameter("box", str), OpenApiParameter("receiver", str)],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """One page, the newest first; `box` is late, unanswered, rejected, ambiguous and so on."""
        page = ledger.ledger(
            actor_of(request),
            today=clock.today(),
            kind=request.query_params.get("box", ""),
            profile=request.query_params.get("receiver", ""),
            key=request.query_params.get("after", ""),
            size=page_size(request),
        )
        return Response(LedgerPage({"items": page.items, "next": page.next_key}).data)


class Events(APIView):
    """The events of one submission."""

    @extend_schema(responses=TransmissionEventOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The oldest first."""
        actor = actor_of(request)
        return Response(
            TransmissionEventOut(
                ledger.timeline(actor, cases.submission(actor, pk)), many=True
            ).data
        )


class Settle(APIView):
    """A receiver that contradicted itself."""

    @extend_schema(request=SettleIn, responses=LedgerOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Say which of its decisions holds."""
        actor = actor_of(request)
        values = given(SettleIn, request)
        row = transmissions.settle(actor, cases.submission(actor, pk), **values)
        return Response(LedgerOut(row).data)


class NotArrived(APIView):
    """A sending in doubt."""

    @extend_schema(request=ReasonIn, responses=LedgerOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Say that it did not arrive."""
        actor = actor_of(request)
        values = given(ReasonIn, request)
        row = transmissions.not_arrived(actor, cases.submission(actor, pk), **values)
        return Response(LedgerOut(row).data)


class Acknowledgements(APIView):
    """Acknowledgements of receivers."""

    parser_classes = [Xml]

    @extend_schema(
        operation_id="acknowledgements_list",
        responses=AcknowledgementPage,
        parameters=[*_PAGED, OpenApiParameter("state", str)],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """One page, the newest first; `state=waiting` are those a person has to look at."""
        page = acknowledgements.page(
            actor_of(request),
            state=request.query_params.get("state", ""),
            key=request.query_params.get("after", ""),
            size=page_size(request),
        )
        return Response(AcknowledgementPage({"items": page.items, "next": page.next_key}).data)

    @extend_schema(
        operation_id="acknowledgements_create",
        request={"application/xml": OpenApiTypes.BINARY},
        responses={200: AcknowledgementOut, 201: AcknowledgementOut},
        parameters=[OpenApiParameter("file_name", str)],
    )
    def post(self, request: Request) -> Response:
        """Keep and apply a file; 200 when it was here before. What is not ours waits."""
        actor = actor_of(request)
        actor.require(Perm.ICSR_IMPORT)
        name = request.query_params.get("file_name", "api.ack")
        data = request.data if isinstance(request.data, bytes) else b""
        received = actions.receive(actor, data, file_name=name, door="api")
        status = 200 if received.repeated else 201
        return Response(AcknowledgementOut(received.acknowledgement).data, status=status)


class Decide(APIView):
    """The decision on a waiting acknowledgement."""

    @extend_schema(request=DecideIn, responses=AcknowledgementOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Apply it all the same or set it aside, with a reason."""
        actor = actor_of(request)
        values = given(DecideIn, request)
        decide = actions.rework if values["verdict"] == "apply" else actions.set_aside
        row = decide(actor, acknowledgements.one(actor, pk), reason=values["reason"])
        return Response(AcknowledgementOut(row).data)


urlpatterns = [
    path("submissions/", Ledger.as_view(), name="api-submissions"),
    path("submissions/<uuid:pk>/events/", Events.as_view(), name="api-submission-events"),
    path("submissions/<uuid:pk>/settle/", Settle.as_view(), name="api-submission-settle"),
    path(
        "submissions/<uuid:pk>/not-arrived/",
        NotArrived.as_view(),
        name="api-submission-not-arrived",
    ),
    path("acknowledgements/", Acknowledgements.as_view(), name="api-acknowledgements"),
    path(
        "acknowledgements/<uuid:pk>/decide/",
        Decide.as_view(),
        name="api-acknowledgement-decide",
    ),
]
