"""What moves and meets the clocks of a case: days of awareness, duties done, actions abroad."""

from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import MomentField, ReasonIn, Strict, actor_of, given
from pv.actions import cases as actions
from pv.actions import clocks
from pv.api.cases import CaseOut, ClockOut, LockedIn, changed
from pv.queries import cases


class AwarenessIn(LockedIn, ReasonIn):
    """The day it was really learned of, and why the day is corrected."""

    on = serializers.DateField()
    at = MomentField(
        default=None, allow_null=True, help_text="The moment, where a limit is in hours"
    )


class OverseasActionIn(LockedIn):
    """The product was suspended or withdrawn abroad for reasons of safety, over this case."""

    country = serializers.CharField(max_length=2)
    kind = serializers.ChoiceField(choices=["suspended", "withdrawn"])
    learned_at = MomentField()
    text = serializers.CharField(max_length=2000)


class RetractedActionIn(LockedIn, ReasonIn):
    """Why an action abroad was none."""


class DoneIn(Strict):
    """The day a duty beside the report was done; the moment too where its limit is in hours."""

    on = serializers.DateField()
    at = MomentField(default=None, allow_null=True)


class Awareness(APIView):
    """The day something about a case was learned of."""

    @extend_schema(request=AwarenessIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID, source_id: UUID) -> Response:
        """Correct it; the clocks that hang on it stop and start again."""
        actor = actor_of(request)
        case = cases.one(actor, pk)
        source = cases.source(actor, case, source_id)
        values = given(AwarenessIn, request)
        row = actions.correct_awareness(actor, case, source=source, **values)
        return Response(CaseOut(row).data)


class OverseasActions(APIView):
    """Actions of authorities abroad over a case."""

    @extend_schema(request=OverseasActionIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Note one; its clock counts in hours from the moment it was learned of."""
        return changed(actions.note_overseas_action, OverseasActionIn, request, pk)


class OverseasActionRetracted(APIView):
    """An action abroad that was entered by mistake."""

    @extend_schema(request=RetractedActionIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID, source_id: UUID) -> Response:
        """Retract it; its clock is stopped."""
        actor = actor_of(request)
        values = given(RetractedActionIn, request)
        case = cases.one(actor, pk)
        row = actions.retract_overseas_action(actor, case, source_id=source_id, **values)
        return Response(CaseOut(row).data)


class ClockDone(APIView):
    """A duty beside the report, met by being done."""

    @extend_schema(request=DoneIn, responses=ClockOut)
    def post(self, request: Request, pk: UUID, clock_id: UUID) -> Response:
        """Note the day, with the moment of a limit in hours."""
        actor = actor_of(request)
        values = given(DoneIn, request)
        row = clocks.complete(actor, cases.one(actor, pk), clock_id=clock_id, **values)
        return Response(ClockOut(row).data)


class ClockReopened(APIView):
    """A duty that was not done after all."""

    @extend_schema(request=ReasonIn, responses=ClockOut)
    def post(self, request: Request, pk: UUID, clock_id: UUID) -> Response:
        """Open it again, with the reason."""
        actor = actor_of(request)
        values = given(ReasonIn, request)
        row = clocks.reopen(actor, cases.one(actor, pk), clock_id=clock_id, **values)
        return Response(ClockOut(row).data)


urlpatterns = [
    path(
        "cases/<uuid:pk>/sources/<uuid:source_id>/day/",
        Awareness.as_view(),
        name="api-case-awareness",
    ),
    path("cases/<uuid:pk>/overseas-actions/", OverseasActions.as_view(), name="api-case-overseas"),
    path(
        "cases/<uuid:pk>/overseas-actions/<uuid:source_id>/retract/",
        OverseasActionRetracted.as_view(),
        name="api-case-overseas-retract",
    ),
    path(
        "cases/<uuid:pk>/clocks/<uuid:clock_id>/done/",
        ClockDone.as_view(),
        name="api-case-clock-done",
    ),
    path(
        "cases/<uuid:pk>/clocks/<uuid:clock_id>/reopen/",
        ClockReopened.as_view(),
        name="api-case-clock-reopen",
    ),
]
