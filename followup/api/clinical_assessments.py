"""Assessments of toxicity and response over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import clinical_assessments as actions
from followup.api.base import PartialDateField, ReasonIn, Strict, actor_of, given
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.domain.clinical_assessments import Instrument
from followup.queries import clinical_assessments as queries
from followup.queries import patients


class AssessmentIn(Strict):
    """Answers by item, as docs/api.md lists them; what is left out was not assessed."""

    instrument = serializers.ChoiceField(choices=[each.value for each in Instrument])
    on = PartialDateField()
    answers = serializers.DictField(
        child=serializers.CharField(max_length=200, allow_blank=True), default=dict
    )
    stated = serializers.CharField(max_length=12, default="", allow_blank=True)
    note = serializers.CharField(max_length=10_000, default="", allow_blank=True)


class AssessmentOut(serializers.Serializer[Any]):
    """`result` is empty while a missing answer could change it; `at_least` is certain already."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    infusion = serializers.UUIDField(source="infusion_id")
    instrument = serializers.CharField()
    on = serializers.CharField(source="assessed_on_text")
    answers = serializers.DictField(child=serializers.CharField())
    result = serializers.CharField()
    at_least = serializers.IntegerField(allow_null=True)
    scale = serializers.CharField()
    stated = serializers.CharField()
    rules = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    missing = serializers.ListField(child=serializers.CharField())
    citation = serializers.CharField()
    rules_version = serializers.CharField()
    note = serializers.CharField()
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    taken_back = serializers.BooleanField()
    reason = serializers.CharField()


class ResponseCourseOut(serializers.Serializer[Any]):
    """Response at the landmark and carried to today; null codes say why in `missing` or `open`."""

    infusion = serializers.UUIDField(source="infusion.id")
    first_day = serializers.IntegerField()
    month_3 = serializers.CharField(source="landmark.code", allow_null=True)
    month_3_day = serializers.IntegerField(source="landmark.day", allow_null=True)
    missing = serializers.ListField(child=serializers.CharField(), source="landmark.missing")
    today = serializers.CharField(source="carried.code", allow_null=True)
    since = serializers.CharField(source="carried.since", allow_null=True)
    assessed = serializers.CharField(source="carried.assessed", allow_null=True)
    open = serializers.BooleanField(source="carried.open")


class Assessments(APIView):
    """Assessments of a patient."""

    @extend_schema(responses=AssessmentOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """As they stand, the latest first."""
        actor = actor_of(request)
        patient = patients.one(actor, pk)
        actor.require(Perm.VISIT_READ)
        return Response(AssessmentOut(queries.of_patient(actor, patient), many=True).data)

    @extend_schema(request=AssessmentIn, responses={201: AssessmentOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Assess and keep it, whether or not the answers decide the result."""
        actor = actor_of(request)
        values = given(AssessmentIn, request)
        values["instrument"] = Instrument(values["instrument"])
        row = actions.record(actor, patients.one(actor, pk), **values)
        return Response(AssessmentOut(row).data, status=status.HTTP_201_CREATED)


class OneAssessment(APIView):
    """One assessment."""

    @extend_schema(responses=AssessmentOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return Response(AssessmentOut(queries.one(actor_of(request), pk)).data)


class TakeBackAssessment(APIView):
    """An assessment that was none."""

    @extend_schema(request=ReasonIn, responses=AssessmentOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Retract it with a reason; 409 when it was retracted already."""
        actor = actor_of(request)
        reason = given(ReasonIn, request)["reason"]
        row = actions.take_back(actor, queries.one(actor, pk), reason=reason)
        return Response(AssessmentOut(row).data)


class ResponseCourse(APIView):
    """What the assessed responses say."""

    @extend_schema(responses=ResponseCourseOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Response at month 3 and today; 404 without an infusion."""
        actor = actor_of(request)
        patient = patients.one(actor, pk)
        actor.require(Perm.VISIT_READ)
        found = queries.course(actor, patient)
        if found is None:
            raise NotFound()
        return Response(ResponseCourseOut(found).data)


urlpatterns = [
    path("patients/<uuid:pk>/assessments/", Assessments.as_view(), name="api-assessments"),
    path("patients/<uuid:pk>/response/", ResponseCourse.as_view(), name="api-response-course"),
    path("assessments/<uuid:pk>/", OneAssessment.as_view(), name="api-assessment"),
    path(
        "assessments/<uuid:pk>/take-back/",
        TakeBackAssessment.as_view(),
        name="api-assessment-take-back",
    ),
]
