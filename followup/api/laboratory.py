"""Laboratory values over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import laboratory as actions
from followup.actions.laboratory import Specimen, ValueInput
from followup.api.base import ConfirmedField, MomentField, ReasonIn, Strict, actor_of, given
from followup.core.permissions import Perm
from followup.domain.laboratory import MissingBecause
from followup.queries import laboratory, patients


def _text(length: int) -> serializers.CharField:
    return serializers.CharField(max_length=length, default="", allow_blank=True)


def _number() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=24, decimal_places=9, default=None, allow_null=True)


class LaboratoryValueIn(Strict):
    """One value as the laboratory wrote it, or why there is none; limits in its own unit."""

    measure = serializers.CharField(max_length=30)
    text = _text(60)
    unit = _text(40)
    range_text = _text(60)
    missing = serializers.ChoiceField(
        choices=[each.value for each in MissingBecause], default="", allow_blank=True
    )
    lower_limit = _number()
    detection_limit = _number()


class SpecimenIn(Strict):
    """What the values of one specimen share; `at` only where the report gives the time."""

    on = serializers.DateField()
    at = MomentField(default=None, allow_null=True)
    laboratory = _text(120)
    preliminary = serializers.BooleanField(default=False)
    received_on = serializers.DateField(default=None, allow_null=True)


class LaboratoryIn(Strict):
    """The values of one specimen, all or none."""

    specimen = SpecimenIn()
    values = serializers.ListField(child=LaboratoryValueIn(), min_length=1, max_length=100)
    confirmed = ConfirmedField(default=list)


class LaboratoryCorrectionIn(Strict):
    """One value as it should read, and why."""

    specimen = SpecimenIn()
    value = LaboratoryValueIn()
    reason = serializers.CharField(max_length=500)
    confirmed = ConfirmedField(default=list)


class LaboratoryValueOut(serializers.Serializer[Any]):
    """A value as written and in the unit of its measure; with a comparator it is a bound."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    infusion = serializers.UUIDField(source="infusion_id")
    measure = serializers.CharField()
    comparator = serializers.CharField()
    value = serializers.DecimalField(max_digits=24, decimal_places=9, allow_null=True)
    unit = serializers.CharField()
    written = serializers.CharField()
    unit_written = serializers.CharField()
    finding = serializers.CharField()
    missing_because = serializers.CharField()
    range_low = serializers.DecimalField(max_digits=24, decimal_places=9, allow_null=True)
    range_high = serializers.DecimalField(max_digits=24, decimal_places=9, allow_null=True)
    range_text = serializers.CharField()
    specimen_on = serializers.DateField()
    specimen_at = serializers.DateTimeField(allow_null=True)
    status = serializers.CharField()
    laboratory = serializers.CharField()
    received_on = serializers.DateField()
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    taken_back = serializers.BooleanField()
    reason = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """With the source, a name that a serializer uses itself."""
        return super().get_fields() | {"source": serializers.CharField()}


class LaboratoryRecordedOut(serializers.Serializer[Any]):
    """The new values, and how many were recorded already."""

    made = LaboratoryValueOut(many=True)
    known = serializers.IntegerField()


class LaboratoryFindingOut(serializers.Serializer[Any]):
    """A rule that a value met; `level` is what is certain of the grade."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    result = serializers.UUIDField(source="result_id")
    rule = serializers.CharField()
    measure = serializers.CharField()
    scale = serializers.CharField()
    grade = serializers.IntegerField(allow_null=True)
    level = serializers.IntegerField()
    reasoning = serializers.ListField(child=serializers.CharField())
    citation = serializers.CharField()
    specimen_on = serializers.DateField()
    raised_on = serializers.DateField()
    due = serializers.DateField(allow_null=True)
    state = serializers.CharField()
    event = serializers.UUIDField(source="event_id", allow_null=True)
    answer = serializers.CharField()


class AnswerIn(Strict):
    """What was decided of a finding that is no event."""

    text = serializers.CharField(max_length=500)


class FindingEventIn(Strict):
    """The event a person reported of a finding."""

    event = serializers.UUIDField()


def _values(rows: list[dict[str, Any]]) -> list[ValueInput]:
    return [ValueInput(**row) for row in rows]


class LaboratoryValues(APIView):
    """Values of a patient."""

    @extend_schema(responses=LaboratoryValueOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """As they stand, in order of time."""
        actor = actor_of(request)
        patient = patients.one(actor, pk)
        actor.require(Perm.VISIT_READ)
        return Response(LaboratoryValueOut(laboratory.of_patient(actor, patient), many=True).data)

    @extend_schema(request=LaboratoryIn, responses={201: LaboratoryRecordedOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Record the values of one specimen; the same one twice makes nothing new."""
        actor = actor_of(request)
        values = given(LaboratoryIn, request)
        done = actions.record(
            actor,
            patients.one(actor, pk),
            specimen=Specimen(**values["specimen"]),
            values=_values(values["values"]),
            source="API",
            confirmed=values["confirmed"],
        )
        return Response(LaboratoryRecordedOut(done).data, status=status.HTTP_201_CREATED)


