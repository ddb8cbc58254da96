"""The submission plan of a case over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core import clock
from pv.queries import cases, hospital_duties, plans


class PlanDutyOut(serializers.Serializer[Any]):
    """One duty towards the authority; `beside` is met by being done, not by a report."""

    rule = serializers.CharField()
    beside = serializers.BooleanField()
    version = serializers.IntegerField()
    day_zero = serializers.DateField(source="clock.day_zero")
    due = serializers.DateField()
    met_on = serializers.DateField(allow_null=True)
    citation = serializers.CharField(source="deadline.citation")


class PlanRuleOut(serializers.Serializer[Any]):
    """One rule that was looked at, with the facts that are missing."""

    rule = serializers.CharField(source="rule.id")
    citation = serializers.CharField(source="rule.citation")
    answer = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())


class PlanLineOut(serializers.Serializer[Any]):
    """One authority: `report`, `undecided` or `not_owed`, and why."""

    market = serializers.CharField(source="row.market")
    authority = serializers.CharField(source="row.authority")
    verdict = serializers.CharField(source="row.verdict")
    authorised = serializers.BooleanField(source="row.authorised")
    due = serializers.DateField(allow_null=True)
    receivers = serializers.ListField(child=serializers.CharField())
    findings = serializers.ListField(child=serializers.CharField())
    duties = PlanDutyOut(many=True, source="row.duties")
    applies = PlanRuleOut(many=True, source="row.applies")
    undecided = PlanRuleOut(many=True, source="row.undecided")
    excluded = PlanRuleOut(many=True, source="row.excluded")


class Plan(APIView):
    """The submission plan of a case."""

    @extend_schema(responses=PlanLineOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Who gets it, when and why, and who does not; China first."""
        actor = actor_of(request)
        made = plans.of_case(actor, cases.one(actor, pk), today=clock.today())
        return Response(PlanLineOut(made.lines, many=True).data)


class HospitalDutyOut(serializers.Serializer[Any]):
    """What the hospital owes for its event; `missing` are facts while the shortest limit runs."""

    rule = serializers.CharField()
    day_zero = serializers.DateField(source="clock.day_zero")
    due = serializers.DateField()
    met_on = serializers.DateField(allow_null=True)
    citation = serializers.CharField(source="deadline.citation")
    missing = serializers.ListField(child=serializers.CharField(), source="clock.missing")


class HospitalDuties(APIView):
    """What the hospital of a case owes itself, beside the plan of the holder."""

    @extend_schema(responses=HospitalDutyOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The soonest due first; none for a case that came from elsewhere."""
        found = hospital_duties.of_case(cases.one(actor_of(request), pk))
        return Response(HospitalDutyOut(found, many=True).data)


urlpatterns = [
    path("cases/<uuid:pk>/plan/", Plan.as_view(), name="api-case-plan"),
    path(
        "cases/<uuid:pk>/hospital-duties/",
        HospitalDuties.as_view(),
        name="api-case-hospital-duties",
    ),
]
