"""Letters to reporters over the API, and the thread of a request with an attempt undone."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.core import clock
from followup.core.http.files import pdf_response, word_response
from followup.core.permissions import Perm
from pv.actions import follow_up_requests as actions
from pv.api.follow_up_requests import FollowUpRequestOut
from pv.domain.cases.follow_up_requests import answer_due
from pv.queries import cases, follow_up_letters
from pv.queries import follow_up_requests as requests

DRAWN = ("template", "language", "recipient", "subject", "text")


class LetterDraftOut(serializers.Serializer[Any]):
    """A letter as its template begins it; a person writes on."""

    recipient = serializers.CharField()
    subject = serializers.CharField()
    text = serializers.CharField()


class LetterIn(Strict):
    """A letter as a person wrote it; `language` is zh or en, `elements` what it asks for."""

    template = serializers.CharField(max_length=40)
    language = serializers.CharField(max_length=2)
    recipient = serializers.CharField(max_length=1000)
    subject = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=10_000)
    elements = serializers.ListField(
        child=serializers.CharField(max_length=80), default=list, max_length=200
    )
    due_on = serializers.DateField(allow_null=True, default=None)


class ThreadEntryOut(serializers.Serializer[Any]):
    """One entry; `undone` is the entry that undoes it, empty while it stands."""

    id = serializers.UUIDField(source="entry.id")
    kind = serializers.CharField(source="entry.kind")
    on = serializers.DateField(source="entry.on", allow_null=True)
    channel = serializers.CharField(source="entry.channel")
    outcome = serializers.CharField(source="entry.outcome")
    code = serializers.CharField(source="entry.code")
    text = serializers.CharField(source="entry.text")
    written_at = serializers.DateTimeField(source="entry.written_at")
    undone = serializers.UUIDField(source="undone.id", default=None, allow_null=True)


class UndoAttemptIn(Strict):
    """Why an attempt is undone, and the version of the request as read."""

    reason = serializers.CharField(max_length=1000)
    version = serializers.IntegerField(min_value=1)


class Letters(APIView):
    """Letters about one case."""

    @extend_schema(
        responses=LetterDraftOut,
        parameters=[
            OpenApiParameter("template", str),
            OpenApiParameter("language", str),
            OpenApiParameter("element", str, many=True),
        ],
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """A letter drafted from a template with the values of the case; nothing is kept."""
        actor = actor_of(request)
        case = cases.one(actor, pk)
        actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
        asked = request.query_params
        draft = follow_up_letters.draft(
            case,
            cases.version(actor, case),
            template=asked.get("template", ""),
            language=asked.get("language", ""),
            elements=[each for each in asked.getlist("element") if requests.names(each)],
            due=answer_due(requests.rhythm(), clock.today()),
        )
        return Response(LetterDraftOut(draft).data)

    @extend_schema(request=LetterIn, responses={201: FollowUpRequestOut})
    def post(self, request: Request, pk: UUID) -> Response:
        """Keep a letter to a reporter; it is printed and sent outside, attempts are noted."""
        actor = actor_of(request)
        values = given(LetterIn, request)
        letter = actions.LetterInput(**{name: values.pop(name) for name in DRAWN})
        row = actions.write_letter(actor, cases.one(actor, pk), letter=letter, **values)
        return Response(FollowUpRequestOut(row).data, status=201)


class LetterFile(APIView):
    """A letter as it was written."""

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID, kind: str) -> HttpResponse:
        """The letter as `pdf` or `docx`; the print is in the log of reads."""
        actor = actor_of(request)
        document = follow_up_letters.printed(actor, requests.one(actor, pk), kind=kind)
        answer = pdf_response if kind == "pdf" else word_response
        return answer(document.content, document.name)


class Thread(APIView):
    """The thread of a request."""

    @extend_schema(responses=ThreadEntryOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Every entry, the oldest first; what is undone names the entry that undoes it."""
        actor = actor_of(request)
        lines = requests.thread(actor, requests.one(actor, pk))
        return Response(ThreadEntryOut(lines, many=True).data)


class AttemptUndo(APIView):
    """An attempt noted by mistake."""

    @extend_schema(request=UndoAttemptIn, responses={200: FollowUpRequestOut})
    def post(self, request: Request, pk: UUID, entry: UUID) -> Response:
        """Undo it with a reason; due day and escalation follow from the attempts that stand."""
        actor = actor_of(request)
        row = requests.one(actor, pk)
        values = given(UndoAttemptIn, request)
        row = actions.undo_attempt(actor, row, entry=requests.entry(actor, row, entry), **values)
        return Response(FollowUpRequestOut(row).data)


_AT = "follow-up-requests/<uuid:pk>/"
urlpatterns = [
    path(
        "cases/<uuid:pk>/follow-up-requests/letters/",
        Letters.as_view(),
        name="api-follow-up-letters",
    ),
    path(_AT + "thread/", Thread.as_view(), name="api-follow-up-thread"),
    path(_AT + "letter.<str:kind>", LetterFile.as_view(), name="api-follow-up-letter"),
    path(
        _AT + "entries/<uuid:entry>/undo/",
        AttemptUndo.as_view(),
        name="api-follow-up-attempt-undo",
    ),
]
