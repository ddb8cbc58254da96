"""Later therapies, supportive care, vaccinations and stays over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import concomitant_care as actions
from followup.api.base import PartialDateField, ReasonIn, Strict, actor_of, given
from followup.core.permissions import Perm
from followup.domain.concomitant_care import ANSWERS, Care, CareKind
from followup.queries import concomitant_care as queries
from followup.queries import patients


class CareIn(Strict):
    """One treatment or stay; which items a kind asks for and needs is in docs/api.md."""

    kind = serializers.ChoiceField(choices=[each.value for each in CareKind])
    detail = serializers.CharField(max_length=24, default="", allow_blank=True)
    name = serializers.CharField(max_length=200, default="", allow_blank=True)
    started = PartialDateField()
    ended = PartialDateField(default=None, allow_null=True)
    ongoing = serializers.ChoiceField(choices=ANSWERS, default="", allow_blank=True)
    dose = serializers.DecimalField(max_digits=12, decimal_places=3, default=None, allow_null=True)
    dose_unit = serializers.CharField(max_length=12, default="", allow_blank=True)
    mutagenic = serializers.ChoiceField(choices=ANSWERS, default="", allow_blank=True)
    live_vaccine = serializers.ChoiceField(choices=ANSWERS, default="", allow_blank=True)
    given_for = serializers.CharField(max_length=2000, default="", allow_blank=True)


class CareCorrectionIn(CareIn):
    """One treatment or stay as it should read, and why."""

    reason = serializers.CharField(max_length=500)


class CareOut(serializers.Serializer[Any]):
    """One treatment or stay; an empty answer was not given."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    infusion = serializers.UUIDField(source="infusion_id")
    kind = serializers.CharField()
    detail = serializers.CharField()
    name = serializers.CharField()
    started = serializers.CharField(source="started_on_text")
    ended = serializers.CharField(source="ended_on_text")
    ongoing = serializers.CharField()
    dose = serializers.DecimalField(max_digits=12, decimal_places=3, allow_null=True)
    dose_unit = serializers.CharField()
    mutagenic = serializers.CharField()
    live_vaccine = serializers.CharField()
    given_for = serializers.CharField()
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    taken_back = serializers.BooleanField()
    reason = serializers.CharField()


def _care(values: dict[str, Any]) -> Care:
    return Care(**values | {"kind": CareKind(values["kind"])})


class ConcomitantCareOfPatient(APIView):
    """Treatments and stays of a patient."""

    @extend_schema(operation_id="care_list", responses=CareOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """As they stand, the latest first."""
        actor = actor_of(request)
        patient = patients.one(actor, pk)
        actor.require(Perm.VISIT_READ)
        return Response(CareOut(queries.of_patient(actor, patient), many=True).data)

    @extend_schema(request=CareIn, responses={201: CareOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Record one; 422 names what is wrong at each item."""
        actor = actor_of(request)
        values = given(CareIn, request)
        row = actions.record(actor, patients.one(actor, pk), given=_care(values))
        return Response(CareOut(row).data, status=status.HTTP_201_CREATED)


class OneConcomitantCare(APIView):
    """One treatment or stay."""

    @extend_schema(responses=CareOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return Response(CareOut(queries.one(actor_of(request), pk)).data)

    @extend_schema(request=CareCorrectionIn, responses=CareOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Correct it with a reason; 409 when it was corrected or retracted already."""
        actor = actor_of(request)
        values = given(CareCorrectionIn, request)
        reason = values.pop("reason")
        row = queries.one(actor, pk)
        return Response(
            CareOut(actions.correct(actor, row, given=_care(values), reason=reason)).data
        )


class TakeBackConcomitantCare(APIView):
    """A treatment or stay that was none."""

    @extend_schema(request=ReasonIn, responses=CareOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Retract it with a reason; 409 when it was corrected or retracted already."""
        actor = actor_of(request)
        reason = given(ReasonIn, request)["reason"]
        row = actions.take_back(actor, queries.one(actor, pk), reason=reason)
        return Response(CareOut(row).data)


urlpatterns = [
    path("patients/<uuid:pk>/care/", ConcomitantCareOfPatient.as_view(), name="api-care"),
    path("care/<uuid:pk>/", OneConcomitantCare.as_view(), name="api-care-item"),
    path("care/<uuid:pk>/take-back/", TakeBackConcomitantCare.as_view(), name="api-care-take-back"),
]
