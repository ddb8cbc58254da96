"""Possible duplicates of a case over the API: the same search and the same decision as the page."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from pv.actions import duplicates as actions
from pv.queries import cases, duplicates


class FieldOut(serializers.Serializer[Any]):
    """One field: how both values agree and how many bits it adds."""

    code = serializers.CharField()
    agreement = serializers.CharField()
    bits = serializers.DecimalField(max_digits=6, decimal_places=1)


class CandidateOut(serializers.Serializer[Any]):
    """One case that may be the same, with the latest decision of the pair."""

    case = serializers.UUIDField(source="case.id")
    number = serializers.CharField(source="case.number")
    verdict = serializers.CharField(source="score.verdict.value")
    bits = serializers.DecimalField(source="score.bits", max_digits=6, decimal_places=1)
    fields_compared = FieldOut(source="score.fields", many=True)
    decision = serializers.CharField(source="decision.outcome", default="", allow_blank=True)


class DuplicatesOut(serializers.Serializer[Any]):
    """The candidates in your scope; `hidden` counts those outside it, of which nothing is shown."""

    items = CandidateOut(source="candidates", many=True)
    hidden = serializers.IntegerField()


class DecisionIn(Strict):
    """One of four answers with its reason; `lock_version` is that of the case."""

    other = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=actions.Outcome.values)
    reason = serializers.CharField(max_length=500)
    lock_version = serializers.IntegerField(min_value=1)


class Duplicates(APIView):
    """What looks like a case, and what is decided of it."""

    @extend_schema(responses={200: DuplicatesOut})
    def get(self, request: Request, pk: UUID) -> Response:
        """Possible duplicates, the likeliest first."""
        actor = actor_of(request)
        found = duplicates.search(actor, cases.one(actor, pk))
        return Response(DuplicatesOut(found).data)

    @extend_schema(request=DecisionIn, responses={200: DuplicatesOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Decide of one pair; "same" nullifies the case, or sets it aside if nothing was sent."""
        actor = actor_of(request)
        case, values = cases.one(actor, pk), given(DecisionIn, request)
        other = cases.one(actor, values.pop("other"))
        actions.decide(actor, case, other, **values)
        return Response(DuplicatesOut(duplicates.search(actor, cases.one(actor, pk))).data)


urlpatterns = [path("cases/<uuid:pk>/duplicates/", Duplicates.as_view(), name="api-duplicates")]
