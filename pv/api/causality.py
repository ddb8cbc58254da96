"""Causality of a case over the API: the same opinions and the same assessment as the page."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from pv.actions import cases as actions
from pv.domain.causality import Assessor, Method
from pv.queries import cases, causality


class StatedOpinionOut(serializers.Serializer[Any]):
    """One opinion as the message says it; `grade` is one of the six grades or null."""

    assessor = serializers.CharField(allow_null=True)
    method = serializers.CharField(allow_null=True)
    grade = serializers.CharField(allow_null=True)
    source_text = serializers.CharField()
    method_text = serializers.CharField()
    result_text = serializers.CharField()


class CausalityAssessmentOut(serializers.Serializer[Any]):
    """One assessment with its answers; `result` is what counts, empty while it is open."""

    id = serializers.UUIDField()
    pair = serializers.CharField()
    case_version = serializers.IntegerField()
    assessor = serializers.CharField()
    method = serializers.CharField()
    answers = serializers.DictField(child=serializers.CharField(), source="method_answers")
    computed = serializers.CharField()
    score = serializers.IntegerField(allow_null=True)
    rule = serializers.CharField()
    result = serializers.CharField(source="final_result")
    reason = serializers.CharField()
    rules_version = serializers.CharField()
    assessed_by = serializers.CharField(source="assessed_by_name")
    assessed_at = serializers.DateTimeField()


class CausalityPairOut(serializers.Serializer[Any]):
    """A drug and an event; `grade` and `related` are what a report rests on, `flags` say why."""

    pair = serializers.CharField()
    drug = serializers.IntegerField()
    reaction = serializers.IntegerField()
    opinions = StatedOpinionOut(many=True)
    differs = serializers.BooleanField()
    grade = serializers.CharField(allow_null=True)
    related = serializers.BooleanField(allow_null=True)
    flags = serializers.ListField(child=serializers.CharField())
    citation = serializers.CharField()


class CausalityOut(serializers.Serializer[Any]):
    """Every pair of the current version, and every assessment made, the newest first."""

    lock_version = serializers.IntegerField()
    pairs = CausalityPairOut(many=True)
    assessments = CausalityAssessmentOut(many=True)


class CausalityIn(Strict):
    """Answers by question code; one left out is not answered, which is not `UNKNOWN`.

    `result` is another result than the answers give, with its reason.
    """

    pair = serializers.CharField(max_length=200)
    assessor = serializers.ChoiceField(choices=[one.value for one in Assessor])
    method = serializers.ChoiceField(choices=[one.value for one in Method])
    answers = serializers.DictField(child=serializers.CharField(max_length=20), default=dict)
    result = serializers.CharField(max_length=20, allow_blank=True, default="")
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")
    lock_version = serializers.IntegerField(min_value=1)


def _pair(line: causality.Line) -> dict[str, Any]:
    stated = [one for column in line.columns for one in column.stated] + list(line.unnamed)
    opinions = [
        {
            "assessor": one.assessor,
            "method": one.method,
            "grade": one.grade,
            **dict(zip(("source_text", "method_text", "result_text"), one.texts, strict=True)),
        }
        for one in stated
    ]
    return {
        "pair": line.pair.key,
        "drug": line.pair.drug_number,
        "reaction": line.pair.reaction_number,
        "opinions": opinions,
        "differs": line.differs,
        "grade": line.opinion.grade,
        "related": line.opinion.related,
        "flags": line.opinion.flags,
        "citation": line.opinion.citation,
    }


class Causality(APIView):
    """Opinions on each drug and event of a case."""

    @extend_schema(operation_id="case_causality", responses={200: CausalityOut})
    def get(self, request: Request, pk: UUID) -> Response:
        """Reporter, holder and authority side by side, with every assessment and its answers."""
        actor = actor_of(request)
        case = cases.one(actor, pk)
        version = cases.version(actor, case)
        lines = causality.lines(actor, case, cases.message(version).root, version=version.number)
        body = {
            "lock_version": case.lock_version,
            "pairs": [_pair(line) for line in lines],
            "assessments": causality.of_case(actor, case),
        }
        return Response(CausalityOut(body).data)

    @extend_schema(
        operation_id="assess_causality", request=CausalityIn, responses=CausalityAssessmentOut
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Assess; 409 when somebody saved the case since `lock_version`."""
        actor = actor_of(request)
        case, values = cases.one(actor, pk), given(CausalityIn, request)
        reason, lock_version = values.pop("reason"), values.pop("lock_version")
        made = actions.assess_causality(
            actor,
            case,
            given=actions.CausalityInput(**values),
            reason=reason,
            lock_version=lock_version,
        )
        return Response(CausalityAssessmentOut(made).data)


urlpatterns = [path("cases/<uuid:pk>/causality/", Causality.as_view(), name="api-causality")]
