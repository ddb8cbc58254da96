"""Cases over the API: list, one, edit, validate, export."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given, page_size
from followup.core import clock
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import cases as actions
from pv.actions import icsr
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.queries import cases

PROFILES = [profile.value for profile in Profile]


class CaseOut(serializers.Serializer[Any]):
    """A case with its earliest open clock."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    worldwide_id = serializers.CharField()
    title = serializers.CharField()
    stage = serializers.CharField()
    serious = serializers.BooleanField(allow_null=True)
    fatal = serializers.BooleanField(allow_null=True)
    product = serializers.UUIDField(source="product_id", allow_null=True)
    received_on = serializers.DateField()
    day_zero = serializers.DateField(allow_null=True)
    next_due = serializers.DateField(allow_null=True)
    current_version = serializers.IntegerField()
    lock_version = serializers.IntegerField()


class ClockOut(serializers.Serializer[Any]):
    """One legal clock with the rule as it stood; `due_at` and `met_at` of a limit in hours."""

    id = serializers.UUIDField()
    rule = serializers.CharField()
    rule_set = serializers.CharField()
    citation = serializers.CharField()
    confidence = serializers.CharField()
    day_zero = serializers.DateField()
    due = serializers.DateField()
    due_at = serializers.DateTimeField(allow_null=True)
    met_on = serializers.DateField(allow_null=True)
    met_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    stop_code = serializers.CharField()
    stop_days = serializers.ListField(child=serializers.CharField())
    stop_reason = serializers.CharField()


class CaseDetail(CaseOut):
    """A case with clocks and the element tree of its current version."""

    clocks = ClockOut(many=True)
    message = serializers.JSONField()


