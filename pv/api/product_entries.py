"""The register of products and indications over the API: entered by one person, confirmed by
another."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import reference
from pv.actions import product_entries as actions
from pv.queries import product_entries


def _optional(**given: Any) -> Any:
    return serializers.CharField(required=False, allow_blank=True, default="", **given)


class ProductEntryIn(Strict):
    """What a document says of a product; without `product` a new one, with its `code`."""

    product = serializers.UUIDField(required=False, allow_null=True, default=None)
    code = _optional(max_length=30, help_text="Of a new product only")
    inn = serializers.CharField(max_length=120)
    generic_zh = serializers.CharField(max_length=120)
    brand_en = _optional(max_length=120)
    brand_zh = _optional(max_length=120)
    holder_zh = serializers.CharField(max_length=120)
    holder_en = serializers.CharField(max_length=120)
    target = _optional(max_length=60)
    vector_type = serializers.CharField(max_length=40)
    is_car_t = serializers.BooleanField()
    approval_number = _optional(max_length=60)
    document = serializers.CharField(max_length=300, help_text="It was taken from")


class IndicationEntryIn(Strict):
    """What a document says of an indication; without `indication` a new one of the product."""

    product = serializers.UUIDField()
    indication = serializers.UUIDField(required=False, allow_null=True, default=None)
    name_zh = serializers.CharField(max_length=200)
    name_en = serializers.CharField(max_length=200)
    disease = _optional(max_length=40)
    status = serializers.ChoiceField(choices=list(product_entries.STATUSES))
    approved = _optional(max_length=10, help_text="2026, 2026-06 or 2026-06-22: as far as stated")
    document = serializers.CharField(max_length=300, help_text="It was taken from")


class EntryRefusalIn(Strict):
    """What is wrong with an entry."""

    reason = serializers.CharField(max_length=500)


class ProductEntryOut(serializers.Serializer[Any]):
    """One entry; `before` is what stood there when it was entered, empty for something new."""

    id = serializers.UUIDField()
    subject = serializers.ChoiceField(choices=list(product_entries.SUBJECTS))
    product = serializers.UUIDField(source="product_id", allow_null=True)
    indication = serializers.UUIDField(source="indication_id", allow_null=True)
    state = serializers.SerializerMethodField()
    values = serializers.DictField()
    before = serializers.DictField()
    document = serializers.CharField(source="source")
    entered_by = serializers.CharField(source="entered_by.display_name")
    entered_at = serializers.DateTimeField()
    confirmed_by = serializers.CharField(
        source="confirmed_by.display_name", default=None, allow_null=True
    )
    confirmed_at = serializers.DateTimeField(allow_null=True)
    refused_because = serializers.CharField()

    def get_state(self, row: Any) -> str:
        """`waiting`, `confirmed` or `refused`."""
        if row.refused_because:
            return "refused"
        return "confirmed" if row.confirmed_at else "waiting"


class ProductEntryList(serializers.Serializer[Any]):
    """A page, the newest first."""

    items = ProductEntryOut(many=True)
    next_key = serializers.CharField(help_text="`after` of the next page; empty at the end")


def _answer(row: Any, status: int = 200) -> Response:
    return Response(ProductEntryOut(row).data, status=status)


class ProductEntries(APIView):
    """Entries of the products the actor keeps the register of."""

    @extend_schema(
        operation_id="product_entries_list",
        responses=ProductEntryList,
        parameters=[
            OpenApiParameter("state", str, enum=list(product_entries.STATES)),
            OpenApiParameter("product", str, description="Id of a product"),
            OpenApiParameter("after", str, description="Key of the page before"),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """A page at a time, the newest first."""
        actor = actor_of(request)
        actor.require(Perm.COMMITMENT_READ)
        asked = request.query_params
        page = product_entries.page(
            actor,
            state=asked.get("state", ""),
            product=asked.get("product", ""),
            key=asked.get("after", ""),
        )
        return Response(ProductEntryList(page).data)


class NewProductEntry(APIView):
    """What a document says of a product."""

    @extend_schema(
        operation_id="product_entries_product",
        request=ProductEntryIn,
        responses={201: ProductEntryOut},
    )
    def post(self, request: Request) -> Response:
        """Enter it; it holds once another person confirms it."""
        actor = actor_of(request)
        actor.require(Perm.COMMITMENT_WRITE)
        values = given(ProductEntryIn, request)
        asked, source = values.pop("product"), values.pop("document")
        product = None
        if asked is not None:
            product = reference.product(actor, id=asked)
            actor.require(Perm.COMMITMENT_WRITE, product=product.id)
        row = actions.enter_product(actor, product, values=values, source=source)
        return _answer(row, 201)


class NewIndicationEntry(APIView):
    """What a document says of an indication."""

    @extend_schema(
        operation_id="product_entries_indication",
        request=IndicationEntryIn,
        responses={201: ProductEntryOut},
    )
    def post(self, request: Request) -> Response:
        """Enter it; it holds once another person confirms it."""
        actor = actor_of(request)
        actor.require(Perm.COMMITMENT_WRITE)
        values = given(IndicationEntryIn, request)
        product = reference.product(actor, id=values.pop("product"))
        asked, source = values.pop("indication"), values.pop("document")
        indication = reference.indication(actor, id=asked) if asked is not None else None
        actor.require(Perm.COMMITMENT_WRITE, product=product.id)
        row = actions.enter_indication(actor, product, indication, values=values, source=source)
        return _answer(row, 201)


class OneProductEntry(APIView):
    """One entry."""

    @extend_schema(operation_id="product_entries_retrieve", responses=ProductEntryOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return _answer(product_entries.one(actor_of(request), pk))


class EntryConfirmation(APIView):
    """The second person agrees."""

    @extend_schema(operation_id="product_entries_confirm", request=None, responses=ProductEntryOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Confirm it against its document, as another person than the one who entered it."""
        actor = actor_of(request)
        row = product_entries.one(actor, pk)
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
        return _answer(product_entries.one(actor, actions.confirm(actor, row).pk))


class EntryRefusal(APIView):
    """The second person does not agree."""

    @extend_schema(
        operation_id="product_entries_refuse", request=EntryRefusalIn, responses=ProductEntryOut
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Refuse it with the reason; it is entered again."""
        actor = actor_of(request)
        row = product_entries.one(actor, pk)
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
        values = given(EntryRefusalIn, request)
        return _answer(product_entries.one(actor, actions.refuse(actor, row, **values).pk))


urlpatterns = [
    path("product-entries/", ProductEntries.as_view(), name="api-product-entries"),
    path(
        "product-entries/products/", NewProductEntry.as_view(), name="api-product-entries-product"
    ),
    path(
        "product-entries/indications/",
        NewIndicationEntry.as_view(),
        name="api-product-entries-indication",
    ),
    path("product-entries/<uuid:pk>/", OneProductEntry.as_view(), name="api-product-entry"),
    path(
        "product-entries/<uuid:pk>/confirm/",
        EntryConfirmation.as_view(),
        name="api-product-entry-confirm",
    ),
    path(
        "product-entries/<uuid:pk>/refuse/",
        EntryRefusal.as_view(),
        name="api-product-entry-refuse",
    ),
]
