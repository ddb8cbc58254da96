"""Samples over the API: the list, one with its custody and results, the next step, a result."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import samples as actions
from followup.actions.samples import ResultInput
from followup.api.base import ConfirmedField, MomentField, Strict, actor_of, given, page_size
from followup.core import clock
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.samples import Moment
from followup.queries import kits, storage, worklist
from followup.queries import samples as queries


class SampleOut(serializers.Serializer[Any]):
    """One sample; `state` is where its custody stands."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    code = serializers.CharField()
    patient = serializers.UUIDField(source="patient_id")
    site = serializers.CharField(source="site.code")
    product = serializers.CharField(source="product.code")
    infusion = serializers.UUIDField(source="infusion_id")
    event = serializers.UUIDField(source="event_id", allow_null=True)
    phase = serializers.CharField()
    visit_code = serializers.CharField()
    state = serializers.CharField()
    planned_for = serializers.DateField(allow_null=True)


class SamplePageOut(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = SampleOut(many=True)
    next = serializers.CharField(allow_blank=True)


class CustodyStepOut(serializers.Serializer[Any]):
    """One step as it was recorded; `superseded` and `undone` ones are kept and do not count."""

    id = serializers.UUIDField(source="row.id")
    step = serializers.CharField(source="row.step")
    happened_on = serializers.DateField(source="row.happened_on", allow_null=True)
    happened_at = serializers.DateTimeField(source="row.happened_at", allow_null=True)
    place = serializers.CharField(source="row.place")
    carrier = serializers.CharField(source="row.carrier")
    condition = serializers.CharField(source="row.condition")
    deviation = serializers.BooleanField()
    abroad = serializers.BooleanField(source="row.abroad", allow_null=True)
    permit = serializers.CharField(source="row.permit")
    reason = serializers.CharField(source="row.reason")
    note = serializers.CharField(source="row.note")
    superseded = serializers.BooleanField()
    undone = serializers.BooleanField(source="row.taken_back")


class ResultOut(serializers.Serializer[Any]):
    """One result; below quantification it has its limit and no number, never a zero."""

    id = serializers.UUIDField()
    assay = serializers.CharField()
    method = serializers.CharField()
    finding = serializers.CharField()
    measure = serializers.CharField()
    reported = serializers.CharField()
    comparator = serializers.CharField()
    value = serializers.DecimalField(20, 6, allow_null=True, normalize_output=True)
    unit = serializers.CharField()
    below_quantification = serializers.BooleanField()
    lower_limit = serializers.DecimalField(20, 6, allow_null=True, normalize_output=True)
    detection_limit = serializers.DecimalField(20, 6, allow_null=True, normalize_output=True)
    details = serializers.JSONField()
    laboratory = serializers.CharField()
    final = serializers.BooleanField()
    resulted_on = serializers.DateField()
    received_on = serializers.DateField()
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)


class OneSampleOut(SampleOut):
    """A sample with its chain of custody, the results that stand, its kit and its box."""

    custody = CustodyStepOut(many=True)
    results = ResultOut(many=True)
    box = serializers.UUIDField(allow_null=True)
    position = serializers.CharField(allow_blank=True)
    kit = serializers.UUIDField(allow_null=True)
    kit_deviation = serializers.CharField(allow_blank=True)


class StepIn(Strict):
    """The next step: its day, or the moment with its time zone."""

    step = serializers.CharField(max_length=30)
    happened_on = serializers.DateField(default=None, allow_null=True)
    happened_at = MomentField(default=None, allow_null=True)
    place = serializers.CharField(max_length=120, default="", allow_blank=True)
    carrier = serializers.CharField(max_length=120, default="", allow_blank=True)
    condition = serializers.CharField(max_length=30, default="", allow_blank=True)
    abroad = serializers.BooleanField(default=None, allow_null=True)
    permit = serializers.CharField(max_length=60, default="", allow_blank=True)
    permit_on = serializers.DateField(default=None, allow_null=True)
    reason = serializers.CharField(max_length=30, default="", allow_blank=True)
    note = serializers.CharField(max_length=500, default="", allow_blank=True)
    kit = serializers.UUIDField(default=None, allow_null=True)
    kit_deviation = serializers.CharField(max_length=500, default="", allow_blank=True)
    confirmed = ConfirmedField()


class ResultIn(Strict):
    """A laboratory's report; `reported` is the number as it was written, `<50` included."""

    assay = serializers.CharField(max_length=30)
    finding = serializers.CharField(max_length=20)
    method = serializers.CharField(max_length=30, default="", allow_blank=True)
    measure = serializers.CharField(max_length=30, default="", allow_blank=True)
    reported = serializers.CharField(max_length=80, default="", allow_blank=True)
    below_quantification = serializers.BooleanField(default=False)
    lower_limit = serializers.DecimalField(20, 6, default=None, allow_null=True)
    detection_limit = serializers.DecimalField(20, 6, default=None, allow_null=True)
    tumour_content = serializers.DecimalField(5, 2, default=None, allow_null=True)
    lod_met = serializers.BooleanField(default=None, allow_null=True)
    same_clone = serializers.BooleanField(default=None, allow_null=True)
    sites = serializers.CharField(max_length=50_000, default="", allow_blank=True)
    variants = serializers.CharField(max_length=50_000, default="", allow_blank=True)
    markers = serializers.CharField(max_length=2000, default="", allow_blank=True)
    laboratory = serializers.CharField(max_length=120)
    resulted_on = serializers.DateField()
    received_on = serializers.DateField()
    final = serializers.BooleanField()
    comment = serializers.CharField(max_length=10_000, default="", allow_blank=True)


