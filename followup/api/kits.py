"""Sampling kits over the API: the list, registered as packed, one with its steps, a use."""

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
from followup.actions.samples import KitPart
from followup.api.base import (
    ConfirmedField,
    MomentField,
    ReasonIn,
    Strict,
    actor_of,
    given,
    page_size,
)
from followup.api.samples import moment_of
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.queries import kits, reference, samples


class KitOut(serializers.Serializer[Any]):
    """One kit; `shelf` is how it stands to its last day, empty once it cannot be filled."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    code = serializers.CharField()
    site = serializers.CharField(source="site.code")
    assembler = serializers.CharField()
    return_to = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)
    shelf = serializers.SerializerMethodField()
    state = serializers.CharField()

    def get_shelf(self, kit: Any) -> str:
        """VALID, SOON, EXPIRED or UNKNOWN."""
        return kits.shelf_of(kit)


class KitPageOut(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = KitOut(many=True)
    next = serializers.CharField(allow_blank=True)


class KitItemOut(serializers.Serializer[Any]):
    """Tubes for one sample; `sample` is null while they are empty or the reader may not see it."""

    specimen = serializers.CharField(source="item.specimen")
    tubes = serializers.CharField(source="item.tubes")
    lot = serializers.CharField(source="item.lot")
    expires_on = serializers.DateField(source="item.expires_on", allow_null=True)
    sample = serializers.UUIDField(source="sample.id", allow_null=True, default=None)
    used = serializers.SerializerMethodField()
    deviation = serializers.SerializerMethodField()

    def get_deviation(self, line: Any) -> str:
        """How the kit deviated; empty where the reader may not see the sample."""
        return str(line.item.deviation) if line.sample else ""

    def get_used(self, line: Any) -> bool:
        """Whether the tubes are filled."""
        return line.item.sample_id is not None


class KitStepOut(serializers.Serializer[Any]):
    """One step as recorded; `superseded` and `undone` ones are kept and do not count."""

    id = serializers.UUIDField(source="row.id")
    step = serializers.CharField(source="row.step")
    happened_on = serializers.DateField(source="row.happened_on", allow_null=True)
    happened_at = serializers.DateTimeField(source="row.happened_at", allow_null=True)
    place = serializers.CharField(source="row.place")
    carrier = serializers.CharField(source="row.carrier")
    person = serializers.CharField(source="row.person")
    reason = serializers.CharField(source="row.reason")
    note = serializers.CharField(source="row.note")
    sample = serializers.UUIDField(source="sample.id", allow_null=True, default=None)
    deviation = serializers.CharField(source="row.deviation")
    superseded = serializers.BooleanField()
    undone = serializers.BooleanField(source="row.taken_back")


class OneKitOut(KitOut):
    """A kit with its content and its chain of custody."""

    content = KitItemOut(many=True)
    custody = KitStepOut(many=True)


class KitPartIn(Strict):
    """One line of the packing list."""

    specimen = serializers.CharField(max_length=6)
    tubes = serializers.CharField(max_length=120)
    lot = serializers.CharField(max_length=60)
    expires_on = serializers.DateField(default=None, allow_null=True)


class KitIn(Strict):
    """Kits of one packing list, each of which gets a number; a `code` belongs to one alone."""

    site = serializers.CharField(max_length=40)
    assembler = serializers.CharField(max_length=120)
    return_to = serializers.CharField(max_length=120)
    assembled_on = serializers.DateField()
    parts = KitPartIn(many=True)
    copies = serializers.IntegerField(default=1)
    code = serializers.CharField(max_length=60, default="", allow_blank=True)
    note = serializers.CharField(max_length=500, default="", allow_blank=True)
    confirmed = ConfirmedField()


class KitStepIn(Strict):
    """The next step: its day, or the moment with its time zone."""

    step = serializers.CharField(max_length=20)
    happened_on = serializers.DateField(default=None, allow_null=True)
    happened_at = MomentField(default=None, allow_null=True)
    place = serializers.CharField(max_length=120, default="", allow_blank=True)
    carrier = serializers.CharField(max_length=120, default="", allow_blank=True)
    person = serializers.CharField(max_length=80, default="", allow_blank=True)
    reason = serializers.CharField(max_length=20, default="", allow_blank=True)
    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class KitUseIn(Strict):
    """A collected sample that was filled from the kit, and what deviated."""

    sample = serializers.UUIDField()
    deviation = serializers.CharField(max_length=500, default="", allow_blank=True)


def _shown(request: Request, kit: Any) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        **KitOut(kit).data,
        "content": KitItemOut(kits.contents(actor, kit), many=True).data,
        "custody": KitStepOut(kits.steps(actor, kit), many=True).data,
    }


class Kits(APIView):
    """Sampling kits."""

    @extend_schema(
        operation_id="kits_list",
        responses=KitPageOut,
        parameters=[
            OpenApiParameter("state", str),
            OpenApiParameter("shelf", str, description="SOON or EXPIRED: of unused kits"),
            OpenApiParameter("q", str, description="Beginning of a number, or a whole code"),
            OpenApiParameter("after", str),
            OpenApiParameter("size", int),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """The newest number first, a page at a time."""
        actor, asked = actor_of(request), request.query_params
        actor.require(Perm.VISIT_WRITE)
        filters = kits.Filters(
            state=asked.get("state", "")[:20],
            shelf=asked.get("shelf", "")[:20],
            text=asked.get("q", ""),
        )
        page = kits.page(
            actor, filters=filters, key=asked.get("after", "")[:20], size=page_size(request)
        )
        body = {"items": [line.kit for line in page.items], "next": page.next_key}
        return Response(KitPageOut(body).data)

    @extend_schema(request=KitIn, responses={201: KitOut(many=True)})
    def post(self, request: Request) -> Response:
        """Register kits as they were packed for a site."""
        actor, values = actor_of(request), given(KitIn, request)
        code = values.pop("site")
        sites = reference.sites(actor, needs=Perm.SAMPLE_WRITE)
        site = next((site for site in sites if site.code == code), None)
        if site is None:
            raise NotFound()
        parts = [KitPart(**part) for part in values.pop("parts")]
        day = moment_of(values.pop("assembled_on"), None)
        made = actions.assemble(actor, site, parts=parts, happened_at=day, **values)
        return Response(KitOut(made, many=True).data, status=status.HTTP_201_CREATED)


class OneKit(APIView):
    """One kit."""

    @extend_schema(operation_id="kit", responses=OneKitOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """With its content and its chain of custody."""
        return Response(_shown(request, kits.one(actor_of(request), pk, Perm.VISIT_WRITE)))


class KitSteps(APIView):
    """The chain of custody of a kit."""

    @extend_schema(request=KitStepIn, responses={201: OneKitOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Record the next step; refused out of order or before an earlier one."""
        actor, values = actor_of(request), given(KitStepIn, request)
        happened = moment_of(values.pop("happened_on"), values.pop("happened_at"))
        kit = kits.one(actor, pk, Perm.SAMPLE_WRITE)
        actions.record_kit_step(actor, kit, happened_at=happened, **values)
        return Response(_shown(request, kits.one(actor, pk)), status=status.HTTP_201_CREATED)


