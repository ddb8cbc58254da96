"""Worklist and contacts over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import visits as actions
from followup.actions.visits import VisitInput
from followup.api.base import (
    ConfirmedField,
    PartialDateField,
    Strict,
    VersionIn,
    actor_of,
    given,
    page_size,
)
from followup.core import clock
from followup.core.http.standby import reads_from_standby
from followup.domain.contacts import ContactType
from followup.queries import patients, worklist

_ASKED = ["YES", "NO", "NOT_ASKED"]


class DueOut(serializers.Serializer[Any]):
    """One open visit. `due` is the last day of its window."""

    id = serializers.IntegerField()
    patient = serializers.UUIDField(source="patient_id")
    study_code = serializers.CharField()
    code = serializers.CharField()
    window_start = serializers.DateField()
    target = serializers.DateField()
    due = serializers.DateField()
    days_left = serializers.IntegerField()
    unanswered = serializers.IntegerField()
    snoozed_to = serializers.DateField(allow_null=True)
    infused_on = serializers.DateField(
        allow_null=True, help_text="Which infusion it is for, of a patient who has several"
    )
    missing = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="Protocol codes contacts on file have left open; null before any contact",
    )


class DuePage(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one."""

    items = DueOut(many=True)
    next = serializers.CharField(source="next_key")


class VisitIn(Strict):
    """The answers of one contact; what was not asked is not sent."""

    contact_on = serializers.DateField()
    contact_type = serializers.ChoiceField(
        choices=[kind.value for kind in ContactType], default="PHONE"
    )
    informant = serializers.ChoiceField(
        choices=["PATIENT", "FAMILY", "PHYSICIAN", "NURSE", "LOCAL_HOSPITAL", "REGISTRY", "OTHER"]
    )
    vital_status = serializers.ChoiceField(choices=["ALIVE", "DEAD", "UNKNOWN"])
    died_on = PartialDateField(default=None, allow_null=True)
    death_cause = serializers.CharField(max_length=2000, default="", allow_blank=True)
    death_cause_code = serializers.CharField(
        max_length=20,
        default="",
        allow_blank=True,
        help_text="ICD-10, the underlying cause; its shape is judged, no list is kept",
    )
    autopsy = serializers.ChoiceField(
        choices=["YES", "NO", "UNKNOWN"], default="", allow_blank=True
    )
    death_related = serializers.ChoiceField(
        choices=["RELATED", "NOT_RELATED", "UNKNOWN"], default="", allow_blank=True
    )
    disease_status = serializers.ChoiceField(
        choices=["REMISSION", "PROGRESSION", "NOT_ASSESSED"], default="", allow_blank=True
    )
    progressed_on = PartialDateField(default=None, allow_null=True)
    new_malignancy = serializers.ChoiceField(
        choices=["YES", "NO", "UNKNOWN"], default="", allow_blank=True
    )
    other_event = serializers.ChoiceField(choices=_ASKED, default="", allow_blank=True)
    new_therapy = serializers.ChoiceField(choices=_ASKED, default="", allow_blank=True)
    therapy_note = serializers.CharField(max_length=2000, default="", allow_blank=True)
    unanswered_reason = serializers.CharField(max_length=2000, default="", allow_blank=True)
    assessments = serializers.DictField(
        child=serializers.ChoiceField(choices=["DONE", "NOT_DONE"]),
        default=dict,
        help_text="Assessments of the protocol that no question answers",
    )
    counts_outside = serializers.BooleanField(
        default=False, help_text="Stands for its planned visit though outside the window"
    )
    note = serializers.CharField(max_length=10_000, default="", allow_blank=True)
    confirmed = ConfirmedField(default=list)


class VisitCorrectionIn(VisitIn, VersionIn):
    """The whole record as it should be, the version it replaces, and why."""

    reason = serializers.CharField(max_length=2000)


