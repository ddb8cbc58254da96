"""Adverse events over the API."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import events as actions
from followup.actions import retractions
from followup.actions.events import EventInput
from followup.api.base import (
    ConfirmedField,
    PartialDateField,
    Strict,
    VersionIn,
    YesNoField,
    actor_of,
    given,
)
from followup.core.problems import Refused
from followup.domain.event_classes import EventClass
from followup.domain.events import TOXICITIES, EventCategory
from followup.queries import patients


def _text(length: int) -> serializers.CharField:
    return serializers.CharField(max_length=length, default="", allow_blank=True)


class EventIn(Strict):
    """What the hospital knows of an event; what it does not know is not sent."""

    verbatim = serializers.CharField(max_length=10_000)
    aware_on = serializers.DateField()
    reporter_name = serializers.CharField(max_length=60)
    reporter_qualification = _text(30)
    onset = PartialDateField(default=None, allow_null=True)
    ended = PartialDateField(default=None, allow_null=True)
    serious = serializers.BooleanField(default=None, allow_null=True)
    seriousness = serializers.ListField(
        child=serializers.ChoiceField(
            choices=[
                "DEATH",
                "LIFE_THREATENING",
                "HOSPITALISATION",
                "DISABILITY",
                "CONGENITAL_ANOMALY",
                "OTHER_IMPORTANT",
            ]
        ),
        default=list,
    )
    grade = serializers.IntegerField(min_value=1, max_value=5, default=None, allow_null=True)
    grade_scale = _text(30)
    outcome = _text(30)
    causality = _text(30)
    is_new_malignancy = serializers.BooleanField()
    t_cell_suspected = YesNoField(default="", allow_blank=True)
    pathology = _text(20)
    pathology_note = _text(10_000)
    immunophenotype = _text(2000)
    transgene = _text(20)
    specimen_kept = _text(8)
    kind = serializers.ChoiceField(
        choices=[
            each.value for each in (EventCategory.PREGNANCY, *TOXICITIES, EventCategory.OTHER)
        ],
        default="",
        allow_blank=True,
    )
    event_class = serializers.ChoiceField(
        choices=[each.value for each in EventClass],
        default="",
        allow_blank=True,
        help_text="Follows from is_new_malignancy for a malignancy",
    )
    neurologic_type = _text(30)
    haematologic_type = _text(30)
    infection_type = _text(30)
    new_or_exacerbated = _text(12)
    infection_organism = _text(2000)
    infection_site = _text(2000)
    iv_anti_infective = _text(8)
    pregnancy_of = _text(8)
    last_period = PartialDateField(default=None, allow_null=True)
    pregnancy_outcome = _text(20)
    congenital_anomaly = _text(8)
    note = _text(10_000)
    confirmed = ConfirmedField(default=list)


class EventCorrectionIn(EventIn, VersionIn):
    """The whole event as it is known now, the version it was read at, and why it changes.

    `learned_on` is the day one learned of what the correction brings; needed where it makes the
    event serious, fatal or a malignancy. The day one learned of the event itself is `aware_on`.
    """

    reason = serializers.CharField(max_length=500)
    learned_on = serializers.DateField(default=None, allow_null=True)


class EventReasonIn(VersionIn):
    """The version that was seen, and why it changes."""

    reason = serializers.CharField(max_length=500)


class MoveIn(EventReasonIn):
    """The infusion the event belongs to."""

    infusion = serializers.UUIDField()
    confirmed = ConfirmedField(default=list)


class EventOut(serializers.Serializer[Any]):
    """An event as reported."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    infusion = serializers.UUIDField(source="infusion_id")
    verbatim = serializers.CharField()
    onset = serializers.CharField(source="onset_text")
    ended = serializers.CharField(source="ended_text")
    aware_on = serializers.DateField()
    serious = serializers.BooleanField(allow_null=True)
    seriousness = serializers.ListField(child=serializers.CharField())
    grade = serializers.IntegerField(allow_null=True)
    grade_scale = serializers.CharField()
    outcome = serializers.CharField()
    causality = serializers.CharField()
    is_new_malignancy = serializers.BooleanField()
    t_cell_suspected = serializers.CharField()
    kind = serializers.CharField()
    event_class = serializers.CharField()
    neurologic_type = serializers.CharField()
    haematologic_type = serializers.CharField()
    infection_type = serializers.CharField()
    new_or_exacerbated = serializers.CharField()
    infection_organism = serializers.CharField()
    infection_site = serializers.CharField()
    iv_anti_infective = serializers.CharField()
    pregnancy_of = serializers.CharField()
    last_period = serializers.CharField(source="last_period_text")
    pregnancy_outcome = serializers.CharField()
    congenital_anomaly = serializers.CharField()
    version = serializers.IntegerField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_because = serializers.CharField()


