"""The signal register over the API: detection, validation, assessment, decision, their clocks."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.core import clock, naming
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import data_locks, reference, signatures
from pv.actions import signals as actions
from pv.domain.signals.steps import Decision
from pv.queries.signals import register


class SignalIn(Strict):
    """What was seen, where and when; on which lock, if on one."""

    product = serializers.UUIDField()
    term = serializers.CharField(max_length=200)
    detected_by = serializers.ChoiceField(choices=register.SOURCES)
    detected_on = serializers.DateField()
    description = serializers.CharField(max_length=4000)
    lock = serializers.UUIDField(default=None, allow_null=True, help_text="Id of a data lock")


class SignalStepIn(Strict):
    """One step with its reasons; a decision goes with DECIDE alone."""

    event = serializers.ChoiceField(choices=[each.value for each in register.NEEDS])
    decision = serializers.ChoiceField(
        choices=[each.value for each in Decision], default="", allow_blank=True
    )
    reason = serializers.CharField(max_length=4000)
    version = serializers.IntegerField(min_value=1)


class SignalOut(serializers.Serializer[Any]):
    """One signal; `due` is the last day of the step it waits for, null once it waits for none."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    product = serializers.UUIDField(source="product_id")
    term = serializers.CharField()
    detected_by = serializers.CharField(source="source")
    detected_on = serializers.DateField()
    description = serializers.CharField()
    lock = serializers.UUIDField(source="lock_id", allow_null=True)
    evidence = serializers.DictField(help_text="The figures it rests on, as they were shown")
    state = serializers.CharField()
    decision = serializers.CharField()
    since = serializers.DateField(help_text="The day its present state began")
    due = serializers.DateField(allow_null=True)
    days_left = serializers.SerializerMethodField(help_text="Negative: past; null: not owed")
    version = serializers.IntegerField()

    def get_days_left(self, row: Any) -> int | None:
        """Days to the last day of the step it waits for."""
        return (row.due - clock.today()).days if row.due else None


class SignalList(serializers.Serializer[Any]):
    """A page: those that wait first, the earliest due on top."""

    items = SignalOut(many=True)
    next_key = serializers.CharField(help_text="`after` of the next page; empty at the end")


class SignalStepOut(serializers.Serializer[Any]):
    """A step that was taken."""

    event = serializers.CharField()
    state_before = serializers.CharField()
    state_after = serializers.CharField()
    reason = serializers.CharField()
    recorded_by = serializers.SerializerMethodField()
    recorded_at = serializers.DateTimeField()

    def get_recorded_by(self, step: Any) -> str:
        """The person, by name."""
        return naming.who(step)


class SignalSignatureOut(serializers.Serializer[Any]):
    """A signature of the decision; it is given on the page, which asks for the password."""

    id = serializers.UUIDField()
    printed_name = serializers.CharField()
    signed_at = serializers.DateTimeField()


class SignalDetail(SignalOut):
    """A signal with its steps, what the asker may do next, and who signed it."""

    steps = SignalStepOut(many=True)
    possible = serializers.ListField(child=serializers.CharField())
    signatures = SignalSignatureOut(many=True)


def _detail(actor: Any, row: Any) -> dict[str, Any]:
    signed = signatures.signers("signal", [row]).get(str(row.pk), [])
    return {
        **SignalOut(row).data,
        "steps": SignalStepOut(register.steps(actor, row), many=True).data,
        "possible": [event.value for event in register.possible(actor, row)],
        "signatures": SignalSignatureOut(signed, many=True).data,
    }


class Signals(APIView):
    """Signals of the actor's products."""

    @extend_schema(
        operation_id="signals_list",
        responses=SignalList,
        parameters=[
            OpenApiParameter("product", str, description="Id of a product"),
            OpenApiParameter("after", str, description="Key of the page before"),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """The register by pages."""
        actor, asked = actor_of(request), request.query_params
        actor.require(Perm.CASE_READ)
        page = register.page(actor, product=asked.get("product", ""), key=asked.get("after", ""))
        return Response(SignalList(page).data)

    @extend_schema(request=SignalIn, responses={201: SignalDetail})
    def post(self, request: Request) -> Response:
        """Enter a signal; it waits for its validation."""
        actor = actor_of(request)
        actor.require(Perm.CASE_WRITE)
        values = given(SignalIn, request)
        product = reference.product(actor, id=values.pop("product"))
        lock = data_locks.chosen(actor, values.pop("lock"))
        source = values.pop("detected_by")
        row = actions.detect(actor, product, source=source, lock=lock, **values)
        return Response(_detail(actor, row), status=201)


class OneSignal(APIView):
    """One signal."""

    @extend_schema(operation_id="signals_retrieve", responses=SignalDetail)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it with its steps; 404 when foreign or missing alike."""
        actor = actor_of(request)
        return Response(_detail(actor, register.one(actor, pk)))


class SignalSteps(APIView):
    """The next step of a signal."""

    @extend_schema(operation_id="signals_step", request=SignalStepIn, responses=SignalDetail)
    def post(self, request: Request, pk: UUID) -> Response:
        """Take it with reasons; 409 when somebody took one since the version was read."""
        actor = actor_of(request)
        row = register.one(actor, pk)
        row = actions.move(actor, row, **given(SignalStepIn, request))
        return Response(_detail(actor, row))


urlpatterns = [
    path("signals/", Signals.as_view(), name="api-signals"),
    path("signals/<uuid:pk>/", OneSignal.as_view(), name="api-signal"),
    path("signals/<uuid:pk>/steps/", SignalSteps.as_view(), name="api-signal-steps"),
]
