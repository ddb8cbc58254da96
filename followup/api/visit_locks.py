"""Signed and locked contacts over the API. Signing itself asks for the person, on a page."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import visit_locks as actions
from followup.api.base import ReasonIn, Strict, actor_of, given
from followup.queries import patients
from followup.queries import visit_locks as queries


class VisitCutIn(Strict):
    """Up to which day the contacts of a patient are to be signed."""

    until = serializers.DateField()


class VisitCutOut(serializers.Serializer[Any]):
    """A data cut of a patient; locked from its signature until it is unlocked."""

    id = serializers.UUIDField()
    until = serializers.DateField()
    made_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)
    unlocked_at = serializers.DateTimeField(allow_null=True)
    unlock_reason = serializers.CharField()


class VisitLockOut(serializers.Serializer[Any]):
    """The lock of a contact."""

    id = serializers.UUIDField()
    visit = serializers.UUIDField(source="visit_id")
    cut = serializers.UUIDField(source="cut_id", allow_null=True)
    locked_at = serializers.DateTimeField()
    unlocked_at = serializers.DateTimeField(allow_null=True)
    unlock_reason = serializers.CharField()


class PatientCuts(APIView):
    """Data cuts of a patient."""

    @extend_schema(operation_id="visit_cuts_list", responses=VisitCutOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """All of them, the latest first."""
        actor = actor_of(request)
        rows = queries.cuts(actor, patients.one(actor, pk))
        return Response(VisitCutOut(rows, many=True).data)

    @extend_schema(request=VisitCutIn, responses={201: VisitCutOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Make one, to be signed on its page."""
        actor, values = actor_of(request), given(VisitCutIn, request)
        made = actions.make_cut(actor, patients.one(actor, pk), **values)
        return Response(VisitCutOut(made).data, status=status.HTTP_201_CREATED)


class CutUnlock(APIView):
    """Lifting a data cut."""

    @extend_schema(request=ReasonIn, responses=VisitCutOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Unlock what was signed with it; the signature stands no longer."""
        actor, values = actor_of(request), given(ReasonIn, request)
        return Response(
            VisitCutOut(actions.unlock_cut(actor, queries.cut(actor, pk), **values)).data
        )


class VisitLocks(APIView):
    """Locks of a contact."""

    @extend_schema(operation_id="visit_locks_list", responses=VisitLockOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """All of them, the latest first."""
        actor = actor_of(request)
        return Response(
            VisitLockOut(queries.locks(actor, patients.visit(actor, pk)), many=True).data
        )


class LockUnlock(APIView):
    """Lifting the lock of a contact."""

    @extend_schema(request=ReasonIn, responses=VisitLockOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Unlock it; the signature stands no longer."""
        actor, values = actor_of(request), given(ReasonIn, request)
        return Response(VisitLockOut(actions.unlock(actor, queries.lock(actor, pk), **values)).data)


urlpatterns = [
    path("patients/<uuid:pk>/cuts/", PatientCuts.as_view(), name="api-visit-cuts"),
    path("cuts/<uuid:pk>/unlock/", CutUnlock.as_view(), name="api-visit-cut-unlock"),
    path("visits/<uuid:pk>/locks/", VisitLocks.as_view(), name="api-visit-locks"),
    path("visit-locks/<uuid:pk>/unlock/", LockUnlock.as_view(), name="api-visit-unlock"),
]
