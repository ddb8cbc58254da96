"""Reminders to centres over the API: what the holder asked of whom, and a new one."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import reference
from pv.actions import centre_reminders as actions
from pv.queries import centre_reminders


class CentreReminderIn(Strict):
    """What the people of a centre are asked to do; no name, nothing that points to a patient."""

    product = serializers.UUIDField()
    site = serializers.UUIDField()
    text = serializers.CharField(max_length=actions.LONGEST_REMINDER)


class CentreReminderOut(serializers.Serializer[Any]):
    """One reminder."""

    id = serializers.UUIDField()
    product = serializers.UUIDField(source="product_id")
    site = serializers.UUIDField(source="site_id")
    site_code = serializers.CharField(source="site.code")
    text = serializers.CharField()
    sent_by = serializers.CharField(source="sent_by.display_name")
    sent_at = serializers.DateTimeField()


class CentreReminderList(serializers.Serializer[Any]):
    """A page, the newest first."""

    items = CentreReminderOut(many=True)
    next_key = serializers.CharField(help_text="`after` of the next page; empty at the end")


class CentreReminders(APIView):
    """Reminders to the centres of the actor's products."""

    @extend_schema(
        operation_id="centre_reminders_list",
        responses=CentreReminderList,
        parameters=[
            OpenApiParameter("product", str, description="Id of a product"),
            OpenApiParameter("site", str, description="Id of a site"),
            OpenApiParameter("after", str, description="Key of the page before"),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """A page at a time, the newest first."""
        actor = actor_of(request)
        actor.require(Perm.PATIENT_READ)
        asked = request.query_params
        page = centre_reminders.page(
            actor,
            product=asked.get("product", ""),
            site=asked.get("site", ""),
            key=asked.get("after", ""),
        )
        return Response(CentreReminderList(page).data)

    @extend_schema(
        operation_id="centre_reminders_send",
        request=CentreReminderIn,
        responses={201: CentreReminderOut},
    )
    def post(self, request: Request) -> Response:
        """Remind a centre; its people are told once, a centre is reminded once a day at most."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_WRITE)
        values = given(CentreReminderIn, request)
        product = reference.product(actor, id=values["product"])
        place = centre_reminders.centre(actor, product, values["site"])
        row = actions.remind(actor, product, place, text=values["text"])
        return Response(CentreReminderOut(row).data, status=201)


class OneCentreReminder(APIView):
    """One reminder."""

    @extend_schema(operation_id="centre_reminders_retrieve", responses=CentreReminderOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return Response(CentreReminderOut(centre_reminders.one(actor_of(request), pk)).data)


urlpatterns = [
    path("centre-reminders/", CentreReminders.as_view(), name="api-centre-reminders"),
    path("centre-reminders/<uuid:pk>/", OneCentreReminder.as_view(), name="api-centre-reminder"),
]
