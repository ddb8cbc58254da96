"""Classes of products over the API, with the answers and the version of the table."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core.permissions import Perm
from pv.queries import classifications


class ProductClassificationOut(serializers.Serializer[Any]):
    """The class of a product that two persons hold for right."""

    id = serializers.UUIDField(source="held.id")
    product = serializers.UUIDField(source="product.id")
    scheme = serializers.CharField(source="held.scheme")
    scheme_version = serializers.CharField(source="held.scheme_version")
    code = serializers.CharField(source="held.code")
    level = serializers.CharField(source="held.level", help_text="Empty: outside the scope")
    answers = serializers.SerializerMethodField()
    reason_en = serializers.CharField(source="held.reason_en")
    reason_zh = serializers.CharField(source="held.reason_zh")
    citation = serializers.CharField(source="held.citation")
    confidence = serializers.CharField(source="held.confidence")
    confirmed_at = serializers.DateTimeField(source="held.confirmed_at")
    again = serializers.BooleanField(help_text="A newer table is to be asked")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_answers(self, line: Any) -> dict[str, Any]:
        """By question: true, false or a code."""
        return dict(line.held.answers)


class ProductClassificationList(serializers.Serializer[Any]):
    """The classified products of the actor."""

    items = ProductClassificationOut(many=True)


class ProductClassifications(APIView):
    """Classes of the actor's products."""

    @extend_schema(operation_id="classifications_list", responses=ProductClassificationList)
    def get(self, request: Request) -> Response:
        """What holds of each product that was classified."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_READ)
        lines = [line for line in classifications.lines(actor) if line.held is not None]
        return Response(ProductClassificationList({"items": lines}).data)


urlpatterns = [
    path("classifications/", ProductClassifications.as_view(), name="api-classifications")
]