class VisitOut(serializers.Serializer[Any]):
    """A contact as recorded."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    contact_on = serializers.DateField()
    contact_type = serializers.CharField()
    informant = serializers.CharField()
    vital_status = serializers.CharField()
    planned_visit = serializers.IntegerField(
        source="planned_id", allow_null=True, help_text="null: an unscheduled contact"
    )
    died_on = serializers.CharField(source="died_on_text")
    death_cause = serializers.CharField()
    death_cause_code = serializers.CharField()
    autopsy = serializers.CharField()
    death_related = serializers.CharField()
    disease_status = serializers.CharField()
    progressed_on = serializers.CharField(source="progressed_on_text")
    new_malignancy = serializers.CharField()
    other_event = serializers.CharField()
    new_therapy = serializers.CharField()
    therapy_note = serializers.CharField()
    unanswered_reason = serializers.CharField()
    assessments = serializers.DictField(child=serializers.CharField())
    counts_outside = serializers.BooleanField()
    note = serializers.CharField()
    version = serializers.IntegerField()
    correction_reason = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class NotReachedIn(Strict):
    """Nobody answered."""

    next_try_on = serializers.DateField()
    next_try_at = serializers.TimeField(default=None, allow_null=True)
    method = serializers.CharField(max_length=24, default="PHONE")
    note = serializers.CharField(max_length=2000, default="", allow_blank=True)


class AttemptOut(serializers.Serializer[Any]):
    """An attempt that reached nobody."""

    id = serializers.UUIDField()
    attempted_on = serializers.DateField()
    next_try_on = serializers.DateField()
    next_try_at = serializers.TimeField(allow_null=True, format="%H:%M")


def _due(item: worklist.Item) -> dict[str, Any]:
    """As DueOut, without its cost a line: a page is asked for every minute."""
    again, infused_on = item.snoozed_to, item.infused_on
    return {
        "id": item.id,
        "patient": str(item.patient_id),
        "study_code": item.study_code,
        "code": item.code,
        "window_start": item.window_start.isoformat(),
        "target": item.target.isoformat(),
        "due": item.due.isoformat(),
        "days_left": item.days_left,
        "unanswered": item.unanswered,
        "snoozed_to": again and again.isoformat(),
        "infused_on": infused_on and infused_on.isoformat(),
        "missing": item.missing,
    }


class Worklist(APIView):
    """What is due."""

    @extend_schema(
        responses=DuePage,
        parameters=[OpenApiParameter("after", str), OpenApiParameter("size", int)],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """One page of open visits, the earliest end of the window first."""
        page = worklist.page(
            actor_of(request),
            today=clock.today(),
            key=request.query_params.get("after", ""),
            size=page_size(request),
            names=False,
        )
        return Response({"items": [_due(item) for item in page.items], "next": page.next_key})


class RecordVisit(APIView):
    """A contact for a planned visit."""

    @extend_schema(request=VisitIn, responses={201: VisitOut})
    def post(self, request: Request, pk: int) -> Response:
        """Record it; 409 when it was done meanwhile.

        Outside the window it is kept as an unscheduled contact (`planned_visit` null) unless
        `counts_outside` is sent.
        """
        actor = actor_of(request)
        values = given(VisitIn, request)
        planned = worklist.one(actor, pk)
        visit = actions.record(
            actor, planned.schedule.infusion, given=VisitInput(**values), planned=planned
        )
        return Response(VisitOut(visit).data, status=status.HTTP_201_CREATED)


class UnscheduledVisit(APIView):
    """A contact after an infusion that no planned visit asked for."""

    @extend_schema(request=VisitIn, responses={201: VisitOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Record it."""
        actor = actor_of(request)
        values = given(VisitIn, request)
        visit = actions.record(actor, patients.infusion(actor, pk), given=VisitInput(**values))
        return Response(VisitOut(visit).data, status=status.HTTP_201_CREATED)


class OneVisit(APIView):
    """A recorded contact."""

    @extend_schema(responses=VisitOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """As it stands now, whichever of its versions is asked for."""
        actor = actor_of(request)
        versions = patients.versions(actor, patients.visit(actor, pk))
        return Response(VisitOut(versions[0]).data)


class VisitCorrection(APIView):
    """A correction of a recorded contact."""

    @extend_schema(request=VisitCorrectionIn, responses={201: VisitOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Replace it by a new version; 409 when somebody else did so meanwhile."""
        actor = actor_of(request)
        values = given(VisitCorrectionIn, request)
        version, reason = values.pop("version"), values.pop("reason")
        row = patients.visit(actor, pk)
        visit = actions.correct(
            actor, row, given=VisitInput(**values), version=version, reason=reason
        )
        return Response(VisitOut(visit).data, status=status.HTTP_201_CREATED)


class NotReached(APIView):
    """An attempt that reached nobody."""

    @extend_schema(request=NotReachedIn, responses={201: AttemptOut})
    def post(self, request: Request, pk: int) -> Response:
        """Count it and set the next attempt."""
        actor = actor_of(request)
        values = given(NotReachedIn, request)
        attempt = actions.not_reached(actor, worklist.one(actor, pk), **values)
        return Response(AttemptOut(attempt).data, status=status.HTTP_201_CREATED)


class PatientVisits(APIView):
    """Contacts of a patient."""

    @extend_schema(responses=VisitOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """All that stand, the latest first."""
        actor = actor_of(request)
        found = patients.visits(actor, patients.one(actor, pk))
        return Response(VisitOut(found, many=True).data)


urlpatterns = [
    path("worklist/", Worklist.as_view(), name="api-worklist"),
    path("planned-visits/<int:pk>/record/", RecordVisit.as_view(), name="api-visit-record"),
    path("planned-visits/<int:pk>/not-reached/", NotReached.as_view(), name="api-not-reached"),
    path("infusions/<uuid:pk>/visits/", UnscheduledVisit.as_view(), name="api-visit-unscheduled"),
    path("visits/<uuid:pk>/", OneVisit.as_view(), name="api-visit"),
    path("visits/<uuid:pk>/correction/", VisitCorrection.as_view(), name="api-visit-correction"),
    path("patients/<uuid:pk>/visits/", PatientVisits.as_view(), name="api-patient-visits"),
]
