"""Protocols over the API: every version, its document, and the visits it plans from a day."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain import schedules
from followup.queries import amendments, protocols

HORIZON = timedelta(days=366 * 15)  # long-term follow-up as the guidelines ask for it


class ProtocolOut(serializers.Serializer[Any]):
    """A version of a protocol; in force between the two days, without a bound where none is."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    version = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    loaded_at = serializers.DateTimeField()
    sha256 = serializers.CharField()


class OneProtocolOut(ProtocolOut):
    """A version with its document."""

    document = serializers.JSONField(source="data")


class ProtocolVisitOut(serializers.Serializer[Any]):
    """A planned visit: its target, and the first and last day of its window."""

    code = serializers.CharField()
    target = serializers.DateField()
    window_start = serializers.DateField()
    window_end = serializers.DateField()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(
            {"day_zero": _("Not a full date: write year-month-day, for example 2026-11-21.")}
        ) from error


class Protocols(APIView):
    """Protocols."""

    @extend_schema(operation_id="protocols_list", responses=ProtocolOut(many=True))
    def get(self, request: Request) -> Response:
        """Every version of each, the latest first."""
        actor = actor_of(request)
        actor.require(Perm.REFERENCE_READ)
        return Response(ProtocolOut(amendments.versions(actor), many=True).data)


class OneProtocol(APIView):
    """One version of a protocol."""

    @extend_schema(operation_id="protocol", responses=OneProtocolOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """With its document."""
        actor = actor_of(request)
        actor.require(Perm.REFERENCE_READ)
        return Response(OneProtocolOut(amendments.version(actor, pk)).data)


class ProtocolVisits(APIView):
    """The visits of a version."""

    @extend_schema(
        operation_id="protocol_visits",
        responses=ProtocolVisitOut(many=True),
        parameters=[OpenApiParameter("day_zero", date, required=True)],
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """What it would plan in fifteen years from an infusion on `day_zero`; nothing is kept."""
        actor = actor_of(request)
        actor.require(Perm.REFERENCE_READ)
        item = amendments.version(actor, pk)
        day_zero = _day(request.query_params.get("day_zero", ""))
        try:
            until = day_zero + HORIZON
        except OverflowError as error:
            raise Refused(
                {"day_zero": _("Not a full date: write year-month-day, for example 2026-11-21.")}
            ) from error
        visits = schedules.plan(day_zero, protocols.of(item), until)
        return Response(ProtocolVisitOut(visits, many=True).data)


urlpatterns = [
    path("protocols/", Protocols.as_view(), name="api-protocols"),
    path("protocols/<uuid:pk>/", OneProtocol.as_view(), name="api-protocol"),
    path("protocols/<uuid:pk>/visits/", ProtocolVisits.as_view(), name="api-protocol-visits"),
]
