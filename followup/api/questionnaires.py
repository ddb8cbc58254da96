"""Questionnaires of patients over the API: links made, answers that wait, what becomes of them."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import questionnaires as actions
from followup.api.base import ConfirmedField, Strict, VersionIn, actor_of, given
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.security import patient_links
from followup.domain.questionnaires import DAYS
from followup.queries import patients, worklist
from followup.queries import questionnaires as queries


class QuestionnaireIn(Strict):
    """After which infusion, for which planned visit, how long, and whom the patient calls."""

    infusion = serializers.UUIDField()
    visit = serializers.IntegerField(default=None, allow_null=True, min_value=1)
    days = serializers.ChoiceField(choices=list(DAYS))
    call = serializers.CharField(max_length=120)


class QuestionnaireOut(serializers.Serializer[Any]):
    """A link; `address` is what the patient opens."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    visit = serializers.IntegerField(source="planned_id", allow_null=True)
    address = serializers.SerializerMethodField()
    expires_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)

    def get_address(self, row: Any) -> str:
        """The signed link."""
        return patient_links.address_of(row.id)


class PatientReportOut(serializers.Serializer[Any]):
    """Answers as they came; no contact before they are taken (`contact`)."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    received_at = serializers.DateTimeField()
    answers = serializers.DictField(child=serializers.CharField(allow_blank=True))
    red_flags = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=["WAITING", "TAKEN", "SET_ASIDE"])
    contact = serializers.UUIDField(source="visit_id", allow_null=True)
    event = serializers.UUIDField(source="event_id", allow_null=True)
    version = serializers.IntegerField()


class PatientReportPageOut(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = PatientReportOut(many=True)
    next = serializers.CharField(allow_blank=True)


class ReportTakeIn(VersionIn):
    """For which planned visit, and what the reviewer adds."""

    visit = serializers.IntegerField(default=None, allow_null=True, min_value=1)
    review_note = serializers.CharField(max_length=500, default="", allow_blank=True)
    confirmed = ConfirmedField()


class ReportAsideIn(VersionIn):
    """Why the answers are no contact."""

    review_note = serializers.CharField(max_length=500)


class Questionnaires(APIView):
    """Links of one patient."""

    @extend_schema(operation_id="questionnaires_list", responses=QuestionnaireOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The latest first."""
        actor = actor_of(request)
        rows = queries.links_of(actor, patients.one(actor, pk))
        return Response(QuestionnaireOut(rows, many=True).data)

    @extend_schema(request=QuestionnaireIn, responses={201: QuestionnaireOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Make one; an earlier open one ends."""
        actor, values = actor_of(request), given(QuestionnaireIn, request)
        visit = values.pop("visit")
        row = actions.invite(
            actor,
            patients.one(actor, pk),
            infusion=patients.infusion(actor, str(values.pop("infusion"))),
            planned=worklist.one(actor, visit) if visit is not None else None,
            **values,
        )
        return Response(QuestionnaireOut(row).data, status=status.HTTP_201_CREATED)


class OneQuestionnaire(APIView):
    """One link."""

    @extend_schema(responses=QuestionnaireOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """What became of it."""
        return Response(QuestionnaireOut(queries.link(actor_of(request), pk)).data)


class QuestionnaireRevoke(APIView):
    """End a link."""

    @extend_schema(request=None, responses=QuestionnaireOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Refused once it was answered."""
        actor = actor_of(request)
        return Response(QuestionnaireOut(actions.revoke(actor, queries.link(actor, pk))).data)


class PatientReports(APIView):
    """Answers that wait for review."""

    @extend_schema(
        operation_id="patient_reports_list",
        responses=PatientReportPageOut,
        parameters=[OpenApiParameter("after", str)],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """The longest waiting first, a page at a time."""
        actor, key = actor_of(request), request.query_params.get("after", "")[:40]
        actor.require(Perm.VISIT_WRITE)
        rows, following = queries.waiting(actor, key=key)
        return Response(PatientReportPageOut({"items": rows, "next": following}).data)


class PatientReportTake(APIView):
    """Take answers as a contact."""

    @extend_schema(request=ReportTakeIn, responses=PatientReportOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Of a new malignancy or another event the event is reported first, or `review_note`."""
        actor, values = actor_of(request), given(ReportTakeIn, request)
        row, visit = queries.report(actor, pk), values.pop("visit")
        planned = worklist.one(actor, visit) if visit is not None else None
        actions.take(actor, row, planned=planned, **values)
        return Response(PatientReportOut(queries.report(actor, pk)).data)


class PatientReportAside(APIView):
    """Set answers aside."""

    @extend_schema(request=ReportAsideIn, responses=PatientReportOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """With the reason."""
        actor, values = actor_of(request), given(ReportAsideIn, request)
        return Response(
            PatientReportOut(actions.set_aside(actor, queries.report(actor, pk), **values)).data
        )


urlpatterns = [
    path(
        "patients/<uuid:pk>/questionnaires/",
        Questionnaires.as_view(),
        name="api-patient-questionnaires",
    ),
    path("questionnaires/<uuid:pk>/", OneQuestionnaire.as_view(), name="api-questionnaire"),
    path(
        "questionnaires/<uuid:pk>/revoke/",
        QuestionnaireRevoke.as_view(),
        name="api-questionnaire-revoke",
    ),
    path("patient-reports/", PatientReports.as_view(), name="api-patient-reports"),
    path(
        "patient-reports/<uuid:pk>/take/",
        PatientReportTake.as_view(),
        name="api-patient-report-take",
    ),
    path(
        "patient-reports/<uuid:pk>/set-aside/",
        PatientReportAside.as_view(),
        name="api-patient-report-set-aside",
    ),
]
