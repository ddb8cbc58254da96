"""Own reports of a hospital over the API: those of an event, a new one, one retracted."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import hospital_reports as actions
from followup.api.base import ReasonIn, Strict, actor_of, given
from followup.queries import hospital_reports as queries
from followup.queries import patients


class HospitalReportIn(Strict):
    """A report as it was made in the national system."""

    reported_on = serializers.DateField()
    number = serializers.CharField(max_length=60)


class HospitalReportOut(serializers.Serializer[Any]):
    """A report that was noted; `retracted_at` is empty while the note stands."""

    id = serializers.UUIDField()
    event = serializers.UUIDField(source="event_id")
    reported_on = serializers.DateField()
    number = serializers.CharField()
    noted_at = serializers.DateTimeField()
    retracted_at = serializers.DateTimeField(allow_null=True)
    retracted_because = serializers.CharField()


class HospitalReports(APIView):
    """The hospital's own reports of an event."""

    @extend_schema(operation_id="hospital_reports_list", responses=HospitalReportOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Those that stand, the first one first."""
        actor = actor_of(request)
        rows = queries.of_event(actor, patients.event(actor, pk))
        return Response(HospitalReportOut(rows, many=True).data)

    @extend_schema(request=HospitalReportIn, responses={201: HospitalReportOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Note one; refused for a day to come or before the event was known, and twice."""
        actor, values = actor_of(request), given(HospitalReportIn, request)
        row = actions.note(actor, patients.event(actor, pk), **values)
        return Response(HospitalReportOut(row).data, status=status.HTTP_201_CREATED)


class HospitalReportRetracted(APIView):
    """A retracted note."""

    @extend_schema(request=ReasonIn, responses=HospitalReportOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """With a reason; the hospital's duty is open again."""
        actor, values = actor_of(request), given(ReasonIn, request)
        row = actions.retract(actor, queries.one(actor, pk), reason=values["reason"])
        return Response(HospitalReportOut(row).data)


urlpatterns = [
    path(
        "events/<uuid:pk>/hospital-reports/",
        HospitalReports.as_view(),
        name="api-hospital-reports",
    ),
    path(
        "hospital-reports/<uuid:pk>/retract/",
        HospitalReportRetracted.as_view(),
        name="api-hospital-report-retract",
    ),
]
