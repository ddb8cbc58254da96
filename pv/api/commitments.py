"""Commitments over the API: list, one with its milestones, open steps and history."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core import clock
from followup.core.http.standby import reads_from_standby
from followup.core.problems import Refused
from pv.queries import commitments
from pv.queries.commitments import CommitmentGroup

GROUPS = [group.value for group in CommitmentGroup]


class StandingOut(serializers.Serializer[Any]):
    """Where it stands today; the colour follows from the forecast, not from the state."""

    group = serializers.ChoiceField(choices=GROUPS)
    colour = serializers.CharField(source="outlook.colour.value")
    days_left = serializers.IntegerField(help_text="To the day to hold; negative: past")
    late = serializers.ListField(child=serializers.CharField())
    slipping = serializers.ListField(child=serializers.CharField())
    submitted_on = serializers.DateField(allow_null=True)
    stale = serializers.BooleanField(help_text="The forecast is older than it may be")


class SaleOut(serializers.Serializer[Any]):
    """The rule by which the product is not sold while an extension is asked for or runs."""

    binding = serializers.BooleanField(help_text="False: a draft that is not in force")
    citation = serializers.CharField()
    confidence = serializers.CharField()


class CommitmentOut(serializers.Serializer[Any]):
    """What is owed for an indication, until when, and how it stands."""

    id = serializers.UUIDField(source="commitment.id")
    product = serializers.UUIDField(source="commitment.product_id")
    indication = serializers.CharField(source="commitment.indication.code")
    indication_zh = serializers.CharField(source="commitment.indication.name_zh")
    indication_en = serializers.CharField(source="commitment.indication.name_en")
    kind = serializers.CharField(source="commitment.kind")
    title = serializers.CharField(source="commitment.title")
    trial_number = serializers.CharField(source="commitment.trial_number")
    dossier_number = serializers.CharField(source="commitment.dossier_number")
    state = serializers.CharField(source="commitment.state")
    approved_on = serializers.SerializerMethodField()
    legal_end = serializers.DateField(
        source="commitment.legal_end", help_text="The day to hold: of a span the earliest"
    )
    legal_end_latest = serializers.DateField(source="commitment.legal_end_latest")
    limit_rule = serializers.CharField(source="commitment.limit_rule")
    target_enrolment = serializers.IntegerField(
        source="commitment.target_enrolment", allow_null=True
    )
    forecast_p50 = serializers.DateField(source="commitment.forecast_p50", allow_null=True)
    forecast_p80 = serializers.DateField(source="commitment.forecast_p80", allow_null=True)
    forecast_on = serializers.DateField(source="commitment.forecast_on", allow_null=True)
    standing = StandingOut(source="status")
    sale_suspended = SaleOut(source="sale", allow_null=True)

    @extend_schema_field(OpenApiTypes.STR)
    def get_approved_on(self, found: Any) -> str:
        """The approval date as exact as it is known: a day, a month or a year."""
        row = found.commitment
        known = commitments.partial(row.approved_on, row.approved_precision)
        return known.isoformat() if known else ""


class CommitmentLine(CommitmentOut):
    """A commitment in the list, with its next milestone and its enrolment."""

    next_milestone = serializers.CharField(source="following.code", default=None, allow_null=True)
    enrolled = serializers.IntegerField(allow_null=True)


class CommitmentList(serializers.Serializer[Any]):
    """Every commitment of the actor's products, what is at risk first."""

    items = CommitmentLine(many=True)


class MilestoneOut(serializers.Serializer[Any]):
    """One milestone; `slip_days` against the baseline, still growing when `at_least`."""

    id = serializers.UUIDField(source="row.id")
    code = serializers.CharField(source="row.code")
    period = serializers.IntegerField(source="row.period")
    baseline = serializers.DateField(source="row.baseline", allow_null=True)
    due = serializers.DateField(source="row.due", allow_null=True)
    forecast = serializers.DateField(source="row.forecast", allow_null=True)
    actual = serializers.DateField(source="row.actual", allow_null=True)
    evidence = serializers.CharField(source="row.evidence")
    slip_days = serializers.IntegerField(allow_null=True)
    at_least = serializers.BooleanField()


class StepOut(serializers.Serializer[Any]):
    """An event the present state knows; `against` names what stands against it now."""

    event = serializers.CharField(source="event.value")
    against = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_against(self, step: Any) -> list[str]:
        """The codes of the refusals."""
        return [refusal.code.value for refusal in step.against]


class HistoryOut(serializers.Serializer[Any]):
    """One entry of the history, the newest first."""

    event = serializers.CharField()
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    milestone = serializers.CharField(source="milestone_code")
    old_date = serializers.DateField(allow_null=True)
    new_date = serializers.DateField(allow_null=True)
    document = serializers.CharField()
    happened_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class CommitmentDetail(CommitmentOut):
    """A commitment with its milestones, the steps open to it and its history."""

    condition = serializers.CharField(source="commitment.condition_text")
    condition_source = serializers.CharField(source="commitment.condition_source")
    citation = serializers.CharField(source="commitment.citation")
    milestones = MilestoneOut(many=True, source="lines")
    steps = StepOut(many=True)
    history = HistoryOut(many=True, source="events")
    lock_version = serializers.IntegerField(source="commitment.lock_version")


class Commitments(APIView):
    """Commitments of the actor's products."""

    @extend_schema(
        operation_id="commitments_list",
        responses=CommitmentList,
        parameters=[OpenApiParameter("group", str, enum=GROUPS)],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """All of them, or one group; at risk first, then by the nearest statutory deadline."""
        group = request.query_params.get("group", "")
        if group and group not in GROUPS:
            raise Refused({"group": ", ".join(GROUPS)})
        found = commitments.overview(actor_of(request), today=clock.today()).lines
        lines = [line for line in found if not group or line.status.group == group]
        return Response(CommitmentList({"items": lines}).data)


class OneCommitment(APIView):
    """One commitment."""

    @extend_schema(responses=CommitmentDetail)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        actor = actor_of(request)
        row = commitments.one(actor, pk)
        found = commitments.detail(actor, row, today=clock.today())
        return Response(CommitmentDetail(found).data)


urlpatterns = [
    path("commitments/", Commitments.as_view(), name="api-commitments"),
    path("commitments/<uuid:pk>/", OneCommitment.as_view(), name="api-commitment"),
]
