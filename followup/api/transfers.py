"""Transfers of patients between sites of the register over the API: asked, decided, withdrawn."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import transfers as actions
from followup.actions.transfers import TransferInput
from followup.api.base import ReasonIn, Strict, actor_of, given
from followup.core.permissions import Perm
from followup.queries import patients, reference
from followup.queries import transfers as queries


class PatientTransferOut(serializers.Serializer[Any]):
    """One transfer; what the site that is asked needs to know before it sees the patient."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(
        choices=["ASKED", "ACCEPTED", "IN_FORCE", "REFUSED", "WITHDRAWN"]
    )
    patient = serializers.UUIDField(source="patient_id")
    code = serializers.CharField()
    new_code = serializers.CharField()
    from_site = serializers.UUIDField(source="from_site_id")
    to_site = serializers.UUIDField(source="to_site_id")
    product = serializers.UUIDField(source="product_id")
    infused_on = serializers.DateField()
    next_due = serializers.DateField(allow_null=True)
    reason = serializers.CharField()
    proposed_on = serializers.DateField()
    asked_at = serializers.DateTimeField()
    effective_on = serializers.DateField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_note = serializers.CharField(source="why_not")
    in_force_at = serializers.DateTimeField(allow_null=True)


class PatientTransferPage(serializers.Serializer[Any]):
    """A page of transfers; `next` is the value of `after` for the following one."""

    items = PatientTransferOut(many=True)
    next = serializers.CharField()


class PatientTransferIn(ReasonIn):
    """Which patient, the site that is to follow, and from which day."""

    patient = serializers.UUIDField()
    to_site = serializers.UUIDField()
    effective_on = serializers.DateField()


class PatientTransferAcceptIn(Strict):
    """From which day; `study_code` where the site has another patient of the number."""

    effective_on = serializers.DateField()
    study_code = serializers.CharField(max_length=30, default="", allow_blank=True)


class Transfers(APIView):
    """Transfers from and to one's own sites."""

    @extend_schema(
        operation_id="patient_transfers_list",
        responses=PatientTransferPage,
        parameters=[OpenApiParameter("after", str)],
    )
    def get(self, request: Request) -> Response:
        """A page of them, the latest first."""
        actor = actor_of(request)
        rows, following = queries.page(actor, key=request.query_params.get("after", ""))
        return Response(PatientTransferPage({"items": rows, "next": following}).data)

    @extend_schema(request=PatientTransferIn, responses={201: PatientTransferOut})
    def post(self, request: Request) -> Response:
        """Ask another site of the register to follow a patient."""
        actor, values = actor_of(request), given(PatientTransferIn, request)
        patient = patients.one(actor, values["patient"])
        row = actions.ask(
            actor,
            patient,
            given=TransferInput(
                to_site=reference.site(actor, id=values["to_site"]),
                effective_on=values["effective_on"],
                reason=values["reason"],
            ),
        )
        return Response(
            PatientTransferOut(queries.one(actor, row.id)).data, status=status.HTTP_201_CREATED
        )


class Transfer(APIView):
    """One transfer."""

    @extend_schema(operation_id="patient_transfers_read", responses=PatientTransferOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """As it stands."""
        return Response(PatientTransferOut(queries.one(actor_of(request), pk)).data)


def _after(
    act: Callable[..., Any], sent: type[Strict], request: Request, pk: UUID, needs: Perm | None
) -> Response:
    """The transfer as it stands after an action on it with what was sent."""
    actor = actor_of(request)
    row = queries.one(actor, pk)
    if needs is not None:
        actor.require(needs)
    act(actor, transfer=row, **given(sent, request))
    return Response(PatientTransferOut(queries.one(actor, pk)).data)


class Accept(APIView):
    """The answer of the site that is asked."""

    @extend_schema(request=PatientTransferAcceptIn, responses=PatientTransferOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Follow the patient from a day on; in force at once where that day has come."""
        return _after(actions.accept, PatientTransferAcceptIn, request, pk, Perm.PATIENT_WRITE)


class Refuse(APIView):
    """The answer of the site that is asked."""

    @extend_schema(request=ReasonIn, responses=PatientTransferOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Do not follow the patient, and say why."""
        return _after(actions.refuse, ReasonIn, request, pk, None)


class Withdraw(APIView):
    """The way back before a transfer is in force."""

    @extend_schema(request=ReasonIn, responses=PatientTransferOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Nothing is asked for any more."""
        return _after(actions.withdraw, ReasonIn, request, pk, None)


urlpatterns = [
    path("patients/transfers/", Transfers.as_view(), name="api-patient-transfers"),
    path("patients/transfers/<uuid:pk>/", Transfer.as_view(), name="api-transfer"),
    path("patients/transfers/<uuid:pk>/accept/", Accept.as_view(), name="api-transfer-accept"),
    path("patients/transfers/<uuid:pk>/refuse/", Refuse.as_view(), name="api-transfer-refuse"),
    path(
        "patients/transfers/<uuid:pk>/withdraw/", Withdraw.as_view(), name="api-transfer-withdraw"
    ),
]
