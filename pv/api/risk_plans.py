"""Risk management plans over the API: versions, and one with risks, measures and documents."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from pv.queries import register_documents, risk_plans


class RegisterDocumentOut(serializers.Serializer[Any]):
    """A document beside an entry of a register, with its hash; removed ones say why."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    added_at = serializers.DateTimeField()
    removed_because = serializers.CharField()


class RiskPlanOut(serializers.Serializer[Any]):
    """One version of a product's plan; not confirmed: it does not hold."""

    id = serializers.UUIDField()
    product = serializers.UUIDField(source="product_id")
    number = serializers.CharField()
    valid_from = serializers.DateField()
    rationale = serializers.CharField()
    base = serializers.UUIDField(source="base_id", allow_null=True)
    report = serializers.UUIDField(source="report_id", allow_null=True)
    entered_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    refused_because = serializers.CharField()


class RiskPlanList(serializers.Serializer[Any]):
    """The version in force of each product, and those not confirmed yet."""

    in_force = RiskPlanOut(many=True)
    waiting = RiskPlanOut(many=True)


class EffectivenessCheckOut(serializers.Serializer[Any]):
    """Whether a measure works."""

    checked_on = serializers.DateField()
    indicator = serializers.CharField()
    target = serializers.CharField()
    result = serializers.CharField()
    outcome = serializers.CharField()


class PlanMeasureOut(serializers.Serializer[Any]):
    """What is done about a risk; without `due` it goes on without a day."""

    id = serializers.UUIDField(source="measure.id")
    lineage = serializers.UUIDField(source="measure.lineage", help_text="Same in every version")
    kind = serializers.CharField(source="measure.kind")
    description = serializers.CharField(source="measure.description")
    owner = serializers.CharField(source="measure.owner_name")
    due = serializers.DateField(source="measure.due", allow_null=True)
    duty = serializers.CharField(source="measure.duty")
    done_on = serializers.DateField(source="done.done_on", default=None, allow_null=True)
    evidence = serializers.CharField(source="done.evidence", default="")
    checks = EffectivenessCheckOut(many=True)


class PlanRiskOut(serializers.Serializer[Any]):
    """One risk or missing information with its measures."""

    id = serializers.UUIDField(source="risk.id")
    name = serializers.CharField(source="risk.name")
    category = serializers.CharField(source="risk.category")
    note = serializers.CharField(source="risk.note")
    signal = serializers.UUIDField(source="risk.signal_id", allow_null=True)
    measures = PlanMeasureOut(many=True)


class RiskPlanDetail(RiskPlanOut):
    """A version with all it says."""

    in_force = serializers.BooleanField()
    risks = PlanRiskOut(many=True)
    documents = RegisterDocumentOut(many=True)


class RiskPlans(APIView):
    """Risk management plans of the actor's products."""

    @extend_schema(operation_id="risk_plans_list", responses=RiskPlanList)
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """What is in force, and what is not confirmed yet."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_READ)
        found = {"in_force": risk_plans.held(actor), "waiting": risk_plans.waiting(actor)}
        return Response(RiskPlanList(found).data)


class OneRiskPlan(APIView):
    """One version."""

    @extend_schema(responses=RiskPlanDetail)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        actor = actor_of(request)
        plan = risk_plans.one(actor, pk)
        more = {
            "in_force": risk_plans.holds(plan),
            "risks": PlanRiskOut(risk_plans.lines(actor, plan), many=True).data,
            "documents": RegisterDocumentOut(register_documents.of(actor, plan), many=True).data,
        }
        return Response({**RiskPlanOut(plan).data, **more})


urlpatterns = [
    path("risk-plans/", RiskPlans.as_view(), name="api-risk-plans"),
    path("risk-plans/<uuid:pk>/", OneRiskPlan.as_view(), name="api-risk-plan"),
]
