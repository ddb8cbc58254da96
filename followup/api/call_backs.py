"""Call-backs, and whose patient somebody is, over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import call_backs as tasks
from followup.api.appointments import AFTER, DAY, day_of
from followup.api.base import Strict, VersionIn, actor_of, given
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import call_backs as queries
from followup.queries import patients


class CallBackOut(serializers.Serializer[Any]):
    """One call-back; done when `done_at` is there."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    about = serializers.CharField(source="text")
    due_on = serializers.DateField()
    due_at = serializers.TimeField(allow_null=True, format="%H:%M")
    owner = serializers.UUIDField(source="owner_id", allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    version = serializers.IntegerField()


class CallBackIn(Strict):
    """What is to be done, when, by whom; without an owner by whoever sees it first."""

    about = serializers.CharField(max_length=200)
    due_on = serializers.DateField()
    due_at = serializers.TimeField(default=None, allow_null=True)
    owner = serializers.UUIDField(default=None, allow_null=True)


class CallBackChangeIn(CallBackIn, VersionIn):
    """The same, of a recorded one."""


class CallBackOutcomeIn(VersionIn):
    """What came of it."""

    outcome = serializers.CharField(max_length=300)


class CarerIn(Strict):
    """Who looks after the patient; nobody in particular without one."""

    carer = serializers.UUIDField(default=None, allow_null=True)


def _colleague(site: UUID, user: UUID | None, field: str) -> Any:
    if user is None:
        return None
    found = queries.colleague(site, str(user))
    if found is None:
        raise Refused({field: _("Not a colleague of this hospital.")})
    return found


class CallBackPageOut(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = CallBackOut(many=True)
    next = serializers.CharField(allow_blank=True)


class CallBacks(APIView):
    """What is to be done by a day."""

    @extend_schema(
        operation_id="call_backs_list", responses=CallBackPageOut, parameters=[DAY, AFTER]
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """Open ones, the earliest first, a page at a time."""
        actor, key = actor_of(request), request.query_params.get("after", "")[:70]
        actor.require(Perm.VISIT_WRITE)
        rows, following = queries.open_page(actor, until=day_of(request), key=key)
        return Response(CallBackPageOut({"items": rows, "next": following}).data)


class PatientCallBacks(APIView):
    """What is to be done for one patient."""

    @extend_schema(operation_id="patient_call_backs", responses=CallBackOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Open ones, the earliest first."""
        actor = actor_of(request)
        rows = queries.of_patient(actor, patients.one(actor, pk))
        return Response(CallBackOut(rows, many=True).data)

    @extend_schema(request=CallBackIn, responses={201: CallBackOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Put it on the list."""
        actor, values = actor_of(request), given(CallBackIn, request)
        patient = patients.one(actor, pk)
        owner = _colleague(patient.site_id, values.pop("owner"), "owner")
        row = tasks.ask(actor, patient, owner=owner, **values)
        return Response(CallBackOut(row).data, status=status.HTTP_201_CREATED)


class OneCallBack(APIView):
    """One call-back."""

    @extend_schema(request=CallBackChangeIn, responses=CallBackOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Another day, hour or owner."""
        actor, values = actor_of(request), given(CallBackChangeIn, request)
        row = queries.one(actor, pk)
        owner = _colleague(row.site_id, values.pop("owner"), "owner")
        return Response(CallBackOut(tasks.change(actor, row, owner=owner, **values)).data)


class CallBackDone(APIView):
    """What came of a call-back."""

    @extend_schema(request=CallBackOutcomeIn, responses=CallBackOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """It leaves the list."""
        actor, values = actor_of(request), given(CallBackOutcomeIn, request)
        return Response(CallBackOut(tasks.finish(actor, queries.one(actor, pk), **values)).data)


class PatientCarer(APIView):
    """Whose patient somebody is."""

    @extend_schema(request=CarerIn, responses={204: None})
    def put(self, request: Request, pk: UUID) -> Response:
        """Say who, or nobody in particular."""
        actor, values = actor_of(request), given(CarerIn, request)
        patient = patients.one(actor, pk)
        tasks.care(actor, patient, carer=_colleague(patient.site_id, values["carer"], "carer"))
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("call-backs/", CallBacks.as_view(), name="api-call-backs"),
    path("call-backs/<uuid:pk>/", OneCallBack.as_view(), name="api-call-back"),
    path("call-backs/<uuid:pk>/done/", CallBackDone.as_view(), name="api-call-back-done"),
    path("patients/<uuid:pk>/call-backs/", PatientCallBacks.as_view(), name="api-patient-calls"),
    path("patients/<uuid:pk>/carer/", PatientCarer.as_view(), name="api-patient-carer"),
]