class CasePage(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one."""

    items = CaseOut(many=True)
    next = serializers.CharField()


class LockedIn(Strict):
    """The `lock_version` that was read; 409 when somebody saved since."""

    lock_version = serializers.IntegerField(min_value=1)


def changed(act: Callable[..., Any], sent: type[Strict], request: Request, pk: UUID) -> Response:
    """The case after an action on it with what was sent."""
    actor = actor_of(request)
    row = act(actor, cases.one(actor, pk), **given(sent, request))
    return Response(CaseOut(row).data)


class EditIn(LockedIn):
    """Values by instance path: text, `{"null": "UNK"}`, or null to take the value away.

    `learned_on` is the day one learned of a seriousness or a death stated here, today if it is
    not sent: its report clock runs from that day.
    """

    learned_on = serializers.DateField(default=None, allow_null=True)
    changes = serializers.DictField(child=serializers.JSONField(allow_null=True), allow_empty=False)


class ProfileIn(Strict):
    """The receiver."""

    profile = serializers.ChoiceField(choices=PROFILES)


class ReleaseIn(ProfileIn):
    """The receiver, and the version of the case that was read."""

    lock_version = serializers.IntegerField(required=False, min_value=1)
    partner = serializers.CharField(
        max_length=12, default="", allow_blank=True, help_text="Where several have the receiver"
    )


class FindingOut(serializers.Serializer[Any]):
    """What the receiver would say."""

    rule = serializers.CharField()
    severity = serializers.CharField()
    element = serializers.CharField()
    path = serializers.CharField()
    message_en = serializers.CharField()
    message_zh = serializers.CharField()


class SubmissionOut(serializers.Serializer[Any]):
    """A released file."""

    id = serializers.UUIDField()
    file_name = serializers.CharField()
    profile = serializers.CharField()
    partner = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    schema_check = serializers.CharField()
    authority = serializers.CharField()
    sent_on = serializers.DateField(allow_null=True)
    proof = serializers.CharField()


class Cases(APIView):
    """Cases of the actor's scope."""

    @extend_schema(
        operation_id="cases_list",
        responses=CasePage,
        parameters=[
            OpenApiParameter("after", str),
            OpenApiParameter("box", str),
            OpenApiParameter("size", int),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """One page, the earliest open clock first."""
        page = cases.page(
            actor_of(request),
            today=clock.today(),
            key=request.query_params.get("after", ""),
            filters=cases.Filters(box=request.query_params.get("box", "open")),
            size=page_size(request),
        )
        body = {"items": [item.case for item in page.items], "next": page.next_key}
        return Response(CasePage(body).data)


def _values(changes: dict[str, Any]) -> dict[str, Any]:
    """Typed values; a document cannot be edited here."""
    values: dict[str, Any] = {}
    wrong: dict[str, Any] = {}
    for where, data in changes.items():
        if data is not None and not isinstance(data, str) and not _is_null(data):
            wrong[where] = _('Send a text, {"null": "UNK"} or null.')
            continue
        values[where] = None if data is None else storage.value_from_data(data)
    if wrong:
        raise Refused(wrong)
    return values


def _is_null(data: Any) -> bool:
    return isinstance(data, dict) and set(data) == {"null"} and isinstance(data["null"], str)


class OneCase(APIView):
    """One case."""

    def _detail(self, request: Request, pk: UUID) -> Response:
        actor = actor_of(request)
        case = cases.one(actor, pk)
        body = CaseOut(case).data
        body["clocks"] = ClockOut(cases.clocks(actor, case), many=True).data
        body["message"] = cases.version(actor, case).message
        return Response(body)

    @extend_schema(responses=CaseDetail)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return self._detail(request, pk)

    @extend_schema(request=EditIn, responses=CaseDetail)
    def patch(self, request: Request, pk: UUID) -> Response:
        """Set or clear values; 409 when somebody saved since `lock_version`."""
        actor = actor_of(request)
        values = given(EditIn, request)
        case = cases.one(actor, pk)
        changes = _values(values["changes"])
        actions.edit(
            actor,
            case,
            changes=changes,
            lock_version=values["lock_version"],
            learned_on=values["learned_on"],
        )
        return self._detail(request, pk)


class Validate(APIView):
    """What a receiver would say of a case."""

    @extend_schema(request=ProfileIn, responses=FindingOut(many=True))
    def post(self, request: Request, pk: UUID) -> Response:
        """Check the current version without releasing anything."""
        actor = actor_of(request)
        profile = Profile(given(ProfileIn, request)["profile"])
        case = cases.one(actor, pk)
        actor.require(Perm.ICSR_EXPORT, site=case.site_id, product=case.product_id)
        found = icsr.check(case, cases.version(actor, case), profile)
        return Response(FindingOut(found, many=True).data)


class Export(APIView):
    """Release of a case."""

    @extend_schema(request=ReleaseIn, responses=SubmissionOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Validate and release the file; 422 when the receiver would reject it.

        With the `lock_version` that was read: 409 when the case was saved since.
        """
        actor = actor_of(request)
        values = given(ReleaseIn, request)
        row = icsr.export(
            actor,
            cases.one(actor, pk),
            profile=Profile(values["profile"]),
            lock_version=values.get("lock_version"),
            partner=values["partner"],
        )
        return Response(SubmissionOut(row).data)


class File(APIView):
    """A released file."""

    @extend_schema(responses={(200, "application/xml"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """Byte for byte as released."""
        actor = actor_of(request)
        actor.require(Perm.ICSR_EXPORT)
        row = cases.downloaded(actor, pk)
        return HttpResponse(bytes(row.content), content_type="application/xml")


urlpatterns = [
    path("cases/", Cases.as_view(), name="api-cases"),
    path("cases/<uuid:pk>/", OneCase.as_view(), name="api-case"),
    path("cases/<uuid:pk>/validate/", Validate.as_view(), name="api-case-validate"),
    path("cases/<uuid:pk>/export/", Export.as_view(), name="api-case-export"),
    path("submissions/<uuid:pk>/", File.as_view(), name="api-submission"),
]