class OneLaboratoryValue(APIView):
    """One value."""

    @extend_schema(responses=LaboratoryValueOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return Response(LaboratoryValueOut(laboratory.one(actor_of(request), pk)).data)

    @extend_schema(request=LaboratoryCorrectionIn, responses=LaboratoryValueOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Replace it with a reason; 409 when it was replaced already."""
        actor = actor_of(request)
        values = given(LaboratoryCorrectionIn, request)
        row = actions.correct(
            actor,
            laboratory.one(actor, pk),
            specimen=Specimen(**values["specimen"]),
            given=ValueInput(**values["value"]),
            reason=values["reason"],
            confirmed=values["confirmed"],
        )
        return Response(LaboratoryValueOut(row).data)


class TakeBackLaboratoryValue(APIView):
    """A value that was none."""

    @extend_schema(request=ReasonIn, responses=LaboratoryValueOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Retract it with a reason; what it gave is assessed again."""
        actor = actor_of(request)
        reason = given(ReasonIn, request)["reason"]
        row = actions.take_back(actor, laboratory.one(actor, pk), reason=reason)
        return Response(LaboratoryValueOut(row).data)


class LaboratoryFindings(APIView):
    """What the values of a patient gave to look at."""

    @extend_schema(responses=LaboratoryFindingOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Open ones first."""
        actor = actor_of(request)
        patient = patients.one(actor, pk)
        actor.require(Perm.VISIT_READ)
        found = laboratory.findings.of_patient(actor, patient)
        return Response(LaboratoryFindingOut(found, many=True).data)


class AnswerLaboratoryFinding(APIView):
    """A finding that is no event."""

    @extend_schema(request=AnswerIn, responses=LaboratoryFindingOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Say what was decided."""
        actor = actor_of(request)
        text = given(AnswerIn, request)["text"]
        row = actions.answer(actor, laboratory.findings.one(actor, pk), text=text)
        return Response(LaboratoryFindingOut(row).data)


class ReportLaboratoryFinding(APIView):
    """A finding that was reported as an event."""

    @extend_schema(request=FindingEventIn, responses=LaboratoryFindingOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Join it to the event."""
        actor = actor_of(request)
        event = patients.event(actor, given(FindingEventIn, request)["event"])
        row = actions.report(actor, laboratory.findings.one(actor, pk), event=event)
        return Response(LaboratoryFindingOut(row).data)


urlpatterns = [
    path("patients/<uuid:pk>/laboratory/", LaboratoryValues.as_view(), name="api-laboratory"),
    path(
        "patients/<uuid:pk>/laboratory-findings/",
        LaboratoryFindings.as_view(),
        name="api-laboratory-findings",
    ),
    path(
        "laboratory-results/<uuid:pk>/",
        OneLaboratoryValue.as_view(),
        name="api-laboratory-value",
    ),
    path(
        "laboratory-results/<uuid:pk>/take-back/",
        TakeBackLaboratoryValue.as_view(),
        name="api-laboratory-take-back",
    ),
    path(
        "laboratory-findings/<uuid:pk>/answer/",
        AnswerLaboratoryFinding.as_view(),
        name="api-laboratory-finding-answer",
    ),
    path(
        "laboratory-findings/<uuid:pk>/report/",
        ReportLaboratoryFinding.as_view(),
        name="api-laboratory-finding-report",
    ),
]
