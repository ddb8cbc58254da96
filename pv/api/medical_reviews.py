"""What a medical reviewer says of a case over the API: comment, default rules, the review."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core.problems import NotFound
from pv.actions import cases as actions
from pv.api.cases import CaseOut, LockedIn, changed
from pv.queries import cases, default_seriousness


class CommentIn(LockedIn):
    """The company's comment (H.4); empty takes it away."""

    comment = serializers.CharField(max_length=20_000, allow_blank=True)


class OverruleIn(LockedIn):
    """Why what a default rule of seriousness added does not hold for this case."""

    reason = serializers.CharField(max_length=500)


class ReviewIn(LockedIn):
    """Approved, or sent back to entry with a comment."""

    approve = serializers.BooleanField()
    comment = serializers.CharField(max_length=500, allow_blank=True, default="")


class DefaultRuleOut(serializers.Serializer[Any]):
    """A rule that holds; `stated` where the reporter says the same."""

    rule = serializers.CharField(source="rule.rule")
    criterion = serializers.CharField(source="rule.criterion")
    citation = serializers.CharField(source="rule.citation")
    stated = serializers.BooleanField()


class DefaultRulesOut(serializers.Serializer[Any]):
    """What the rules say, what they lack, and the assessment of a person that answers them."""

    rules = DefaultRuleOut(many=True, source="lines")
    missing = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    by = serializers.CharField()
    open = serializers.BooleanField(source="open_rule")


class Comment(APIView):
    """The company's comment on a case."""

    @extend_schema(request=CommentIn, responses=CaseOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Keep it in the open version, which sends it as H.4."""
        return changed(actions.comment, CommentIn, request, pk)


class DefaultRules(APIView):
    """Default rules of seriousness on a case."""

    @extend_schema(responses=DefaultRulesOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """What they say of it; 404 where they are not asked of a case like this."""
        actor = actor_of(request)
        view = default_seriousness.of_case(actor, cases.one(actor, pk))
        if view is None:
            raise NotFound()
        return Response(DefaultRulesOut(view).data)

    @extend_schema(request=OverruleIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Assess that what they added does not hold; clocks that rested on it stop."""
        return changed(actions.overrule_default_rule, OverruleIn, request, pk)


class Review(APIView):
    """The medical review of a case."""

    @extend_schema(request=ReviewIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Approve it for submission, or send it back with a comment."""
        return changed(actions.review, ReviewIn, request, pk)


urlpatterns = [
    path("cases/<uuid:pk>/comment/", Comment.as_view(), name="api-case-comment"),
    path("cases/<uuid:pk>/default-rules/", DefaultRules.as_view(), name="api-case-default-rules"),
    path("cases/<uuid:pk>/review/", Review.as_view(), name="api-case-review"),
]
