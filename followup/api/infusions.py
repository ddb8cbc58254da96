"""Infusions over the API: listed, a further one recorded, one corrected or retracted."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import infusions as actions
from followup.actions.patients import InfusionInput
from followup.api.base import ConfirmedField, Strict, VersionIn, actor_of, given
from followup.api.patients import InfusionIn
from followup.core import row_permissions
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.queries import patients, reference


class InfusionOut(serializers.Serializer[Any]):
    """One infusion as recorded."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    product = serializers.UUIDField(source="product_id")
    indication = serializers.UUIDField(source="indication_id", allow_null=True)
    off_label_reason = serializers.CharField()
    infused_on = serializers.DateField()
    lot = serializers.CharField()
    chain_of_identity = serializers.CharField()
    dose_cells = serializers.DecimalField(max_digits=12, decimal_places=3, allow_null=True)
    lymphodepletion = serializers.CharField()
    prior_lines = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()


class FurtherInfusionIn(InfusionIn):
    """A further infusion, and what was confirmed of it."""

    confirmed = ConfirmedField()


class InfusionCorrectionIn(InfusionIn, VersionIn):
    """An infusion as it should read, the version it replaces, and why."""

    reason = serializers.CharField(max_length=500)
    confirmed = ConfirmedField()


class InfusionWithdrawalIn(Strict):
    """Why an infusion never was."""

    reason = serializers.CharField(max_length=500)


def _input(actor: Actor, values: dict[str, Any]) -> InfusionInput:
    product = reference.product(actor, id=values.pop("product"))
    indication = values.pop("indication")
    if indication is not None:
        indication = reference.indication(actor, id=indication)
    return InfusionInput(product=product, indication=indication, **values)


class Infusions(APIView):
    """The infusions of one patient."""

    @extend_schema(operation_id="infusions_list", responses=InfusionOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The latest first."""
        actor = actor_of(request)
        rows = patients.infusions(actor, patients.one(actor, pk))
        return Response(InfusionOut(rows, many=True).data)

    @extend_schema(request=FurtherInfusionIn, responses={201: InfusionOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Record a further infusion with a schedule of its own; 422 `confirm` asks what is odd."""
        actor = actor_of(request)
        patient = patients.one(actor, pk)
        row_permissions.require(actor, patient, Perm.PATIENT_WRITE)
        values = given(FurtherInfusionIn, request)
        confirmed = values.pop("confirmed", [])
        row = actions.reinfuse(actor, patient, given=_input(actor, values), confirmed=confirmed)
        return Response(InfusionOut(row).data, status=status.HTTP_201_CREATED)


class OneInfusion(APIView):
    """One infusion."""

    @extend_schema(responses=InfusionOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return Response(InfusionOut(patients.infusion(actor_of(request), pk)).data)

    @extend_schema(request=InfusionCorrectionIn, responses=InfusionOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Correct it; 422 with code `confirm` asks about a new date, 409 when it changed."""
        actor = actor_of(request)
        infusion = patients.infusion(actor, pk)
        values = given(InfusionCorrectionIn, request)
        more = {name: values.pop(name) for name in ("version", "reason")}
        confirmed = values.pop("confirmed", [])
        row = actions.correct(
            actor, infusion, given=_input(actor, values), confirmed=confirmed, **more
        )
        return Response(InfusionOut(row).data)


class InfusionWithdrawal(APIView):
    """Retracting an infusion recorded by mistake."""

    @extend_schema(request=InfusionWithdrawalIn, responses={204: None})
    def post(self, request: Request, pk: UUID) -> Response:
        """Retract it; 422 names what hangs on it."""
        actor = actor_of(request)
        infusion = patients.infusion(actor, pk)
        actions.withdraw(actor, infusion, reason=given(InfusionWithdrawalIn, request)["reason"])
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("patients/<uuid:pk>/infusions/", Infusions.as_view(), name="api-infusions"),
    path("infusions/<uuid:pk>/", OneInfusion.as_view(), name="api-infusion"),
    path(
        "infusions/<uuid:pk>/withdraw/", InfusionWithdrawal.as_view(), name="api-infusion-withdraw"
    ),
]
