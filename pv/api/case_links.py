"""Linked reports over the API: the links of a case, those offered, one made, one undone."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from pv.actions import case_links as actions
from pv.queries import case_links, cases


class LinkOut(serializers.Serializer[Any]):
    """A link; `case` is empty for an outside report, `in_message` says if the version names it."""

    id = serializers.UUIDField(source="link.id")
    case = serializers.UUIDField(source="other.id", default=None, allow_null=True)
    number = serializers.CharField(source="link.number")
    kind = serializers.CharField(source="link.kind")
    reason = serializers.CharField(source="link.reason")
    in_message = serializers.BooleanField()
    linked_at = serializers.DateTimeField(source="link.linked_at")
    undone_at = serializers.DateTimeField(source="link.undone_at", allow_null=True)
    undone_because = serializers.CharField(source="link.undone_because")


class OfferOut(serializers.Serializer[Any]):
    """A report to be read with the case that nobody has linked; `kind` as the other side says."""

    case = serializers.UUIDField(source="other.id", default=None, allow_null=True)
    number = serializers.CharField()
    kind = serializers.CharField(allow_blank=True)
    offered_by = serializers.CharField(source="source")


class LinksOut(serializers.Serializer[Any]):
    """Links and offers of a case."""

    items = LinkOut(many=True)
    offers = OfferOut(many=True)


class LinkIn(Strict):
    """The other report, what links the two, how it is known; `lock_version` of the case."""

    number = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=actions.Kind.values)
    reason = serializers.CharField(max_length=500)
    lock_version = serializers.IntegerField(min_value=1)


class UndoLinkIn(Strict):
    """Why a link is undone; `lock_version` of the case."""

    reason = serializers.CharField(max_length=500)
    lock_version = serializers.IntegerField(min_value=1)


def _shown(request: Request, pk: UUID) -> Response:
    actor = actor_of(request)
    case = cases.one(actor, pk)
    rows = {"items": case_links.of_case(actor, case), "offers": case_links.offers(actor, case)}
    return Response(LinksOut(rows).data)


class Links(APIView):
    """The links of a case."""

    @extend_schema(responses={200: LinksOut})
    def get(self, request: Request, pk: UUID) -> Response:
        """Links that stand and those undone; what a message offers as one."""
        return _shown(request, pk)

    @extend_schema(request=LinkIn, responses={200: LinksOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Link a report; the other case, if it is here, is linked back."""
        actor = actor_of(request)
        actions.link(actor, cases.one(actor, pk), **given(LinkIn, request))
        return _shown(request, pk)


class LinkUndo(APIView):
    """A link undone."""

    @extend_schema(request=UndoLinkIn, responses={200: LinksOut})
    def post(self, request: Request, pk: UUID, link: UUID) -> Response:
        """Undo a link on both sides, with a reason."""
        actor = actor_of(request)
        actions.undo(actor, case_links.one(actor, link), **given(UndoLinkIn, request))
        return _shown(request, pk)


urlpatterns = [
    path("cases/<uuid:pk>/links/", Links.as_view(), name="api-case-links"),
    path("cases/<uuid:pk>/links/<uuid:link>/undo/", LinkUndo.as_view(), name="api-case-link-undo"),
]
