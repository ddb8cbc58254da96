"""Stages of a case over the API: taken into work, passed on, sent back."""

from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pv.actions import cases as actions
from pv.api.cases import CaseOut, LockedIn, changed
from pv.domain.cases.stages import STAGES


class StageIn(LockedIn):
    """The stage it goes to, one forward or any back; back needs the reason."""

    to = serializers.ChoiceField(choices=[stage.value for stage in STAGES])
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class Acceptance(APIView):
    """A drafted case is taken into work."""

    @extend_schema(request=LockedIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Take it; it is assigned to who takes it."""
        return changed(actions.accept, LockedIn, request, pk)


class Stage(APIView):
    """The stage a case is in."""

    @extend_schema(request=StageIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Pass it on, or send it back; 422 where another person passes this stage."""
        return changed(actions.advance, StageIn, request, pk)


urlpatterns = [
    path("cases/<uuid:pk>/accept/", Acceptance.as_view(), name="api-case-accept"),
    path("cases/<uuid:pk>/stage/", Stage.as_view(), name="api-case-stage"),
]
