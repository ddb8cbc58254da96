"""Erasures of an identity over the API: asked by one person, searched for, decided by another."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import erasures as actions
from followup.api.base import ConfirmedField, ReasonIn, Strict, actor_of, given
from followup.core.http import keyset
from followup.core.permissions import Perm
from followup.domain.erasures import ErasureGround, ErasureState
from followup.queries import erasures as queries
from followup.queries import patients

PAGE = 50


class ErasureCountsOut(serializers.Serializer[Any]):
    """What goes, in numbers; 0 where nothing of the kind was found."""

    identities = serializers.IntegerField(default=0)
    values = serializers.IntegerField(default=0)
    keys = serializers.IntegerField(default=0)
    images = serializers.IntegerField(default=0)
    files = serializers.IntegerField(default=0)
    documents = serializers.IntegerField(default=0)
    drafts = serializers.IntegerField(default=0)
    results = serializers.IntegerField(default=0)
    handed_out = serializers.IntegerField(default=0)


class ErasureKeptOut(serializers.Serializer[Any]):
    """Records of one table that stay under the study code."""

    table = serializers.CharField()
    count = serializers.IntegerField()


class ErasureOutdatedOut(serializers.Serializer[Any]):
    """What came since the search; files are counted up to 201."""

    files = serializers.IntegerField()
    identity = serializers.BooleanField()


class ErasureFoundOut(serializers.Serializer[Any]):
    """What the last search found, in numbers that name nobody."""

    searched = serializers.IntegerField()
    unread = serializers.IntegerField()
    seal = serializers.CharField()
    goes = ErasureCountsOut()
    kept = ErasureKeptOut(many=True)
    texts = serializers.IntegerField()
    texts_read = serializers.IntegerField()
    outdated = ErasureOutdatedOut(allow_null=True)


class ErasureRowOut(serializers.Serializer[Any]):
    """One erasure; `erased_on` once nothing can be read any more."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[state.value for state in ErasureState])
    patient = serializers.UUIDField(source="patient_id")
    site = serializers.UUIDField(source="site_id")
    study_code = serializers.CharField()
    ground = serializers.ChoiceField(choices=[ground.value for ground in ErasureGround])
    reason = serializers.CharField()
    asked_by = serializers.UUIDField(source="asked_by_id", allow_null=True)
    asked_at = serializers.DateTimeField()
    searched_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_note = serializers.CharField()
    erased_on = serializers.DateField(allow_null=True)


class ErasureResultOut(serializers.Serializer[Any]):
    """How the search stands, what it found and what was done."""

    search = serializers.ChoiceField(choices=[state.value for state in queries.SearchState])
    found = ErasureFoundOut(allow_null=True)
    done = ErasureCountsOut(allow_null=True)


class ErasureOut(ErasureResultOut, ErasureRowOut):
    """One erasure with all of it."""


class ErasurePage(serializers.Serializer[Any]):
    """A page of erasures; `next` is the value of `after` for the following one."""

    items = ErasureRowOut(many=True)
    next = serializers.CharField()


class ErasureIn(ReasonIn):
    """Why the identity goes, and what was asked back about it."""

    ground = serializers.ChoiceField(choices=[ground.value for ground in ErasureGround])
    confirmed = ConfirmedField()


class ErasureDecisionIn(Strict):
    """Erase or refuse; a refusal needs its note."""

    confirm = serializers.BooleanField()
    note = serializers.CharField(max_length=2000, default="", allow_blank=True)


class ErasureFileOut(serializers.Serializer[Any]):
    """A file that holds the person."""

    name = serializers.CharField()
    received_at = serializers.DateTimeField()


class ErasureTextOut(serializers.Serializer[Any]):
    """A text that names the person: somebody has to correct it."""

    table = serializers.CharField()
    column = serializers.CharField()
    text = serializers.CharField()


class ErasureDownloadOut(serializers.Serializer[Any]):
    """A download before; `seen` when the file is known to name the person."""

    name = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    seen = serializers.BooleanField()


class ErasureNamingOut(serializers.Serializer[Any]):
    """What names the person; `next` is the value of `after` for more files."""

    files = ErasureFileOut(many=True)
    next = serializers.CharField()
    texts = ErasureTextOut(many=True)
    handed_out = ErasureDownloadOut(many=True)


def _found(row: Any) -> dict[str, Any] | None:
    found = row.found
    if not row.searched_at or not found:
        return None
    return {
        "searched": found["searched"],
        "unread": len(found["unread"]),
        "seal": found["seal"].partition(":")[0],
        "goes": found["counts"],
        "kept": [{"table": table, "count": count} for table, count in found["kept"]],
        "texts": found["counts"]["texts"],
        "texts_read": found["texts_read"],
        "outdated": queries.outdated(row) if row.state == ErasureState.ASKED else None,
    }


