"""Inbox, triage and assignment over the API: the same list and the same decisions as the pages."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given, page_size
from followup.core import clock
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from pv.actions import assignments as assigning
from pv.actions import triage as actions
from pv.queries import cases, inbox, triage


class InboxItemOut(serializers.Serializer[Any]):
    """One thing to decide: `event`, `report`, `proposal`, `answer` or overdue `question`."""

    kind = serializers.CharField()
    at = serializers.DateTimeField()
    case = serializers.UUIDField(source="case.id")
    number = serializers.CharField(source="case.number")
    title = serializers.CharField(source="case.title")
    received = serializers.UUIDField(source="received.id", allow_null=True, default=None)
    request = serializers.UUIDField(allow_null=True)
    next_due = serializers.DateField(source="case.next_due", allow_null=True)
    owner = serializers.UUIDField(source="case.assigned_to_id", allow_null=True)
    team = serializers.CharField(source="case.team")
    lock_version = serializers.IntegerField(source="case.lock_version")


class InboxPage(serializers.Serializer[Any]):
    """A page and the key of the next one."""

    items = InboxItemOut(many=True)
    next = serializers.CharField(source="next_key")


class TriageIn(Strict):
    """A decision with its coded reason; `other` is the case it follows or repeats."""

    kind = serializers.ChoiceField(choices=actions.Kind.values)
    reason = serializers.CharField(max_length=30)
    note = serializers.CharField(max_length=1000, allow_blank=True, default="")
    other = serializers.UUIDField(allow_null=True, default=None)
    lock_version = serializers.IntegerField(min_value=1)


class TriageOut(serializers.Serializer[Any]):
    """A decision of triage; `effective_at` of "not reportable" is its signature."""

    id = serializers.UUIDField()
    case = serializers.UUIDField(source="case_id")
    kind = serializers.CharField()
    reason = serializers.CharField()
    note = serializers.CharField()
    other = serializers.UUIDField(source="other_id", allow_null=True)
    decided_at = serializers.DateTimeField()
    effective_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_because = serializers.CharField()


class UndoIn(Strict):
    """Why a decision is undone."""

    reason = serializers.CharField(max_length=1000)
    lock_version = serializers.IntegerField(min_value=1)


class AssignIn(Strict):
    """Cases and who gets them; no owner puts them back to nobody."""

    cases = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=assigning.MOST
    )
    owner = serializers.UUIDField(allow_null=True)
    team = serializers.CharField(max_length=30, allow_blank=True, default="")


class AssignedOut(serializers.Serializer[Any]):
    """What became of one case; `problem` is empty where it was given."""

    number = serializers.CharField()
    problem = serializers.CharField()


class Inbox(APIView):
    """All that waits for triage."""

    @extend_schema(
        responses=InboxPage,
        parameters=[OpenApiParameter(name) for name in ("after", "owner", "kind", "team")]
        + [OpenApiParameter("size", int)],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """One page, the oldest first; `owner` is `mine`, `nobody` or empty."""
        actor = actor_of(request)
        actor.require(Perm.CASE_READ)
        asked = request.query_params
        filters = inbox.Filters(
            asked.get("owner", ""), asked.get("kind", ""), asked.get("team", "")
        )
        page = inbox.page(
            actor,
            today=clock.today(),
            filters=filters,
            key=asked.get("after", ""),
            size=page_size(request),
        )
        return Response(InboxPage(page).data)


class Triage(APIView):
    """Decisions about one case."""

    @extend_schema(responses=TriageOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The decisions made, the newest first."""
        actor = actor_of(request)
        rows = triage.of_case(actor, cases.one(actor, pk))
        return Response(TriageOut(rows, many=True).data)

    @extend_schema(request=TriageIn, responses=TriageOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Decide; 409 when somebody saved the case since `lock_version`."""
        actor = actor_of(request)
        case, values = cases.one(actor, pk), given(TriageIn, request)
        other = cases.one(actor, values["other"]) if values["other"] else None
        decision = actions.TriageInput(values["kind"], values["reason"], values["note"], other)
        made = actions.decide(actor, case, decision=decision, lock_version=values["lock_version"])
        return Response(TriageOut(made).data)


class TriageUndo(APIView):
    """A decision undone."""

    @extend_schema(request=UndoIn, responses=TriageOut)
    def post(self, request: Request, pk: UUID, decision: UUID) -> Response:
        """Undo the last decision about a case, with a reason."""
        actor = actor_of(request)
        made = triage.one(actor, decision)
        actions.undo(actor, made, **given(UndoIn, request))
        return Response(TriageOut(triage.one(actor, decision)).data)


class Assignments(APIView):
    """Who works on cases."""

    @extend_schema(request=AssignIn, responses=AssignedOut(many=True))
    def post(self, request: Request) -> Response:
        """Give many cases; one that cannot be given says why and the rest goes on."""
        actor = actor_of(request)
        actor.require(Perm.CASE_WRITE)
        values = given(AssignIn, request)
        found = assigning.assign_many(
            actor, values["cases"], owner=values["owner"], team=values["team"]
        )
        return Response(AssignedOut(found, many=True).data)


urlpatterns = [
    path("inbox/", Inbox.as_view(), name="api-inbox"),
    path("cases/assign/", Assignments.as_view(), name="api-assign"),
    path("cases/<uuid:pk>/triage/", Triage.as_view(), name="api-triage"),
    path(
        "cases/<uuid:pk>/triage/<uuid:decision>/undo/", TriageUndo.as_view(), name="api-triage-undo"
    ),
]
