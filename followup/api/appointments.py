"""Appointments over the API."""

from datetime import date
from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import appointments as actions
from followup.actions.appointments import AppointmentInput
from followup.api.base import ConfirmedField, Strict, VersionIn, actor_of, given
from followup.core import clock
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import call_backs as queries
from followup.queries import patients, worklist


class AppointmentOut(serializers.Serializer[Any]):
    """One appointment; `at` is empty when no hour was agreed."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    visit = serializers.IntegerField(source="planned_id", allow_null=True)
    on = serializers.DateField()
    at = serializers.TimeField(allow_null=True, format="%H:%M")
    place = serializers.CharField()
    note = serializers.CharField()
    state = serializers.ChoiceField(choices=["BOOKED", "CAME", "NOT_COME", "MOVED", "CANCELLED"])
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    version = serializers.IntegerField()


class AppointmentIn(Strict):
    """When and where, for which planned visit."""

    on = serializers.DateField()
    at = serializers.TimeField(default=None, allow_null=True)
    place = serializers.CharField(max_length=80, default="", allow_blank=True)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    visit = serializers.IntegerField(default=None, allow_null=True, min_value=1)
    confirmed = ConfirmedField()


class AppointmentMoveIn(AppointmentIn, VersionIn):
    """Another day, the version that was read, and why."""

    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class AppointmentNoteIn(VersionIn):
    """Whether the patient came."""

    came = serializers.BooleanField()


class AppointmentCancelIn(VersionIn):
    """Why nobody is expected any more."""

    reason = serializers.CharField(max_length=200)


def _input(request: Request, values: dict[str, Any]) -> AppointmentInput:
    planned = values.pop("visit")
    values.pop("confirmed", None)
    row = worklist.one(actor_of(request), planned) if planned is not None else None
    return AppointmentInput(**values, planned=row)


class Appointments(APIView):
    """The appointments of one patient."""

    @extend_schema(operation_id="appointments_list", responses=AppointmentOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The latest first."""
        actor = actor_of(request)
        rows = queries.appointments_of(actor, patients.one(actor, pk))
        return Response(AppointmentOut(rows, many=True).data)

    @extend_schema(request=AppointmentIn, responses={201: AppointmentOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Book one; 422 `confirm` outside the window of the visit and on a weekend."""
        actor, values = actor_of(request), given(AppointmentIn, request)
        confirmed = values.get("confirmed", ())
        row = actions.book(
            actor,
            patients.one(actor, pk),
            given=_input(request, values),
            confirmed=confirmed,
        )
        return Response(AppointmentOut(row).data, status=status.HTTP_201_CREATED)


class AppointmentMove(APIView):
    """Another day."""

    @extend_schema(request=AppointmentMoveIn, responses={201: AppointmentOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """The former one stays recorded as moved; the answer is the new one."""
        actor, values = actor_of(request), given(AppointmentMoveIn, request)
        confirmed = values.get("confirmed", ())
        version, reason = values.pop("version"), values.pop("reason")
        row = actions.move(
            actor,
            queries.appointment(actor, pk),
            given=_input(request, values),
            version=version,
            reason=reason,
            confirmed=confirmed,
        )
        return Response(AppointmentOut(row).data, status=status.HTTP_201_CREATED)


class AppointmentNote(APIView):
    """Came, or did not come."""

    @extend_schema(request=AppointmentNoteIn, responses=AppointmentOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Not before the day of the appointment."""
        actor, values = actor_of(request), given(AppointmentNoteIn, request)
        row = actions.note(actor, queries.appointment(actor, pk), **values)
        return Response(AppointmentOut(row).data)


class AppointmentCancel(APIView):
    """Nobody is expected any more."""

    @extend_schema(request=AppointmentCancelIn, responses=AppointmentOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """With the reason."""
        actor, values = actor_of(request), given(AppointmentCancelIn, request)
        row = actions.cancel(actor, queries.appointment(actor, pk), **values)
        return Response(AppointmentOut(row).data)


def day_of(request: Request) -> date:
    text = request.query_params.get("day", "")
    try:
        return date.fromisoformat(text) if text else clock.today()
    except ValueError as error:
        raise Refused({"day": _("Not a date: use 2026-11-05.")}) from error


AFTER = OpenApiParameter("after", str)
DAY = OpenApiParameter("day", str, description="2026-11-05; today when left out")


class AppointmentPageOut(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = AppointmentOut(many=True)
    next = serializers.CharField(allow_blank=True)


class DayAppointments(APIView):
    """Who is expected on a day."""

    @extend_schema(
        operation_id="appointments_of_a_day",
        responses=AppointmentPageOut,
        parameters=[DAY, AFTER],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """By the hour, then those without one; a page at a time."""
        actor, key = actor_of(request), request.query_params.get("after", "")[:70]
        actor.require(Perm.VISIT_WRITE)
        rows, following = queries.appointments(actor, on=day_of(request), key=key)
        return Response(AppointmentPageOut({"items": rows, "next": following}).data)


urlpatterns = [
    path("appointments/", DayAppointments.as_view(), name="api-appointments"),
    path("appointments/<uuid:pk>/move/", AppointmentMove.as_view(), name="api-appointment-move"),
    path("appointments/<uuid:pk>/note/", AppointmentNote.as_view(), name="api-appointment-note"),
    path(
        "appointments/<uuid:pk>/cancel/", AppointmentCancel.as_view(), name="api-appointment-cancel"
    ),
    path(
        "patients/<uuid:pk>/appointments/", Appointments.as_view(), name="api-patient-appointments"
    ),
]
