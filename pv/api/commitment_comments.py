"""The discussion on a commitment over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from pv.actions import commitments as actions
from pv.queries import commitments


class CommitmentCommentIn(Strict):
    """What is said."""

    text = serializers.CharField(max_length=actions.LONGEST_COMMENT)


class CommitmentCommentWithdrawIn(Strict):
    """Why one's own comment is withdrawn."""

    reason = serializers.CharField(max_length=500)


class CommitmentCommentOut(serializers.Serializer[Any]):
    """A comment; `withdrawn_because` is empty while it counts."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    written_by = serializers.CharField(source="written_by.display_name")
    written_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_because = serializers.CharField()


class CommitmentCommentList(serializers.Serializer[Any]):
    """The comments on a commitment, the newest first."""

    items = CommitmentCommentOut(many=True)


class CommitmentComments(APIView):
    """The discussion on a commitment."""

    @extend_schema(operation_id="commitment_comments_list", responses=CommitmentCommentList)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it, withdrawn comments among it."""
        actor = actor_of(request)
        rows = commitments.comments(actor, commitments.one(actor, pk))
        return Response(CommitmentCommentList({"items": rows}).data)

    @extend_schema(request=CommitmentCommentIn, responses={201: CommitmentCommentOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Say something of the commitment."""
        actor = actor_of(request)
        row = commitments.one(actor, pk)
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
        made = actions.comment(actor, row, **given(CommitmentCommentIn, request))
        return Response(CommitmentCommentOut(made).data, status=201)


class CommitmentCommentWithdrawal(APIView):
    """The withdrawal of a comment by whoever wrote it."""

    @extend_schema(request=CommitmentCommentWithdrawIn, responses=CommitmentCommentOut)
    def post(self, request: Request, pk: UUID, comment: UUID) -> Response:
        """Withdraw it with a reason; it stays listed."""
        actor = actor_of(request)
        row = commitments.comment(actor, comment)
        if row.commitment_id != pk:
            raise NotFound()
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
        values = given(CommitmentCommentWithdrawIn, request)
        return Response(CommitmentCommentOut(actions.withdraw_comment(actor, row, **values)).data)


urlpatterns = [
    path(
        "commitments/<uuid:pk>/comments/",
        CommitmentComments.as_view(),
        name="api-commitment-comments",
    ),
    path(
        "commitments/<uuid:pk>/comments/<uuid:comment>/withdraw/",
        CommitmentCommentWithdrawal.as_view(),
        name="api-commitment-comment-withdraw",
    ),
]
