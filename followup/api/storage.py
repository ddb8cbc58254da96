"""Storage boxes over the API: which there are, what is where, a tube put at a position."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import samples as actions
from followup.api.base import MomentField, Strict, actor_of, given
from followup.api.samples import moment_of
from followup.core.permissions import Perm
from followup.queries import samples, storage


class StorageBoxOut(serializers.Serializer[Any]):
    """One open box and how many of its positions are taken."""

    id = serializers.UUIDField()
    site = serializers.CharField(source="site.code")
    freezer = serializers.CharField()
    name = serializers.CharField()
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    taken = serializers.IntegerField()


class StorageCellOut(serializers.Serializer[Any]):
    """A position that is taken; `sample` is null for a tube the reader may not see."""

    position = serializers.CharField()
    sample = serializers.UUIDField(source="place.sample_id", allow_null=True, default=None)
    number = serializers.CharField(source="place.sample.number", allow_null=True, default=None)


class StoragePlaceIn(Strict):
    """Which tube, and where; the next free position when none is named."""

    sample = serializers.UUIDField()
    position = serializers.CharField(max_length=5, default="", allow_blank=True)
    happened_on = serializers.DateField(default=None, allow_null=True)
    happened_at = MomentField(default=None, allow_null=True)
    condition = serializers.CharField(max_length=30, default="", allow_blank=True)


class StoragePlaceOut(serializers.Serializer[Any]):
    """Where the tube is now."""

    box = serializers.UUIDField(source="box_id")
    sample = serializers.UUIDField(source="sample_id")
    position = serializers.CharField()


class StorageBoxes(APIView):
    """Open boxes."""

    @extend_schema(operation_id="storage_boxes_list", responses=StorageBoxOut(many=True))
    def get(self, request: Request) -> Response:
        """By site, freezer and name."""
        actor = actor_of(request)
        actor.require(Perm.SAMPLE_READ)
        return Response(StorageBoxOut(storage.boxes(actor), many=True).data)


class StorageCells(APIView):
    """What is in a box."""

    @extend_schema(operation_id="storage_box_positions", responses=StorageCellOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The positions that are taken, row by row."""
        actor = actor_of(request)
        lines = storage.cells(actor, storage.box(actor, pk))
        taken = [cell for line in lines for cell in line if cell.place or cell.hidden]
        return Response(StorageCellOut(taken, many=True).data)

    @extend_schema(request=StoragePlaceIn, responses={201: StoragePlaceOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Put a tube at a position; one that is not stored yet is stored by it."""
        actor, values = actor_of(request), given(StoragePlaceIn, request)
        sample = samples.one(actor, values.pop("sample"))
        happened = moment_of(values.pop("happened_on"), values.pop("happened_at"))
        box = storage.box(actor, pk, Perm.SAMPLE_WRITE)
        place = actions.put(actor, sample, box=box, happened_at=happened, **values)
        return Response(StoragePlaceOut(place).data, status=status.HTTP_201_CREATED)


urlpatterns = [
    path("storage-boxes/", StorageBoxes.as_view(), name="api-storage-boxes"),
    path(
        "storage-boxes/<uuid:pk>/positions/", StorageCells.as_view(), name="api-storage-positions"
    ),
]
