"""ICAHT and T-ICAHT over the API: the grades the counts on record give."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core.permissions import Perm
from followup.domain.laboratory import EndReason
from followup.queries import laboratory, patients


class GradingStepOut(serializers.Serializer[Any]):
    """One rule with what it saw and the grades still possible; several where it is open."""

    rule = serializers.CharField()
    inputs = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    possible = serializers.ListField(child=serializers.IntegerField())


class HaematotoxicityScaleOut(serializers.Serializer[Any]):
    """One scale; days count from the infusion, `last_day` null for a window without an end."""

    scale = serializers.CharField(source="grade.scale.value")
    version = serializers.CharField(source="grade.version")
    grade = serializers.IntegerField(source="grade.grade", allow_null=True)
    at_least = serializers.IntegerField(source="grade.at_least")
    at_most = serializers.IntegerField()
    first_day = serializers.IntegerField()
    last_day = serializers.IntegerField(allow_null=True)
    days_measured = serializers.IntegerField(source="measured")
    missing = serializers.ListField(child=serializers.CharField(), source="grade.missing")
    reasoning = GradingStepOut(many=True, source="grade.steps")


class CountingEndOut(serializers.Serializer[Any]):
    """What ends the counting, between two days; `last` null where it may be none."""

    reason = serializers.ChoiceField(choices=[each.value for each in EndReason])
    first = serializers.DateField()
    last = serializers.DateField(allow_null=True)


class HaematotoxicityOut(serializers.Serializer[Any]):
    """The scales of one infusion that have a count in their window."""

    infusion = serializers.UUIDField(source="infusion.id")
    infused_on = serializers.DateField(source="infusion.infused_on")
    scales = HaematotoxicityScaleOut(many=True)
    ends = CountingEndOut(many=True)


class HaematotoxicityGrades(APIView):
    """ICAHT and T-ICAHT of a patient."""

    @extend_schema(responses=HaematotoxicityOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Every grade the counts on record give, the latest infusion first."""
        actor = actor_of(request)
        patient = patients.one(actor, pk)
        actor.require(Perm.VISIT_READ)
        found = laboratory.haematotoxicity.of_patient(actor, patient)
        return Response(HaematotoxicityOut(found, many=True).data)


urlpatterns = [
    path(
        "patients/<uuid:pk>/haematotoxicity/",
        HaematotoxicityGrades.as_view(),
        name="api-haematotoxicity",
    ),
]