class KitForwardIn(Strict):
    """The site that gets an unused kit, and how it travels."""

    to = serializers.CharField(max_length=40)
    happened_on = serializers.DateField(default=None, allow_null=True)
    happened_at = serializers.DateTimeField(default=None, allow_null=True)
    carrier = serializers.CharField(max_length=120, default="", allow_blank=True)
    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class KitForwarding(APIView):
    """A kit sent on to another site."""

    @extend_schema(request=KitForwardIn, responses={201: KitStepOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Make an unused kit another site's; its code (`to`) is that of the site."""
        actor, values = actor_of(request), given(KitForwardIn, request)
        kit = kits.one(actor, pk, Perm.SAMPLE_WRITE)
        happened = moment_of(values.pop("happened_on"), values.pop("happened_at"))
        code = values.pop("to")
        to = next((site for site in kits.others(kit) if site.code == code), None)
        if to is None:
            raise Refused({"to": _("Choose a site that is open.")})
        row = actions.forward_kit(actor, kit, to=to, happened_at=happened, **values)
        line = kits.KitStepLine(row, None, superseded=False)
        return Response(KitStepOut(line).data, status=status.HTTP_201_CREATED)


class KitForwardRetraction(APIView):
    """A kit that did not leave for another site."""

    @extend_schema(request=ReasonIn, responses=OneKitOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Make it the sender's again; refused once the other site has recorded something of it."""
        actor, values = actor_of(request), given(ReasonIn, request)
        kit = actions.take_back_forward(actor, kits.forwarding(actor, pk), **values)
        return Response(_shown(request, kits.one(actor, kit.id)))


class KitUses(APIView):
    """The samples a kit was filled for."""

    @extend_schema(request=KitUseIn, responses={201: OneKitOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Say which collected sample was filled; refused before the receipt of the kit."""
        actor, values = actor_of(request), given(KitUseIn, request)
        kit = kits.one(actor, pk, Perm.SAMPLE_WRITE)
        sample = samples.one(actor, values["sample"])
        actions.use_kit(actor, sample, kit=kit, deviation=values["deviation"])
        return Response(_shown(request, kits.one(actor, pk)), status=status.HTTP_201_CREATED)


urlpatterns = [
    path("kits/", Kits.as_view(), name="api-kits"),
    path("kits/<uuid:pk>/", OneKit.as_view(), name="api-kit"),
    path("kits/<uuid:pk>/steps/", KitSteps.as_view(), name="api-kit-steps"),
    path("kits/<uuid:pk>/forward/", KitForwarding.as_view(), name="api-kit-forward"),
    path(
        "kits/forwards/<uuid:pk>/take-back/",
        KitForwardRetraction.as_view(),
        name="api-kit-forward-take-back",
    ),
    path("kits/<uuid:pk>/uses/", KitUses.as_view(), name="api-kit-uses"),
]
