"""Registrations that are one person, or wrong, over the API: asked, decided, undone."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import registrations as actions
from followup.api.base import ConfirmedField, ReasonIn, Strict, actor_of, given
from followup.core.permissions import Perm
from followup.domain.registrations import RegistrationState
from followup.queries import duplicates, patients
from followup.queries import registrations as queries


class RegistrationPairOut(serializers.Serializer[Any]):
    """Two patients who may be one person, and the fields that agree."""

    one = serializers.UUIDField()
    other = serializers.UUIDField()
    agrees = serializers.ListField(child=serializers.CharField())


class RegistrationPairPage(serializers.Serializer[Any]):
    """The pairs of one block of patients; `next` is the value of `after` for the following one."""

    items = RegistrationPairOut(many=True)
    next = serializers.CharField()


class RegistrationDecisionOut(serializers.Serializer[Any]):
    """One decision; `survivor` is empty when the registration is void."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["MERGE", "VOID"])
    state = serializers.ChoiceField(choices=[state.value for state in RegistrationState])
    patient = serializers.UUIDField(source="patient_id")
    code = serializers.CharField()
    survivor = serializers.UUIDField(source="survivor_id", allow_null=True)
    reason = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_note = serializers.CharField()
    undone_at = serializers.DateTimeField(allow_null=True)
    undo_reason = serializers.CharField()


class RegistrationDecisionIn(ReasonIn):
    """Which registration goes, and who remains; nobody remains of one that is void."""

    patient = serializers.UUIDField()
    survivor = serializers.UUIDField(default=None, allow_null=True)
    confirmed = ConfirmedField()


class RegistrationAnswerIn(Strict):
    """The second person's answer; a refusal says why in `note`."""

    confirm = serializers.BooleanField()
    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class RegistrationWithdrawalIn(Strict):
    """A remark of whoever withdraws the request."""

    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class PossibleDuplicates(APIView):
    """Pairs of patients who may be one person."""

    @extend_schema(
        operation_id="patients_duplicates",
        responses=RegistrationPairPage,
        parameters=[OpenApiParameter("after", str)],
    )
    def get(self, request: Request) -> Response:
        """Those of one block of one's own patients."""
        actor = actor_of(request)
        actor.require(Perm.IDENTITY_WRITE)
        pairs, following = duplicates.pairs(actor, key=request.query_params.get("after", ""))
        return Response(RegistrationPairPage({"items": pairs, "next": following}).data)


class Decisions(APIView):
    """Decisions about registrations."""

    @extend_schema(
        operation_id="registration_decisions_list", responses=RegistrationDecisionOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Those of one's own hospital, the latest first."""
        actor = actor_of(request)
        actor.require(Perm.IDENTITY_READ)
        return Response(
            RegistrationDecisionOut(queries.decisions(actor)[: queries.MOST], many=True).data
        )

    @extend_schema(request=RegistrationDecisionIn, responses={201: RegistrationDecisionOut})
    def post(self, request: Request) -> Response:
        """Ask for a merge or a voiding; a second person decides."""
        actor, values = actor_of(request), given(RegistrationDecisionIn, request)
        patient = patients.one(actor, values["patient"])
        if values["survivor"] is None:
            row = actions.ask_void(actor, patient, reason=values["reason"])
        else:
            row = actions.ask_merge(
                actor,
                patient,
                survivor=patients.one(actor, values["survivor"]),
                reason=values["reason"],
                confirmed=values.get("confirmed", ()),
            )
        return Response(RegistrationDecisionOut(row).data, status=status.HTTP_201_CREATED)


class Answer(APIView):
    """The second person's answer."""

    @extend_schema(request=RegistrationAnswerIn, responses=RegistrationDecisionOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Confirm or refuse, as another person than the one who asked."""
        actor, values = actor_of(request), given(RegistrationAnswerIn, request)
        row = actions.decide(
            actor, queries.decision(actor, pk), confirm=values["confirm"], note=values["note"]
        )
        return Response(RegistrationDecisionOut(row).data)


class Withdrawal(APIView):
    """The request withdrawn by whoever made it."""

    @extend_schema(request=RegistrationWithdrawalIn, responses=RegistrationDecisionOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Withdraw one's own request while nobody has decided."""
        actor, values = actor_of(request), given(RegistrationWithdrawalIn, request)
        row = actions.withdraw(actor, queries.decision(actor, pk), note=values["note"])
        return Response(RegistrationDecisionOut(row).data)


class Undo(APIView):
    """The way back."""

    @extend_schema(request=ReasonIn, responses=RegistrationDecisionOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Everything stands again where it stood."""
        actor, values = actor_of(request), given(ReasonIn, request)
        row = actions.undo(actor, queries.decision(actor, pk), reason=values["reason"])
        return Response(RegistrationDecisionOut(row).data)


urlpatterns = [
    path("patients/duplicates/", PossibleDuplicates.as_view(), name="api-patient-duplicates"),
    path("patients/decisions/", Decisions.as_view(), name="api-registration-decisions"),
    path("patients/decisions/<uuid:pk>/answer/", Answer.as_view(), name="api-registration-answer"),
    path(
        "patients/decisions/<uuid:pk>/withdraw/",
        Withdrawal.as_view(),
        name="api-registration-withdraw",
    ),
    path("patients/decisions/<uuid:pk>/undo/", Undo.as_view(), name="api-registration-undo"),
]
