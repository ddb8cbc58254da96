"""Studies of products and the evidence behind approvals over the API."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import actor_of
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from pv.api.risk_plans import RegisterDocumentOut
from pv.queries import approval_evidence, register_documents, studies


class StudyDueOut(serializers.Serializer[Any]):
    """What is still owed after a status, by its last day."""

    status = serializers.CharField()
    since = serializers.DateField()
    due = serializers.DateField(source="limit.due")
    predicted = serializers.BooleanField(
        source="limit.predicted", help_text="An official holiday notice may still move the day"
    )


class StudyOut(serializers.Serializer[Any]):
    """One study with the status that stands."""

    id = serializers.UUIDField(source="row.id")
    product = serializers.UUIDField(source="row.product_id")
    kind = serializers.CharField(source="row.kind", help_text="IIT or IND")
    number = serializers.CharField(source="row.number")
    title = serializers.CharField(source="row.title")
    institution = serializers.CharField(source="row.institution")
    planned = serializers.IntegerField(source="row.planned", allow_null=True)
    follows = serializers.UUIDField(source="row.follows_id", allow_null=True)
    status = serializers.CharField(source="status.status", default="")
    status_on = serializers.DateField(source="status.happened_on", default=None, allow_null=True)
    reasons = serializers.ListField(
        source="status.reasons", child=serializers.CharField(), default=list
    )
    dues = StudyDueOut(many=True)
    withdrawn_because = serializers.CharField(source="row.withdrawn_because")


class StudyList(serializers.Serializer[Any]):
    """The studies of the actor's products."""

    items = StudyOut(many=True)


class StudySafetyOut(serializers.Serializer[Any]):
    """What was seen of one term; a count nobody stated is null, never zero."""

    id = serializers.UUIDField(source="row.id")
    cutoff_on = serializers.DateField(source="row.cutoff_on")
    term = serializers.CharField(source="row.term")
    term_code = serializers.CharField(source="row.term_code")
    participants = serializers.IntegerField(source="row.participants")
    affected = serializers.IntegerField(source="row.affected")
    serious = serializers.IntegerField(source="row.serious", allow_null=True)
    fatal = serializers.IntegerField(source="row.fatal", allow_null=True)
    share = serializers.FloatField(help_text="Per cent of those treated")
    low = serializers.FloatField(help_text="Exact 95 % limit, per cent")
    high = serializers.FloatField(help_text="Exact 95 % limit, per cent")
    document = serializers.CharField(source="row.source")


class StudyDetail(StudyOut):
    """A study with what was seen and its documents."""

    safety = StudySafetyOut(many=True)
    documents = RegisterDocumentOut(many=True)


class ApprovalEvidenceOut(serializers.Serializer[Any]):
    """One result behind an approval, as its document states it."""

    id = serializers.UUIDField()
    product = serializers.UUIDField(source="product_id")
    indication = serializers.UUIDField(source="indication_id")
    kind = serializers.CharField()
    study = serializers.UUIDField(source="study_id", allow_null=True)
    study_number = serializers.CharField()
    participants = serializers.IntegerField()
    endpoint = serializers.CharField()
    result = serializers.CharField()
    interval = serializers.CharField()
    data_cutoff = serializers.DateField(allow_null=True)
    document = serializers.CharField(source="source")
    entered_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)


class ApprovalEvidenceList(serializers.Serializer[Any]):
    """What holds, and what waits for a second person."""

    held = ApprovalEvidenceOut(many=True)
    waiting = ApprovalEvidenceOut(many=True)


class Studies(APIView):
    """Investigator-initiated trials and trial applications."""

    @extend_schema(operation_id="studies_list", responses=StudyList)
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """Every study with its status and what is owed."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_READ)
        return Response(StudyList({"items": studies.listing(actor)}).data)


class OneStudy(APIView):
    """One study."""

    @extend_schema(responses=StudyDetail)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it with what was seen; 404 when foreign or missing alike."""
        actor = actor_of(request)
        line = studies.one(actor, pk)
        files = register_documents.of(actor, line.row)
        more = {
            "safety": StudySafetyOut(studies.safety(actor, line.row), many=True).data,
            "documents": RegisterDocumentOut(files, many=True).data,
        }
        return Response({**StudyOut(line).data, **more})


class ApprovalEvidences(APIView):
    """What approvals rest on."""

    @extend_schema(operation_id="approval_evidence_list", responses=ApprovalEvidenceList)
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """What holds, and what is not confirmed yet."""
        actor = actor_of(request)
        actor.require(Perm.REPORT_READ)
        rows = {"held": approval_evidence.held(actor), "waiting": approval_evidence.waiting(actor)}
        return Response(ApprovalEvidenceList(rows).data)


urlpatterns = [
    path("studies/", Studies.as_view(), name="api-studies"),
    path("studies/<uuid:pk>/", OneStudy.as_view(), name="api-study"),
    path("approval-evidence/", ApprovalEvidences.as_view(), name="api-approval-evidence"),
]
