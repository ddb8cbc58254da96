"""The texts of a written report over the API, by section and language, with every version."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from pv.actions import aggregate_reports as actions
from pv.queries.aggregate_reports import register

LANGUAGES = tuple(code for code, _name in register.LANGUAGES)


class ReportSectionIn(Strict):
    """The text of a section; `number` is the version that was read, 0 where there was none."""

    text = serializers.CharField(max_length=100_000, allow_blank=True, trim_whitespace=False)
    number = serializers.IntegerField(min_value=0, max_value=1_000_000)


class SectionTextOut(serializers.Serializer[Any]):
    """One version of a section's text in one language; the highest number holds."""

    code = serializers.CharField()
    language = serializers.CharField()
    number = serializers.IntegerField()
    edition = serializers.IntegerField()
    text = serializers.CharField()
    written_by = serializers.CharField(source="written_by.display_name")
    written_at = serializers.DateTimeField()


class SectionOut(serializers.Serializer[Any]):
    """A section of the kind of report, with the text that holds in each language it has one in."""

    code = serializers.CharField()
    en = serializers.CharField()
    zh = serializers.CharField()
    text_required = serializers.BooleanField(help_text="It needs a text before a review")
    tables = serializers.ListField(child=serializers.CharField(), help_text="The program sets in")
    texts = SectionTextOut(many=True)


def writable(request: Request, pk: UUID) -> tuple[Actor, Any]:
    """The asker and a report the asker may write; NotFound or Denied otherwise."""
    actor = actor_of(request)
    row = register.one(actor, pk)
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    return actor, row


def _known(row: Any, code: str, language: str) -> None:
    """NotFound for a section or a language the report has not."""
    if register.kind(row).section(code) is None or language not in LANGUAGES:
        raise NotFound()


def _history(actor: Actor, row: Any, code: str, language: str) -> Response:
    rows = register.history(actor, row, code, language)
    return Response(SectionTextOut(rows, many=True).data)


class ReportSections(APIView):
    """One section of a report in one language."""

    @extend_schema(operation_id="aggregate_reports_section", responses=SectionTextOut(many=True))
    def get(self, request: Request, pk: UUID, code: str, language: str) -> Response:
        """Every version of its text, the newest first."""
        actor = actor_of(request)
        row = register.one(actor, pk)
        _known(row, code, language)
        return _history(actor, row, code, language)

    @extend_schema(
        operation_id="aggregate_reports_write_section",
        request=ReportSectionIn,
        responses=SectionTextOut(many=True),
    )
    def post(self, request: Request, pk: UUID, code: str, language: str) -> Response:
        """Write its text; 409 when somebody wrote another since the version was read."""
        actor = actor_of(request)
        row = register.one(actor, pk)
        _known(row, code, language)
        actor.require(Perm.REPORT_WRITE, product=row.product_id)
        values = given(ReportSectionIn, request)
        actions.write(actor, row, code=code, language=language, **values)
        return _history(actor, row, code, language)


urlpatterns = [
    path(
        "aggregate-reports/<uuid:pk>/sections/<str:code>/<str:language>/",
        ReportSections.as_view(),
        name="api-aggregate-report-section",
    ),
]