class ResultCorrectionIn(ResultIn):
    """The result as it should read, and why."""

    reason = serializers.CharField(max_length=500)


def moment_of(on: date | None, at: datetime | None) -> Moment:
    """A day, or a moment with the day it falls on at the hospital; Refused where they differ."""
    if at is None:
        return Moment(on)
    day = at.astimezone(clock.SHANGHAI).date()
    if on not in (None, day):
        text = _("%(moment)s falls on %(day)s.") % {"moment": at.isoformat(), "day": day}
        raise Refused({"happened_on": text})
    return Moment(day, at)


def _shown(request: Request, sample: Any) -> dict[str, Any]:
    actor = actor_of(request)
    place, item = storage.place_of(actor, sample), kits.use_of(actor, sample)
    return {
        **SampleOut(sample).data,
        "custody": CustodyStepOut(queries.custody(actor, sample), many=True).data,
        "results": ResultOut(
            [line.result for line in queries.results(actor, sample)], many=True
        ).data,
        "box": place.box_id if place else None,
        "position": str(place.position) if place else "",
        "kit": item.kit_id if item else None,
        "kit_deviation": item.deviation if item else "",
    }


class Samples(APIView):
    """Samples."""

    @extend_schema(
        operation_id="samples_list",
        responses=SamplePageOut,
        parameters=[
            OpenApiParameter("state", str),
            OpenApiParameter("q", str, description="Beginning of a number, or a study code"),
            OpenApiParameter("after", str),
            OpenApiParameter("size", int),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """The newest number first, a page at a time."""
        actor, asked = actor_of(request), request.query_params
        actor.require(Perm.SAMPLE_READ)
        filters = queries.Filters(state=asked.get("state", "")[:20], text=asked.get("q", ""))
        page = queries.page(
            actor, filters=filters, key=asked.get("after", "")[:20], size=page_size(request)
        )
        body = {"items": [line.sample for line in page.items], "next": page.next_key}
        return Response(SamplePageOut(body).data)


class OneSample(APIView):
    """One sample."""

    @extend_schema(operation_id="sample", responses=OneSampleOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """With its chain of custody, its results and where it is kept."""
        return Response(_shown(request, queries.one(actor_of(request), pk)))


class VisitSamples(APIView):
    """The samples of a planned visit."""

    @extend_schema(request=None, responses={201: SampleOut(many=True)})
    def post(self, request: Request, pk: int) -> Response:
        """Make the set the protocol asks for; asked twice, the same set comes back."""
        actor = actor_of(request)
        made = actions.plan_visit(actor, worklist.one(actor, pk))
        rows = queries.many(actor, [row.id for row in made])
        return Response(SampleOut(rows, many=True).data, status=status.HTTP_201_CREATED)


class SampleSteps(APIView):
    """The chain of custody."""

    @extend_schema(request=StepIn, responses={201: OneSampleOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Record the next step; refused out of order, before an earlier one, without consent."""
        actor, values = actor_of(request), given(StepIn, request)
        sample, kit = queries.one(actor, pk), values.pop("kit")
        if kit is not None:
            values["kit"] = kits.one(actor, kit)
        happened = moment_of(values.pop("happened_on"), values.pop("happened_at"))
        actions.record_step(actor, sample, happened_at=happened, **values)
        body = _shown(request, queries.one(actor, pk))
        return Response(body, status=status.HTTP_201_CREATED)


class SampleResults(APIView):
    """Results of a sample."""

    @extend_schema(request=ResultIn, responses={201: ResultOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Record a report; refused for a sample that was neither collected nor found."""
        actor, values = actor_of(request), given(ResultIn, request)
        row = actions.record_result(actor, queries.one(actor, pk), given=ResultInput(**values))
        return Response(ResultOut(row).data, status=status.HTTP_201_CREATED)


class OneResult(APIView):
    """One result."""

    @extend_schema(request=ResultCorrectionIn, responses=ResultOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Replace it with a reason; 409 when it was replaced already."""
        actor, values = actor_of(request), given(ResultCorrectionIn, request)
        reason, row = values.pop("reason"), queries.result(actor, pk)
        newer = actions.correct_result(actor, row, given=ResultInput(**values), reason=reason)
        return Response(ResultOut(newer).data)


urlpatterns = [
    path("samples/", Samples.as_view(), name="api-samples"),
    path("samples/<uuid:pk>/", OneSample.as_view(), name="api-sample"),
    path("samples/<uuid:pk>/steps/", SampleSteps.as_view(), name="api-sample-steps"),
    path("samples/<uuid:pk>/results/", SampleResults.as_view(), name="api-sample-results"),
    path("molecular-results/<uuid:pk>/", OneResult.as_view(), name="api-molecular-result"),
    path("planned-visits/<int:pk>/samples/", VisitSamples.as_view(), name="api-visit-samples"),
]
