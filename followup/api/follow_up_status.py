"""Where a patient's follow-up stands over the API: attempts, loss, transfer, consents, no death."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions.consent_papers import ConsentInput
from followup.actions.follow_up_status import consents, death, tracing
from followup.actions.follow_up_status.tracing import AttemptInput
from followup.api.base import (
    ConfirmedField,
    PartialDateField,
    ReasonIn,
    Strict,
    actor_of,
    given,
)
from followup.api.patients import ConsentIn, PatientOut
from followup.queries import consents as queries
from followup.queries import follow_up_status, patients


class TryIn(Strict):
    """One try to reach a patient; a register answers NO_ENTRY and nothing else does."""

    attempted_on = serializers.DateField()
    method = serializers.ChoiceField(
        choices=["PHONE", "FAMILY", "VIDEO", "LOCAL_HOSPITAL", "LETTER", "REGISTRY_LINKAGE"]
    )
    result = serializers.ChoiceField(choices=["NO_ANSWER", "WRONG_NUMBER", "REFUSED", "NO_ENTRY"])
    note = serializers.CharField(max_length=2000, default="", allow_blank=True)


class TryOut(serializers.Serializer[Any]):
    """An attempt as recorded."""

    id = serializers.UUIDField()
    attempted_on = serializers.DateField()
    method = serializers.CharField()
    result = serializers.CharField()


class TransferIn(ReasonIn):
    """Since when another hospital follows the patient; the reason names it."""

    on = serializers.DateField()


class DeathIn(ReasonIn):
    """What is known instead of the death."""

    vital_status = serializers.ChoiceField(choices=["ALIVE", "UNKNOWN"])


class WithdrawalIn(Strict):
    """When a consent was withdrawn."""

    withdrawn_on = serializers.DateField()
    purposes = serializers.ListField(child=serializers.CharField(), default=list)
    reason = serializers.CharField(max_length=2000, default="", allow_blank=True)


class ConsentOut(serializers.Serializer[Any]):
    """A recorded consent."""

    id = serializers.UUIDField()
    form_version = serializers.CharField()
    purposes = serializers.ListField(child=serializers.CharField())
    refused = serializers.ListField(child=serializers.CharField())
    signed_by = serializers.CharField()
    assent = serializers.CharField()
    given_on = serializers.DateField()
    signed_on = PartialDateField(source="signed")
    withdrawn_on = serializers.DateField(allow_null=True)


class ConsentAddIn(ConsentIn):
    """A further paper, with what the person confirms."""

    confirmed = ConfirmedField()


class WithdrawalOut(serializers.Serializer[Any]):
    """A recorded withdrawal."""

    id = serializers.UUIDField()
    consent = serializers.UUIDField(source="consent_id")
    purposes = serializers.ListField(child=serializers.CharField())
    withdrawn_on = serializers.DateField()


class Tries(APIView):
    """Tries to reach a patient."""

    @extend_schema(request=TryIn, responses={201: TryOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Record one."""
        actor = actor_of(request)
        made = tracing.record_attempt(
            actor, patients.one(actor, pk), given=AttemptInput(**given(TryIn, request))
        )
        return Response(TryOut(made).data, status=status.HTTP_201_CREATED)


class Loss(APIView):
    """The declared loss of a patient."""

    @extend_schema(request=None, responses=PatientOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Declare it; 422 with what the contact attempts recorded still lack."""
        actor = actor_of(request)
        return Response(PatientOut(tracing.declare_lost(actor, patients.one(actor, pk))).data)


class LossRetraction(APIView):
    """A loss that was declared by mistake."""

    @extend_schema(request=ReasonIn, responses=PatientOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Retract it; the search goes on."""
        actor = actor_of(request)
        values = given(ReasonIn, request)
        return Response(
            PatientOut(tracing.retract_loss(actor, patients.one(actor, pk), **values)).data
        )


class Transfer(APIView):
    """Care that moved to a hospital outside."""

    @extend_schema(request=TransferIn, responses=PatientOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Record it."""
        actor = actor_of(request)
        values = given(TransferIn, request)
        return Response(PatientOut(tracing.transfer(actor, patients.one(actor, pk), **values)).data)


class DeathRetraction(APIView):
    """A death that was reported wrongly."""

    @extend_schema(request=DeathIn, responses=PatientOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Retract it; the schedules go on and safety is told."""
        actor = actor_of(request)
        values = given(DeathIn, request)
        return Response(PatientOut(death.retract(actor, patients.one(actor, pk), **values)).data)


class Consents(APIView):
    """Consents of a patient."""

    @extend_schema(responses=ConsentOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """All of them, the latest first."""
        actor = actor_of(request)
        found = patients.consents(actor, patients.one(actor, pk))
        return Response(ConsentOut(found, many=True).data)

    @extend_schema(request=ConsentAddIn, responses={201: ConsentOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """A further one; one to follow-up takes a withdrawn patient in again."""
        actor, values = actor_of(request), given(ConsentAddIn, request)
        confirmed = values.pop("confirmed", ())
        made = consents.add(
            actor, patients.one(actor, pk), given=ConsentInput(**values), confirmed=confirmed
        )
        return Response(ConsentOut(made).data, status=status.HTTP_201_CREATED)


class Withdrawal(APIView):
    """The withdrawal of a consent."""

    @extend_schema(request=WithdrawalIn, responses=ConsentOut)
    def post(self, request: Request, pk: UUID, consent: UUID) -> Response:
        """Record it."""
        actor = actor_of(request)
        row = follow_up_status.consent(actor, patients.one(actor, pk), consent)
        made = consents.withdraw(actor, row, **given(WithdrawalIn, request))
        return Response(ConsentOut(made).data)


class Withdrawals(APIView):
    """Withdrawals of a patient."""

    @extend_schema(responses=WithdrawalOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Those that stand, the latest first."""
        actor = actor_of(request)
        found = queries.withdrawals(actor, patients.one(actor, pk))
        return Response(WithdrawalOut(found, many=True).data)


class WithdrawalUndo(APIView):
    """A withdrawal recorded by mistake."""

    @extend_schema(request=ReasonIn, responses={204: None})
    def post(self, request: Request, pk: UUID, withdrawal: UUID) -> Response:
        """Undo it; what it ended counts again."""
        actor = actor_of(request)
        row = queries.withdrawal(actor, patients.one(actor, pk), withdrawal)
        consents.undo_withdrawal(actor, row, **given(ReasonIn, request))
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("patients/<uuid:pk>/attempts/", Tries.as_view(), name="api-patient-attempts"),
    path("patients/<uuid:pk>/loss/", Loss.as_view(), name="api-patient-loss"),
    path(
        "patients/<uuid:pk>/loss/retraction/",
        LossRetraction.as_view(),
        name="api-loss-retraction",
    ),
    path("patients/<uuid:pk>/transfer/", Transfer.as_view(), name="api-patient-transfer"),
    path(
        "patients/<uuid:pk>/death/retraction/",
        DeathRetraction.as_view(),
        name="api-death-retraction",
    ),
    path("patients/<uuid:pk>/consents/", Consents.as_view(), name="api-patient-consents"),
    path(
        "patients/<uuid:pk>/consents/<uuid:consent>/withdrawal/",
        Withdrawal.as_view(),
        name="api-consent-withdrawal",
    ),
    path("patients/<uuid:pk>/withdrawals/", Withdrawals.as_view(), name="api-withdrawals"),
    path(
        "patients/<uuid:pk>/withdrawals/<uuid:withdrawal>/undo/",
        WithdrawalUndo.as_view(),
        name="api-withdrawal-undo",
    ),
]
