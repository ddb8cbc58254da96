"""The screening log over the API: sources with what is owed, hits, and a decision on a hit."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.core import clock
from followup.core.permissions import Perm
from pv.actions import literature as actions
from pv.queries import literature


class ScreeningSourceOut(serializers.Serializer[Any]):
    """A source: the first day its next search covers, weeks overdue, hits nobody decided."""

    id = serializers.UUIDField(source="source.id")
    product = serializers.UUIDField(source="source.product_id")
    name = serializers.CharField(source="source.name")
    kind = serializers.CharField(source="source.kind")
    next_from = serializers.DateField(source="start")
    next_due = serializers.DateField(source="source.next_due")
    ended_on = serializers.DateField(source="source.ended_on", allow_null=True)
    weeks_overdue = serializers.IntegerField(source="overdue")
    undecided = serializers.IntegerField()


class LiteratureHitOut(serializers.Serializer[Any]):
    """A hit; `decision` is empty while it is open, `reason_code` is one of triage's reasons."""

    id = serializers.UUIDField()
    citation = serializers.CharField()
    searched_on = serializers.DateField(source="search.searched_on")
    decision = serializers.CharField()
    reason_code = serializers.CharField()
    reason = serializers.CharField()
    case = serializers.UUIDField(source="case_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)


class HitDecisionIn(Strict):
    """No case with its coded reason, or the number of the case that is there already."""

    decision = serializers.ChoiceField(choices=["not_case", "known"])
    code = serializers.CharField(max_length=30, allow_blank=True, default="")
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")
    number = serializers.CharField(max_length=20, allow_blank=True, default="")


class ScreeningSources(APIView):
    """What is searched."""

    @extend_schema(responses=ScreeningSourceOut(many=True))
    def get(self, request: Request) -> Response:
        """Sources in use, and ended ones with an undecided hit; the most overdue first."""
        actor = actor_of(request)
        actor.require(Perm.CASE_READ)
        rows = literature.sources(actor, clock.today())
        return Response(ScreeningSourceOut(rows, many=True).data)


class LiteratureHits(APIView):
    """Hits of a source."""

    @extend_schema(responses=LiteratureHitOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The hits of its last searches, the undecided ones first."""
        actor = actor_of(request)
        line = literature.source(actor, pk, clock.today())
        rows = literature.hits(actor, literature.searches(actor, line.source))
        return Response(LiteratureHitOut(rows, many=True).data)


class HitDecision(APIView):
    """What becomes of a hit."""

    @extend_schema(request=HitDecisionIn, responses=LiteratureHitOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Decide; refused once somebody has."""
        actor = actor_of(request)
        row = literature.hit(actor, pk)
        made = actions.decide(actor, row, **given(HitDecisionIn, request))
        return Response(LiteratureHitOut(made).data)


urlpatterns = [
    path("literature/", ScreeningSources.as_view(), name="api-literature"),
    path("literature/<uuid:pk>/hits/", LiteratureHits.as_view(), name="api-literature-hits"),
    path("literature/hits/<uuid:pk>/decide/", HitDecision.as_view(), name="api-literature-decide"),
]
