"""A report that a person told the holder, over the API."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import PartialDateField, Strict, actor_of, given
from followup.core.permissions import Perm
from followup.queries import reference
from pv.actions import direct_reports as actions
from pv.api.cases import CaseOut
from pv.domain.cases.direct_reports import DirectReport, Way
from pv.domain.cases.icsr_builder import CRITERIA, OUTCOMES, QUALIFICATIONS, SEX
from pv.queries import cases


class DirectReportIn(Strict):
    """What was told; a field that is left out was not said. `onset` may be a year or a month."""

    product = serializers.UUIDField()
    way = serializers.ChoiceField(choices=[way.value for way in Way])
    aware_on = serializers.DateField()
    verbatim = serializers.CharField(max_length=250)
    country = serializers.CharField(max_length=2)
    qualification = serializers.ChoiceField(choices=list(QUALIFICATIONS))
    reporter = serializers.CharField(max_length=60, required=False, allow_blank=True)
    organisation = serializers.CharField(max_length=60, required=False, allow_blank=True)
    initials = serializers.CharField(max_length=60, required=False, allow_blank=True)
    sex = serializers.ChoiceField(choices=list(SEX), required=False, allow_blank=True)
    age_years = serializers.IntegerField(required=False, allow_null=True)
    onset = PartialDateField(required=False, allow_null=True)
    serious = serializers.BooleanField(required=False, allow_null=True)
    criteria = serializers.ListField(
        child=serializers.ChoiceField(choices=list(CRITERIA)), required=False
    )
    outcome = serializers.ChoiceField(choices=list(OUTCOMES), required=False, allow_blank=True)
    lot = serializers.CharField(max_length=35, required=False, allow_blank=True)
    text = serializers.CharField(max_length=20_000, required=False, allow_blank=True)


class DirectReports(APIView):
    """Reports by e-mail, telephone, letter, web form or in person."""

    @extend_schema(request=DirectReportIn, responses={201: CaseOut})
    def post(self, request: Request) -> Response:
        """Make a case of one; day zero is `aware_on`."""
        actor = actor_of(request)
        actor.require(Perm.CASE_WRITE)
        said: dict[str, Any] = given(DirectReportIn, request)
        product = reference.product(actor, id=said.pop("product"))
        said["criteria"] = frozenset(said.get("criteria", ()))
        case = actions.enter(actor, product, given=DirectReport(language="", **said))
        return Response(CaseOut(cases.one(actor, case.id)).data, status=201)


urlpatterns = [path("direct-reports/", DirectReports.as_view(), name="api-direct-reports")]
