"""The report on a child or foetus over the API, opened from the report on its parent."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import PartialDateField, Strict, actor_of, given
from pv.actions import cases as actions
from pv.api.cases import CaseOut
from pv.domain.cases.icsr_builder import CRITERIA, OUTCOMES
from pv.domain.cases.parent_child import Exposure
from pv.queries import cases


class ChildIn(Strict):
    """What is known of the child or foetus; `lock_version` of the parent's case."""

    subject = serializers.ChoiceField(choices=["foetus", "child"])
    exposure = serializers.ChoiceField(choices=[row.value for row in Exposure])
    verbatim = serializers.CharField(max_length=250)
    criteria = serializers.MultipleChoiceField(choices=list(CRITERIA), required=False)
    outcome = serializers.ChoiceField(choices=list(OUTCOMES))
    onset = PartialDateField(required=False, allow_null=True)
    sex = serializers.ChoiceField(choices=["MALE", "FEMALE"], required=False)
    born = PartialDateField(required=False, allow_null=True)
    gestation = serializers.IntegerField(required=False, allow_null=True)
    parent_reaction = serializers.BooleanField()
    aware_on = serializers.DateField()
    lock_version = serializers.IntegerField(min_value=1)


class Child(APIView):
    """The case of a child or foetus."""

    @extend_schema(request=ChildIn, responses={201: CaseOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Open it; both cases are linked where the parent has a reaction too."""
        actor = actor_of(request)
        values: dict[str, Any] = given(ChildIn, request)
        lock = values.pop("lock_version")
        values["criteria"] = tuple(sorted(values.get("criteria", ())))
        told = actions.ChildInput(**values)
        made = actions.open_child(actor, cases.one(actor, pk), told=told, lock_version=lock)
        return Response(CaseOut(cases.one(actor, made.id)).data, status=201)


urlpatterns = [path("cases/<uuid:pk>/child/", Child.as_view(), name="api-case-child")]
