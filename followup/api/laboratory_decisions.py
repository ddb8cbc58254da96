"""Messages of laboratories that wait for a person, and what they say of patients' numbers."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import laboratory as actions
from followup.api.base import Strict, actor_of, given
from followup.core.permissions import Perm
from followup.queries import laboratory

MESSAGES = laboratory.messages


class LaboratoryMessageOut(serializers.Serializer[Any]):
    """A message: the answer it got, where it stands and why it waits."""

    id = serializers.UUIDField()
    laboratory = serializers.UUIDField(source="source_id")
    protocol = serializers.CharField()
    kind = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)
    sha256 = serializers.CharField()
    answer = serializers.CharField()
    state = serializers.CharField()
    problem = serializers.CharField(source="problem_told", allow_blank=True)
    counts = serializers.JSONField()
    received_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)


class MessageDecisionIn(Strict):
    """Read a message all the same, or set it aside, and why."""

    verdict = serializers.ChoiceField(choices=["read", "set_aside"])
    reason = serializers.CharField(max_length=500)


class IdentifierFindingOut(serializers.Serializer[Any]):
    """What a hospital says of a patient's numbers or death; the numbers are on its page alone."""

    id = serializers.UUIDField()
    message = serializers.UUIDField(source="message_id")
    kind = serializers.CharField()
    patient = serializers.UUIDField(source="patient_id")
    other = serializers.UUIDField(source="other_id", allow_null=True)
    state = serializers.CharField()
    answer = serializers.CharField(allow_blank=True)
    raised_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class IdentifierAnswerIn(Strict):
    """What was done, or why nothing had to be."""

    text = serializers.CharField(max_length=500)


class LaboratoryMessages(APIView):
    """Messages of a laboratory."""

    @extend_schema(
        operation_id="laboratory_messages_list", responses=LaboratoryMessageOut(many=True)
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """The oldest 50 that wait for a person."""
        actor = actor_of(request)
        rows = MESSAGES.waiting(actor, laboratory.files.source(actor, pk))
        return Response(LaboratoryMessageOut(rows, many=True).data)


class OneLaboratoryMessage(APIView):
    """One message."""

    @extend_schema(operation_id="laboratory_message", responses=LaboratoryMessageOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Where it stands; what it says is sealed and on its page alone."""
        return Response(LaboratoryMessageOut(MESSAGES.one(actor_of(request), pk)).data)

    @extend_schema(request=MessageDecisionIn, responses=LaboratoryMessageOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Decide on one that waits."""
        actor = actor_of(request)
        row = MESSAGES.one(actor, pk)
        done = actions.messages.decide(actor, row, **given(MessageDecisionIn, request))
        return Response(LaboratoryMessageOut(done).data)


class IdentifierFindings(APIView):
    """What hospitals say of the numbers of our patients."""

    @extend_schema(
        operation_id="laboratory_identifiers_list", responses=IdentifierFindingOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """The oldest 50 to be answered; nothing was merged automatically."""
        actor = actor_of(request)
        actor.require(Perm.IDENTITY_READ)
        return Response(IdentifierFindingOut(MESSAGES.findings(actor), many=True).data)


class AnswerIdentifierFinding(APIView):
    """The answer to a finding about a number."""

    @extend_schema(request=IdentifierAnswerIn, responses=IdentifierFindingOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Say what was done, or why nothing had to be."""
        actor = actor_of(request)
        row = MESSAGES.finding(actor, pk)
        done = actions.messages.answer(actor, row, **given(IdentifierAnswerIn, request))
        return Response(IdentifierFindingOut(done).data)


class ReopenIdentifierFinding(APIView):
    """An answer that was none."""

    @extend_schema(request=None, responses=IdentifierFindingOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Retract it: the finding waits again."""
        actor = actor_of(request)
        row = actions.messages.reopen(actor, MESSAGES.finding(actor, pk))
        return Response(IdentifierFindingOut(row).data)


_NUMBER = "laboratory-identifiers/<uuid:pk>/"
urlpatterns = [
    path(
        "laboratory-sources/<uuid:pk>/messages/",
        LaboratoryMessages.as_view(),
        name="api-laboratory-messages",
    ),
    path(
        "laboratory-messages/<uuid:pk>/",
        OneLaboratoryMessage.as_view(),
        name="api-laboratory-message",
    ),
    path("laboratory-identifiers/", IdentifierFindings.as_view(), name="api-identifier-findings"),
    path(f"{_NUMBER}answer/", AnswerIdentifierFinding.as_view(), name="api-identifier-answer"),
    path(f"{_NUMBER}reopen/", ReopenIdentifierFinding.as_view(), name="api-identifier-reopen"),
]
