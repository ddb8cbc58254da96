"""Channels and the sending of released files over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import ReasonIn, Strict, actor_of, given
from followup.core import clock
from followup.core.permissions import Perm
from pv.actions import sendings
from pv.api.transmissions import LedgerOut
from pv.queries import cases, channels


class ChannelOut(serializers.Serializer[Any]):
    """A channel and how it stands."""

    id = serializers.UUIDField(source="channel.id")
    name = serializers.CharField(source="channel.name")
    kind = serializers.CharField(source="channel.kind")
    environment = serializers.CharField(source="channel.environment")
    receiver = serializers.CharField(source="channel.profile")
    partner = serializers.CharField(source="channel.partner")
    active = serializers.BooleanField(source="channel.active")
    light = serializers.CharField()
    queued = serializers.IntegerField()
    waiting = serializers.IntegerField()
    last_success = serializers.DateTimeField(allow_null=True)
    oldest_answer_due = serializers.DateField(allow_null=True)


class SendingOut(serializers.Serializer[Any]):
    """The sending of a file by a channel."""

    channel = serializers.UUIDField(source="channel_id")
    state = serializers.CharField()
    tries = serializers.IntegerField()
    problem = serializers.CharField()
    message_id = serializers.CharField()
    not_before = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)


class SendIn(Strict):
    """The channel a file is handed to; a reason where the submission plan asks for no report."""

    channel = serializers.UUIDField()
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class Channels(APIView):
    """The channels."""

    @extend_schema(operation_id="channels_list", responses=ChannelOut(many=True))
    def get(self, request: Request) -> Response:
        """Those in use first, each with its light."""
        actor = actor_of(request)
        actor.require(Perm.EXCHANGE_READ)
        rows = channels.standings(actor, today=clock.today())
        return Response(ChannelOut(rows, many=True).data)


class Send(APIView):
    """A released file on its way by a channel."""

    @extend_schema(request=SendIn, responses={201: SendingOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Hand the file to a channel of its receiver; refused when it went out already."""
        actor = actor_of(request)
        values = given(SendIn, request)
        channel = channels.one(actor, values["channel"])
        file = cases.submission(actor, pk)
        row = sendings.queue(actor, file, channel=channel, reason=values["reason"])
        return Response(SendingOut(row).data, status=201)


class Withdraw(APIView):
    """A file that waits in the queue."""

    @extend_schema(request=ReasonIn, responses=LedgerOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Retract it before an attempt began."""
        actor = actor_of(request)
        row = cases.submission(actor, pk)
        return Response(LedgerOut(sendings.withdraw(actor, row, **given(ReasonIn, request))).data)


urlpatterns = [
    path("channels/", Channels.as_view(), name="api-channels"),
    path("submissions/<uuid:pk>/send/", Send.as_view(), name="api-submission-send"),
    path("submissions/<uuid:pk>/withdraw/", Withdraw.as_view(), name="api-submission-withdraw"),
]
