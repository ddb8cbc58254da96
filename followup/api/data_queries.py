"""Questions about recorded data over the API: the list, a thread, asking, answering, closing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import data_queries as actions
from followup.api.base import Strict, VersionIn, actor_of, given
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.data_queries import QueryState
from followup.queries import data_queries as queries
from followup.queries import patients


class DataQueryOut(serializers.Serializer[Any]):
    """A question; `rule` is empty where a person asked, `field` where the whole record is meant."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    study_code = serializers.CharField(source="patient.study_code")
    site = serializers.CharField(source="site.code")
    visit = serializers.UUIDField(source="visit_id", allow_null=True)
    event = serializers.UUIDField(source="event_id", allow_null=True)
    field = serializers.CharField()
    rule = serializers.CharField()
    state = serializers.CharField()
    by_holder = serializers.BooleanField()
    raised_on = serializers.DateField()
    due_on = serializers.DateField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class DataQueryPageOut(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = DataQueryOut(many=True)
    next = serializers.CharField(allow_blank=True)


class DataQueryEntryOut(serializers.Serializer[Any]):
    """One entry of a thread: ASK, ANSWER, REOPEN, CLOSE, or RESOLVE by a correction."""

    kind = serializers.CharField()
    text = serializers.CharField()
    written_by = serializers.CharField(source="written_by.username", allow_null=True)
    written_at = serializers.DateTimeField()


class OneDataQueryOut(DataQueryOut):
    """A question with its thread, the oldest entry first."""

    entries = DataQueryEntryOut(many=True)


class DataQueryIn(Strict):
    """What is to be checked: of a contact, of an event, or of the patient."""

    text = serializers.CharField(max_length=1000)
    visit = serializers.UUIDField(default=None, allow_null=True)
    event = serializers.UUIDField(default=None, allow_null=True)
    field = serializers.CharField(max_length=40, default="", allow_blank=True)


class DataQueryEntryIn(VersionIn):
    """One more entry."""

    text = serializers.CharField(max_length=1000)


def _shown(request: Request, pk: UUID) -> dict[str, Any]:
    row = queries.one(actor_of(request), pk)
    entries = DataQueryEntryOut(queries.entries(row), many=True).data
    return {**DataQueryOut(row).data, "entries": entries}


class DataQueries(APIView):
    """Questions about recorded data."""

    @extend_schema(
        operation_id="data_queries_list",
        responses=DataQueryPageOut,
        parameters=[
            OpenApiParameter("state", str, enum=[state.value for state in QueryState]),
            OpenApiParameter("after", str),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """Those that are not closed, or those of a state; the oldest first, a page at a time."""
        actor, asked = actor_of(request), request.query_params
        actor.require(Perm.VISIT_READ)
        state = asked.get("state", "")
        if state and state not in set(QueryState):
            raise Refused({"state": ", ".join(QueryState)})
        rows, key = queries.page(actor, state=state, key=asked.get("after", ""))
        return Response(DataQueryPageOut({"items": rows, "next": key}).data)


class PatientDataQueries(APIView):
    """Questions about a patient's data."""

    @extend_schema(request=DataQueryIn, responses={201: OneDataQueryOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Ask; refused for a contact or an event of another patient."""
        actor, values = actor_of(request), given(DataQueryIn, request)
        visit, event = values.pop("visit"), values.pop("event")
        row = actions.ask(
            actor,
            patients.one(actor, pk),
            visit=patients.visit(actor, visit) if visit else None,
            event=patients.event(actor, event) if event else None,
            **values,
        )
        return Response(_shown(request, row.id), status=status.HTTP_201_CREATED)


class OneDataQuery(APIView):
    """One question."""

    @extend_schema(operation_id="data_query", responses=OneDataQueryOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """With its thread."""
        return Response(_shown(request, pk))


class _Entry(APIView):
    move: Callable[..., Any]

    @extend_schema(request=DataQueryEntryIn, responses=OneDataQueryOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Write it; 409 when somebody wrote since, refused in a state that takes none of this."""
        actor = actor_of(request)
        self.move(actor, queries.one(actor, pk), **given(DataQueryEntryIn, request))
        return Response(_shown(request, pk))


class DataQueryAnswer(_Entry):
    """The hospital's answer."""

    move = staticmethod(actions.answer)


class DataQueryReopening(_Entry):
    """The question once more, on the same thread."""

    move = staticmethod(actions.reopen)


class DataQueryClosing(_Entry):
    """The end of a question, with what settled it."""

    move = staticmethod(actions.close)


urlpatterns = [
    path("data-queries/", DataQueries.as_view(), name="api-data-queries"),
    path("data-queries/<uuid:pk>/", OneDataQuery.as_view(), name="api-data-query"),
    path("data-queries/<uuid:pk>/answer/", DataQueryAnswer.as_view(), name="api-query-answer"),
    path("data-queries/<uuid:pk>/reopen/", DataQueryReopening.as_view(), name="api-query-reopen"),
    path("data-queries/<uuid:pk>/close/", DataQueryClosing.as_view(), name="api-query-close"),
    path(
        "patients/<uuid:pk>/data-queries/",
        PatientDataQueries.as_view(),
        name="api-patient-data-queries",
    ),
]
