"""Exchanges with the authority over the API: who owes which answer by when, and the answers."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core.permissions import Perm
from pv.queries import interactions


class InteractionOut(serializers.Serializer[Any]):
    """One exchange with the answer that stands."""

    id = serializers.UUIDField(source="row.id")
    product = serializers.UUIDField(source="row.product_id")
    certificate_number = serializers.CharField(source="row.certificate_number")
    kind = serializers.CharField(source="row.kind")
    subject = serializers.CharField(source="row.subject")
    content = serializers.CharField(source="row.content")
    reference_number = serializers.CharField(source="row.reference_number")
    happened_on = serializers.DateField(source="row.happened_on")
    owed_by = serializers.CharField(source="row.owed_by", help_text="HOLDER, AUTHORITY or NOBODY")
    due = serializers.DateField(source="row.due", allow_null=True)
    due_named = serializers.BooleanField(source="row.due_named")
    due_predicted = serializers.BooleanField(
        source="row.due_predicted", help_text="An official holiday notice may still move the day"
    )
    stops_review = serializers.BooleanField(source="row.stops_review")
    rule_version = serializers.CharField(source="row.rule_version")
    owner = serializers.CharField(source="row.owner_name")
    follows = serializers.UUIDField(source="row.follows_id", allow_null=True)
    open = serializers.BooleanField(help_text="Somebody still owes the answer")
    answered_on = serializers.DateField(source="answer.answered_on", default=None, allow_null=True)
    answer = serializers.CharField(source="answer.content", default="")
    evidence = serializers.CharField(source="answer.evidence", default="")
    withdrawn_because = serializers.CharField(source="row.withdrawn_because")


class InteractionList(serializers.Serializer[Any]):
    """A page, the newest first."""

    items = InteractionOut(many=True)
    next_key = serializers.CharField(help_text="`after` of the next page; empty at the end")


class Interactions(APIView):
    """Exchanges about the actor's products."""

    @extend_schema(
        operation_id="interactions_list",
        responses=InteractionList,
        parameters=[
            OpenApiParameter("box", str, enum=["open"], description="Only what is still owed"),
            OpenApiParameter("product", str, description="Id of a product"),
            OpenApiParameter("after", str, description="Key of the page before"),
        ],
    )
    def get(self, request: Request) -> Response:
        """The register by pages, the newest first."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_READ)
        asked = request.query_params
        page = interactions.page(
            actor,
            box=asked.get("box", ""),
            product=asked.get("product", ""),
            key=asked.get("after", ""),
        )
        return Response(InteractionList(page).data)


urlpatterns = [path("interactions/", Interactions.as_view(), name="api-interactions")]
