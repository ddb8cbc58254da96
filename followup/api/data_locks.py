"""Data locks over the API: made under a name, read with what they hold, two compared."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import data_locks as actions
from followup.api.base import Strict, actor_of, given
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import data_locks


class DataLockIn(Strict):
    """What the lock is called and what it is for."""

    name = serializers.CharField(max_length=actions.LONGEST_NAME)
    purpose = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class DataLockOut(serializers.Serializer[Any]):
    """A named number of the seal: everything sealed up to `seq` was known at it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    purpose = serializers.CharField()
    seq = serializers.IntegerField()
    chain = serializers.CharField(help_text="Hash of the seal at that number")
    made_at = serializers.DateTimeField()
    made_by = serializers.CharField()
    versions = serializers.DictField(help_text="Dictionary, reference documents and code")


class DataLockList(serializers.Serializer[Any]):
    """A page, the latest first."""

    items = DataLockOut(many=True)
    next_key = serializers.CharField(help_text="`after` of the next page; empty at the end")


class LockCountOut(serializers.Serializer[Any]):
    """Rows of one table the asker may read, at each of two locks."""

    table = serializers.CharField()
    first = serializers.IntegerField()
    second = serializers.IntegerField()
    difference = serializers.IntegerField()


class DataLockComparison(serializers.Serializer[Any]):
    """Two locks, the earlier one first, table by table."""

    first = DataLockOut()
    second = DataLockOut()
    counts = LockCountOut(many=True)


class DataLocks(APIView):
    """Data locks."""

    @extend_schema(
        operation_id="data_locks_list",
        responses=DataLockList,
        parameters=[
            OpenApiParameter("name", str, description="Contained in the name of the lock"),
            OpenApiParameter("after", str, description="Key of the page before"),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """All of them by pages, the latest first."""
        actor, asked = actor_of(request), request.query_params
        actor.require(Perm.REPORT_READ)
        page = data_locks.page(actor, name=asked.get("name", ""), key=asked.get("after", ""))
        return Response(DataLockList(page).data)

    @extend_schema(request=DataLockIn, responses={201: DataLockOut})
    def post(self, request: Request) -> Response:
        """Lock what is known now."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_WRITE)
        made = actions.make(actor, **given(DataLockIn, request))
        return Response(DataLockOut(made).data, status=status.HTTP_201_CREATED)


class OneDataLock(APIView):
    """One lock."""

    @extend_schema(operation_id="data_locks_retrieve", responses=DataLockOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it."""
        return Response(DataLockOut(data_locks.lock(actor_of(request), pk)).data)


class TwoDataLocks(APIView):
    """Two locks side by side."""

    @extend_schema(operation_id="data_locks_compare", responses=DataLockComparison)
    @reads_from_standby
    def get(self, request: Request, pk: UUID, other: UUID) -> Response:
        """How many rows of each table both hold, of what the asker may read."""
        actor = actor_of(request)
        pair = data_locks.lock(actor, pk), data_locks.lock(actor, other)
        first, second = sorted(pair, key=lambda row: row.seq)
        found = {
            "first": first,
            "second": second,
            "counts": data_locks.counts(actor, first, second),
        }
        return Response(DataLockComparison(found).data)


urlpatterns = [
    path("data-locks/", DataLocks.as_view(), name="api-data-locks"),
    path("data-locks/<uuid:pk>/", OneDataLock.as_view(), name="api-data-lock"),
    path(
        "data-locks/<uuid:pk>/compare/<uuid:other>/",
        TwoDataLocks.as_view(),
        name="api-data-locks-compare",
    ),
]
