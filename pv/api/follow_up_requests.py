"""Follow-up requests over the API: asked, attempted, answered, assessed, closed as on the pages."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from pv.actions import follow_up_requests as actions
from pv.queries import cases
from pv.queries import follow_up_requests as requests


class FollowUpRequestOut(serializers.Serializer[Any]):
    """A request; `bearing` is what a person said of the answer, empty while nobody has."""

    id = serializers.UUIDField()
    case = serializers.UUIDField(source="case_id")
    way = serializers.CharField()
    state = serializers.CharField()
    elements = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField()
    asked_on = serializers.DateField()
    due_on = serializers.DateField()
    escalated_on = serializers.DateField(allow_null=True)
    answered_on = serializers.DateField(allow_null=True)
    bearing = serializers.CharField()
    closure = serializers.CharField()
    version = serializers.IntegerField()


class FollowUpAskIn(Strict):
    """A question to the hospital: instance paths of elements, free words, or both."""

    elements = serializers.ListField(
        child=serializers.CharField(max_length=80), default=list, max_length=200
    )
    text = serializers.CharField(max_length=2000, allow_blank=True, default="")
    due_on = serializers.DateField(allow_null=True, default=None)


class FollowUpVersionIn(Strict):
    """The version of the request as read."""

    version = serializers.IntegerField(min_value=1)


class FollowUpAttemptIn(FollowUpVersionIn):
    """One attempt; channel and outcome are codes of the document follow_up_requests."""

    on = serializers.DateField()
    channel = serializers.CharField(max_length=20)
    outcome = serializers.CharField(max_length=20)
    text = serializers.CharField(max_length=1000, allow_blank=True, default="")


class FollowUpAnswerIn(FollowUpVersionIn):
    """An answer that came another way, with the day it reached the holder."""

    on = serializers.DateField()
    text = serializers.CharField(max_length=10_000)


class FollowUpAssessmentIn(FollowUpVersionIn):
    """Whether the answer is new information; "nothing new" needs its reason in `text`."""

    bearing = serializers.ChoiceField(choices=["new", "nothing_new"])
    text = serializers.CharField(max_length=1000, allow_blank=True, default="")


class FollowUpAgainIn(FollowUpVersionIn):
    """What is still to be known."""

    text = serializers.CharField(max_length=2000)
    due_on = serializers.DateField(allow_null=True, default=None)


class FollowUpClosureIn(FollowUpVersionIn):
    """The coded reason to close; some need words."""

    closure = serializers.CharField(max_length=30)
    text = serializers.CharField(max_length=1000, allow_blank=True, default="")


class FollowUpWithdrawalIn(FollowUpVersionIn):
    """Why a question is withdrawn."""

    reason = serializers.CharField(max_length=1000)


class FollowUpRequests(APIView):
    """The requests of one case."""

    @extend_schema(responses=FollowUpRequestOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """What was asked about the case, what still waits first."""
        actor = actor_of(request)
        rows = requests.of_case(actor, cases.one(actor, pk))
        return Response(FollowUpRequestOut(rows, many=True).data)

    @extend_schema(request=FollowUpAskIn, responses=FollowUpRequestOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Ask the hospital of the case."""
        actor = actor_of(request)
        row = actions.ask_hospital(actor, cases.one(actor, pk), **given(FollowUpAskIn, request))
        return Response(FollowUpRequestOut(row).data)


def _step(
    name: str, kind: type[Strict], act: Callable[..., Any], summary: str
) -> Callable[..., Any]:
    """The view of one step of a request."""

    class Step(APIView):
        @extend_schema(request=kind, responses=FollowUpRequestOut, description=summary)
        def post(self, request: Request, pk: UUID) -> Response:
            actor = actor_of(request)
            row = act(actor, requests.one(actor, pk), **given(kind, request))
            return Response(FollowUpRequestOut(row).data)

    Step.__name__ = name
    Step.__doc__ = summary
    return Step.as_view()


_AT = "follow-up-requests/<uuid:pk>/"
urlpatterns = [
    path(
        "cases/<uuid:pk>/follow-up-requests/",
        FollowUpRequests.as_view(),
        name="api-follow-up-requests",
    ),
    path(
        _AT + "attempts/",
        _step("Attempts", FollowUpAttemptIn, actions.attempt, "Note an attempt to get an answer."),
        name="api-follow-up-attempts",
    ),
    path(
        _AT + "answer/",
        _step("Answer", FollowUpAnswerIn, actions.record_answer, "Record an answer."),
        name="api-follow-up-answer",
    ),
    path(
        _AT + "assessment/",
        _step(
            "Assessment", FollowUpAssessmentIn, actions.assess, "Say what an answer is to the case."
        ),
        name="api-follow-up-assessment",
    ),
    path(
        _AT + "again/",
        _step("Again", FollowUpAgainIn, actions.ask_again, "Ask again on the same thread."),
        name="api-follow-up-again",
    ),
    path(
        _AT + "closure/",
        _step("Closure", FollowUpClosureIn, actions.close, "Close a request for a coded reason."),
        name="api-follow-up-closure",
    ),
    path(
        _AT + "withdrawal/",
        _step("Withdrawal", FollowUpWithdrawalIn, actions.withdraw, "Withdraw a question."),
        name="api-follow-up-withdrawal",
    ),
]
