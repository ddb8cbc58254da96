"""Messages to patients over the API: the ledger, a new one, a cancellation."""

from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import patient_messages as actions
from followup.api.base import Strict, VersionIn, actor_of, given
from followup.core.problems import Refused
from followup.queries import call_backs, message_channels, patients, questionnaires
from followup.queries import patient_messages as queries


class PatientMessageIn(Strict):
    """About one appointment or one questionnaire; `number` is whose it is and its last digits."""

    appointment = serializers.UUIDField(default=None, allow_null=True)
    questionnaire = serializers.UUIDField(default=None, allow_null=True)
    channel = serializers.UUIDField()
    number = serializers.RegexField(r"^[A-Z]{1,20}:\d{4}$")
    call = serializers.CharField(max_length=120)
    when = serializers.ChoiceField(choices=[actions.NOW, actions.DAY_BEFORE])


class PatientMessageOut(serializers.Serializer[Any]):
    """One message; `text` is without its link, `answer` why it was not sent."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    about = serializers.CharField()
    appointment = serializers.UUIDField(source="appointment_id", allow_null=True)
    questionnaire = serializers.UUIDField(source="questionnaire_id", allow_null=True)
    channel = serializers.UUIDField(source="channel_id")
    whose = serializers.CharField()
    tail = serializers.CharField()
    text = serializers.CharField()
    state = serializers.CharField()
    not_before = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ambiguous = serializers.BooleanField()
    answer = serializers.CharField()
    version = serializers.IntegerField()


class PatientMessagePageOut(serializers.Serializer[Any]):
    """A page of messages; `next` is the value of `after` for the one behind it."""

    items = PatientMessageOut(many=True, source="rows")
    next = serializers.CharField(source="next_key", allow_blank=True)


class PatientMessages(APIView):
    """Messages to one patient."""

    @extend_schema(
        operation_id="patient_messages_list",
        responses=PatientMessagePageOut,
        parameters=[OpenApiParameter("after", str)],
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """The newest first, a page at a time (`after`)."""
        actor, key = actor_of(request), request.query_params.get("after", "")[:40]
        return Response(
            PatientMessagePageOut(queries.ledger(actor, patients.one(actor, pk), key=key)).data
        )

    @extend_schema(request=PatientMessageIn, responses={201: PatientMessageOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Let one leave; not in the quiet hours, and to a number that agreed only."""
        actor, values = actor_of(request), given(PatientMessageIn, request)
        on_site, asked = values.pop("appointment"), values.pop("questionnaire")
        if (on_site is None) == (asked is None):
            raise Refused({"appointment": _("Give an appointment or a questionnaire, not both.")})
        subject = (
            call_backs.appointment(actor, on_site) if on_site else questionnaires.link(actor, asked)
        )
        channel = message_channels.one(actor, values.pop("channel"))
        row = actions.plan(
            actor,
            patients.one(actor, pk),
            given=actions.MessageInput(subject=subject, channel=channel, **values),
        )
        return Response(PatientMessageOut(row).data, status=status.HTTP_201_CREATED)


class OnePatientMessage(APIView):
    """One message."""

    @extend_schema(responses=PatientMessageOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """What became of it."""
        return Response(PatientMessageOut(queries.one(actor_of(request), pk)).data)


class PatientMessageCancel(APIView):
    """Undo a message."""

    @extend_schema(request=VersionIn, responses=PatientMessageOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Before it leaves; refused afterwards."""
        actor, values = actor_of(request), given(VersionIn, request)
        row = actions.cancel(actor, queries.one(actor, pk), version=values["version"])
        return Response(PatientMessageOut(row).data)


urlpatterns = [
    path("patients/<uuid:pk>/messages/", PatientMessages.as_view(), name="api-patient-messages"),
    path("patient-messages/<uuid:pk>/", OnePatientMessage.as_view(), name="api-patient-message"),
    path(
        "patient-messages/<uuid:pk>/cancel/",
        PatientMessageCancel.as_view(),
        name="api-patient-message-cancel",
    ),
]
