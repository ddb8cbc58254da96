"""Products, indications and sites over the API."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core.permissions import Perm
from followup.queries import reference


class IndicationOut(serializers.Serializer[Any]):
    """An approved indication; an unknown status is said to be unknown."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    product = serializers.UUIDField(source="product_id")
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    status = serializers.CharField()
    approved_from = serializers.DateField(allow_null=True)
    approved_precision = serializers.CharField()
    citation = serializers.CharField()
    confidence = serializers.CharField()


class ProductOut(serializers.Serializer[Any]):
    """A product with its holder."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    inn = serializers.CharField()
    generic_zh = serializers.CharField()
    holder = serializers.CharField(source="holder.code")
    atmp_class = serializers.CharField()
    as_of = serializers.DateField()


class SiteOut(serializers.Serializer[Any]):
    """A site where the actor works."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField()


class Products(APIView):
    """Products."""

    @extend_schema(responses=ProductOut(many=True))
    def get(self, request: Request) -> Response:
        """Those the actor's rights reach."""
        actor = actor_of(request)
        actor.require(Perm.REFERENCE_READ)
        rows = reference.products_for(actor, Perm.REFERENCE_READ)
        return Response(ProductOut(rows, many=True).data)


class Indications(APIView):
    """Indications."""

    @extend_schema(responses=IndicationOut(many=True))
    def get(self, request: Request) -> Response:
        """Those of the products the actor's rights reach, with provenance."""
        actor = actor_of(request)
        actor.require(Perm.REFERENCE_READ)
        products = reference.products_for(actor, Perm.REFERENCE_READ)
        rows = reference.indications(actor).filter(product__in=products)
        return Response(IndicationOut(rows, many=True).data)


class Sites(APIView):
    """Sites."""

    @extend_schema(responses=SiteOut(many=True))
    def get(self, request: Request) -> Response:
        """Sites whose patients the actor may read."""
        actor = actor_of(request)
        found = reference.sites(actor, needs=Perm.PATIENT_READ)
        return Response(SiteOut(found, many=True).data)


urlpatterns = [
    path("products/", Products.as_view(), name="api-products"),
    path("indications/", Indications.as_view(), name="api-indications"),
    path("sites/", Sites.as_view(), name="api-sites"),
]