class ReportEvent(APIView):
    """An event after an infusion."""

    @extend_schema(request=EventIn, responses={201: EventOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Report it; its case is drafted and its clock started in the same transaction."""
        actor = actor_of(request)
        values = given(EventIn, request)
        infusion = patients.infusion(actor, pk)
        event = actions.report(actor, infusion, given=EventInput(**values))
        return Response(EventOut(event).data, status=status.HTTP_201_CREATED)


class OneEvent(APIView):
    """One event."""

    @extend_schema(responses=EventOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return Response(EventOut(patients.event(actor_of(request), pk)).data)

    @extend_schema(request=EventCorrectionIn, responses=EventOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Correct it with a reason; 409 when somebody saved since `version`."""
        actor = actor_of(request)
        values = given(EventCorrectionIn, request)
        version, reason = values.pop("version"), values.pop("reason")
        learned_on = values.pop("learned_on")
        event, said = patients.event(actor, pk), EventInput(**values)
        if learned_on is None and actions.more_urgent(event, said):
            raise Refused({"learned_on": _("On which day did you learn of it? A clock starts.")})
        row = actions.correct(
            actor, event, given=said, version=version, reason=reason, learned_on=learned_on
        )
        return Response(EventOut(row).data)


def _with_reason(act: Callable[..., Any], request: Request, pk: UUID) -> Response:
    actor = actor_of(request)
    values = given(EventReasonIn, request)
    return Response(EventOut(act(actor, patients.event(actor, pk), **values)).data)


class WithdrawEvent(APIView):
    """An event that was none."""

    @extend_schema(request=EventReasonIn, responses=EventOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Withdraw it, with a reason; safety is told in the same transaction."""
        return _with_reason(retractions.withdraw, request, pk)


class RestoreEvent(APIView):
    """A withdrawal that was wrong."""

    @extend_schema(request=EventReasonIn, responses=EventOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Restore the event as it stood, with a reason."""
        return _with_reason(retractions.restore, request, pk)


class MoveEvent(APIView):
    """An event of another patient or infusion."""

    @extend_schema(request=MoveIn, responses=EventOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Move it to an infusion of the same hospital and product; its case follows."""
        actor = actor_of(request)
        values = given(MoveIn, request)
        row = retractions.move(
            actor,
            patients.event(actor, pk),
            to=patients.infusion(actor, values["infusion"]),
            version=values["version"],
            reason=values["reason"],
            confirmed=frozenset(values["confirmed"]),
        )
        return Response(EventOut(row).data)


urlpatterns = [
    path("infusions/<uuid:pk>/events/", ReportEvent.as_view(), name="api-event-report"),
    path("events/<uuid:pk>/", OneEvent.as_view(), name="api-event"),
    path("events/<uuid:pk>/withdraw/", WithdrawEvent.as_view(), name="api-event-withdraw"),
    path("events/<uuid:pk>/restore/", RestoreEvent.as_view(), name="api-event-restore"),
    path("events/<uuid:pk>/move/", MoveEvent.as_view(), name="api-event-move"),
]