def _answer(request: Request, pk: UUID) -> Response:
    row = queries.erasure(actor_of(request), pk)
    result = {
        "search": queries.search_of(row, queries.job_of(row)),
        "found": _found(row),
        "done": row.done if row.state == ErasureState.DONE else None,
    }
    return Response(ErasureRowOut(row).data | ErasureResultOut(result).data)


class Erasures(APIView):
    """Erasures of identities."""

    @extend_schema(
        operation_id="erasures_list",
        responses=ErasurePage,
        parameters=[OpenApiParameter("after", str)],
    )
    def get(self, request: Request) -> Response:
        """A page of those of one's own hospitals, the latest first."""
        actor = actor_of(request)
        actor.require(queries.needed(actor))
        found = queries.erasures(actor)
        if after := keyset.parse_cursor(request.query_params.get("after", ""), keyset.UUID_PATTERN):
            found = found.filter(id__lt=after)
        rows, following = keyset.page(found[: PAGE + 1], PAGE, lambda row: str(row.id))
        return Response(ErasurePage({"items": rows, "next": following}).data)


class AskErasure(APIView):
    """The first person."""

    @extend_schema(request=ErasureIn, responses={201: ErasureRowOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Ask that the identity of a patient be erased; the search for what goes begins."""
        actor = actor_of(request)
        patient = patients.one(actor, pk)
        actor.require(Perm.PRIVACY_WRITE, site=patient.site_id)
        values = given(ErasureIn, request)
        row = actions.ask(
            actor,
            patient,
            ground=values["ground"],
            reason=values["reason"],
            confirmed=frozenset(values.get("confirmed", ())),
        )
        return Response(ErasureRowOut(row).data, status=status.HTTP_201_CREATED)


class Erasure(APIView):
    """One erasure."""

    @extend_schema(operation_id="erasures_read", responses=ErasureOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """As it stands, with what the search found."""
        return _answer(request, pk)


class ErasureNaming(APIView):
    """What a search found by name; only for who reads identities of the hospital."""

    @extend_schema(
        operation_id="erasures_naming",
        responses=ErasureNamingOut,
        parameters=[OpenApiParameter("after", str)],
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Files and texts that name the person, and who downloaded such a file before."""
        actor = actor_of(request)
        row = queries.erasure(actor, pk)
        actor.require(Perm.IDENTITY_READ, site=row.site_id)
        kept = row.done if row.state == ErasureState.DONE else row.found
        waits = row.state == ErasureState.ASKED and bool(row.searched_at)
        key = request.query_params.get("after", "")
        files, following = queries.files(actor, row.found["files"], key=key) if waits else ([], "")
        body = {
            "files": files,
            "next": following,
            "texts": queries.texts(row) if waits else [],
            "handed_out": queries.handed_out(kept),
        }
        return Response(ErasureNamingOut(body).data)


class SearchErasure(APIView):
    """The search before the decision."""

    @extend_schema(request=None, responses=ErasureOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Search again what the erasure takes away; a search that still runs is that one."""
        actor = actor_of(request)
        actions.search_again(actor, queries.erasure(actor, pk))
        return _answer(request, pk)


class DecideErasure(APIView):
    """The second person."""

    @extend_schema(request=ErasureDecisionIn, responses=ErasureOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Erase for ever, or refuse and say why."""
        actor = actor_of(request)
        row = queries.erasure(actor, pk)
        actor.require(Perm.PRIVACY_REVIEW, site=row.site_id)
        actions.decide(actor, row, **given(ErasureDecisionIn, request))
        return _answer(request, pk)


class ContinueErasure(APIView):
    """A decided erasure whose job failed or was stopped."""

    @extend_schema(request=None, responses=ErasureOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Go on with it."""
        actor = actor_of(request)
        actions.go_on(actor, queries.erasure(actor, pk))
        return _answer(request, pk)


urlpatterns = [
    path("patients/<uuid:pk>/erasures/", AskErasure.as_view(), name="api-erasure-ask"),
    path("erasures/", Erasures.as_view(), name="api-erasures"),
    path("erasures/<uuid:pk>/", Erasure.as_view(), name="api-erasure"),
    path("erasures/<uuid:pk>/naming/", ErasureNaming.as_view(), name="api-erasure-naming"),
    path("erasures/<uuid:pk>/search/", SearchErasure.as_view(), name="api-erasure-search"),
    path("erasures/<uuid:pk>/decision/", DecideErasure.as_view(), name="api-erasure-decision"),
    path("erasures/<uuid:pk>/continue/", ContinueErasure.as_view(), name="api-erasure-continue"),
]
