"""Concomitant drugs over the API: the treatments of the patient beside the case, those taken."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from pv.actions import cases as actions
from pv.domain.cases.concomitant_drugs import Standing, When
from pv.queries import cases, concomitant_drugs

MOST = 200


class TreatmentOut(serializers.Serializer[Any]):
    """A treatment beside the case; days as exact as they are known, empty where nobody said.

    `to_reaction` is how it lies to the reaction, `standing` whether the case has it, at `place`;
    `alike` is the place of another concomitant drug of the same name; `left_out` says that somebody
    decided to leave the treatment, as `revision` tells it, out of the case.
    """

    treatment = serializers.UUIDField(source="treatment.key")
    revision = serializers.UUIDField(source="treatment.revision")
    name = serializers.CharField(source="treatment.name")
    started = serializers.CharField(source="treatment.started.isoformat")
    ended = serializers.CharField(source="treatment.ended.isoformat", default="")
    goes_on = serializers.BooleanField(source="treatment.goes_on")
    dose = serializers.CharField(source="treatment.dose")
    given_for = serializers.CharField(source="treatment.given_for")
    to_reaction = serializers.ChoiceField(source="when", choices=[each.value for each in When])
    standing = serializers.ChoiceField(choices=[each.value for each in Standing])
    place = serializers.CharField()
    alike = serializers.CharField()
    left_out = serializers.BooleanField()


class TreatmentsOut(serializers.Serializer[Any]):
    """The treatments of the patient of a case."""

    items = TreatmentOut(many=True)
    lock_version = serializers.IntegerField()


class TakeTreatmentsIn(Strict):
    """Which treatments the case takes; `lock_version` of the case."""

    treatments = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST)
    lock_version = serializers.IntegerField(min_value=1)


class LeaveOutTreatmentsIn(Strict):
    """Which treatments, as they were read, the case goes without or is offered again, and why."""

    revisions = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST)
    reason = serializers.CharField(max_length=actions.LONGEST_REASON)


def _shown(request: Request, pk: UUID) -> Response:
    actor = actor_of(request)
    case = cases.one(actor, pk)
    rows = concomitant_drugs.of_case(actor, case, cases.version(actor, case))
    return Response(TreatmentsOut({"items": rows, "lock_version": case.lock_version}).data)


class Treatments(APIView):
    """The treatments a hospital recorded, as concomitant drugs of a case."""

    @extend_schema(responses={200: TreatmentsOut})
    def get(self, request: Request, pk: UUID) -> Response:
        """Every treatment of the patient the caller may read, beside what the case has."""
        return _shown(request, pk)

    @extend_schema(request=TakeTreatmentsIn, responses={200: TreatmentsOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Take treatments as concomitant drugs; 409 when somebody saved the case meanwhile."""
        actor = actor_of(request)
        values = given(TakeTreatmentsIn, request)
        chosen = set(values.pop("treatments"))
        actions.take_treatments(actor, cases.one(actor, pk), treatments=chosen, **values)
        return _shown(request, pk)


class LeftOut(APIView):
    """Treatments a case goes without."""

    @extend_schema(request=LeaveOutTreatmentsIn, responses={200: TreatmentsOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Leave treatments out; a later correction by the hospital offers them again."""
        return _decided(request, pk, actions.leave_out_treatments)


class OfferedAgain(APIView):
    """Treatments that were left out."""

    @extend_schema(request=LeaveOutTreatmentsIn, responses={200: TreatmentsOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Undo that they are left out."""
        return _decided(request, pk, actions.offer_treatments)


def _decided(request: Request, pk: UUID, decide: Callable[..., None]) -> Response:
    actor, values = actor_of(request), given(LeaveOutTreatmentsIn, request)
    chosen = set(values["revisions"])
    decide(actor, cases.one(actor, pk), revisions=chosen, reason=values["reason"])
    return _shown(request, pk)


urlpatterns = [
    path("cases/<uuid:pk>/treatments/", Treatments.as_view(), name="api-case-treatments"),
    path(
        "cases/<uuid:pk>/treatments/leave-out/",
        LeftOut.as_view(),
        name="api-case-treatments-leave-out",
    ),
    path(
        "cases/<uuid:pk>/treatments/offer/",
        OfferedAgain.as_view(),
        name="api-case-treatments-offer",
    ),
]
