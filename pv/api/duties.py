"""Duties of certificates and authorisations over the API: listed, recorded as done, withdrawn."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import ConfirmedField, Strict, actor_of, given
from followup.core import clock
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from pv.actions import certificates as actions
from pv.queries import duties, duty_calendar
from pv.queries.duty_calendar import CalendarEntry

_LISTED = [
    OpenApiParameter("state", str, enum=list(duties.STATES)),
    OpenApiParameter("product", str, description="Id of a product"),
    OpenApiParameter("after", str, description="Key of the page before"),
]


def _listed(request: Request, page: Callable[..., Any]) -> Any:
    """A page by the parameters of `_LISTED`."""
    actor = actor_of(request)
    actor.require(Perm.COMMITMENT_READ)
    asked = request.query_params
    return page(
        actor,
        state=asked.get("state", ""),
        product=asked.get("product", ""),
        key=asked.get("after", ""),
    )


class DutyDoneIn(Strict):
    """When a duty was done, and the proof."""

    done_on = serializers.DateField()
    evidence = serializers.CharField(max_length=300)
    confirmed = ConfirmedField()


class DutyWithdrawIn(Strict):
    """Why a duty was recorded as done by mistake."""

    reason = serializers.CharField(max_length=500)


class DutyRecordOut(serializers.Serializer[Any]):
    """That a duty was done; `withdrawn_because` is empty while it counts."""

    id = serializers.UUIDField()
    done_on = serializers.DateField()
    evidence = serializers.CharField()
    recorded_by = serializers.CharField(source="recorded_by.display_name")
    recorded_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_because = serializers.CharField()


class DutyOut(serializers.Serializer[Any]):
    """One thing a certificate or an authorisation abroad owes by a day; a report has its period."""

    certificate = serializers.UUIDField(source="certificate.id", default=None, allow_null=True)
    authorisation = serializers.UUIDField(source="authorisation.id", default=None, allow_null=True)
    market = serializers.CharField(help_text="Regime of the reporting rules: CN, EU, US")
    number = serializers.CharField(source="entry.number")
    product = serializers.UUIDField(source="entry.product_id")
    duty = serializers.CharField(source="duty.code")
    due = serializers.DateField(source="duty.due")
    period_start = serializers.DateField(source="duty.start", allow_null=True)
    data_lock = serializers.DateField(source="duty.data_lock", allow_null=True)
    awaits = serializers.CharField(
        source="duty.awaits", help_text="An event that changes the cycle and is not entered"
    )
    owner = serializers.CharField(source="entry.owner_name")
    citation = serializers.CharField(source="duty.citation")
    confidence = serializers.CharField(source="duty.confidence")
    days_left = serializers.SerializerMethodField(help_text="Negative: past; null: done")
    done = DutyRecordOut(allow_null=True)

    def get_days_left(self, found: duties.Owed) -> int | None:
        """Days to the day it is due."""
        return found.days(clock.today())


class DutyList(serializers.Serializer[Any]):
    """A page by the day: open ones however late, done ones of twelve months, those ahead."""

    items = DutyOut(many=True)
    next_key = serializers.CharField(help_text="`after` of the next page; empty at the end")


class Duties(APIView):
    """Duties of the certificates and authorisations of the actor's products."""

    @extend_schema(
        operation_id="duties_list",
        responses=DutyList,
        parameters=_LISTED,
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """The calendar by pages, the earliest first."""
        return Response(DutyList(_listed(request, duties.page)).data)


class DueDayOut(serializers.Serializer[Any]):
    """One day something is owed by; `duty` only of a certificate's or authorisation's own."""

    due = serializers.DateField()
    kind = serializers.SerializerMethodField()
    title = serializers.SerializerMethodField()
    product = serializers.UUIDField(source="product_id")
    certificate = serializers.UUIDField(source="owed.certificate.id", default=None, allow_null=True)
    authorisation = serializers.UUIDField(
        source="owed.authorisation.id", default=None, allow_null=True
    )
    duty = serializers.CharField(source="owed.duty.code", default="")
    owner = serializers.CharField()
    done_on = serializers.DateField(allow_null=True)
    evidence = serializers.CharField()
    days_left = serializers.SerializerMethodField(help_text="Negative: past; null: done")

    def get_kind(self, found: CalendarEntry) -> str:
        """Whose duty it is, in the reader's language."""
        return duty_calendar.kind(found)

    def get_title(self, found: CalendarEntry) -> str:
        """What is owed, in the reader's language."""
        if found.owed:
            return duties.words()[found.owed.duty.code]
        return found.other.title if found.other else ""

    def get_days_left(self, found: CalendarEntry) -> int | None:
        """Days to the day it is due."""
        return found.days(clock.today())


class DueDayList(serializers.Serializer[Any]):
    """A page by the day, of certificates and registers alike."""

    items = DueDayOut(many=True)
    next_key = serializers.CharField(help_text="`after` of the next page; empty at the end")


class DutyCalendar(APIView):
    """Everything the holder owes by a day: the page of the calendar."""

    @extend_schema(
        operation_id="duties_calendar",
        responses=DueDayList,
        parameters=_LISTED,
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """Duties of certificates, milestones, measures and answers by pages, the earliest first."""
        return Response(DueDayList(_listed(request, duty_calendar.page)).data)


class OneDuty(APIView):
    """One duty of a certificate or authorisation, named by its code and its day."""

    @extend_schema(operation_id="duties_retrieve", responses=DutyOut)
    def get(self, request: Request, pk: UUID, duty: str, due: str) -> Response:
        """Read it; 404 when foreign, or not owed."""
        actor = actor_of(request)
        found = duties.one_owed(actor, duties.entry(actor, pk), duty, due)
        return Response(DutyOut(found).data)

    @extend_schema(operation_id="duties_record_done", request=DutyDoneIn, responses={201: DutyOut})
    def post(self, request: Request, pk: UUID, duty: str, due: str) -> Response:
        """Record it as done, with the proof."""
        actor = actor_of(request)
        row = duties.entry(actor, pk)
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
        found = duties.one_owed(actor, row, duty, due)
        values = given(DutyDoneIn, request)
        actions.record_duty(actor, row, duty=duty, due=found.duty.due, **values)
        return Response(DutyOut(duties.one_owed(actor, row, duty, due)).data, status=201)


class DutyWithdrawal(APIView):
    """The withdrawal of a record made by mistake."""

    @extend_schema(
        operation_id="duties_withdraw_record", request=DutyWithdrawIn, responses=DutyRecordOut
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Withdraw it with a reason; the duty is owed again."""
        actor = actor_of(request)
        record = duties.record(actor, pk)
        actor.require(Perm.COMMITMENT_WRITE, product=record.product_id)
        values = given(DutyWithdrawIn, request)
        return Response(DutyRecordOut(actions.withdraw_duty(actor, record, **values)).data)


urlpatterns = [
    path("duties/", Duties.as_view(), name="api-duties"),
    path("duties/calendar/", DutyCalendar.as_view(), name="api-duty-calendar"),
    path("duties/<uuid:pk>/<slug:duty>/<slug:due>/", OneDuty.as_view(), name="api-duty"),
    path("duties/records/<uuid:pk>/withdraw/", DutyWithdrawal.as_view(), name="api-duty-withdraw"),
]
