"""Versions, sources, sending and nullification of a case over the API."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import ReasonIn, Strict, actor_of, given
from followup.core.actor import Actor
from followup.core.http.json_bodies import TextParser
from followup.core.permissions import Perm
from followup.domain.files import MOST_BYTES
from pv.actions import cases as actions
from pv.actions import icsr
from pv.actions.portal_receipts import PortalReceipt
from pv.api.cases import CaseOut, LockedIn, SubmissionOut, changed
from pv.queries import cases


class NewVersionIn(LockedIn):
    """A version on an exported one; a follow-up says on which day its information came."""

    kind = serializers.ChoiceField(choices=["follow_up", "amendment"])
    information_on = serializers.DateField(default=None, allow_null=True)


class UnlockIn(LockedIn, ReasonIn):
    """Why the version is unlocked."""


class NullifyIn(LockedIn, ReasonIn):
    """Why it is no case."""


class SentIn(Strict):
    """The day the file went out; a proof for a day before it was made, in words or as a file.

    `file` is what the portal showed (PDF, JPEG or PNG, 10 MB at most), sent as multipart/form-data.
    `reason` where the submission plan of the case does not ask for this report.
    """

    on = serializers.DateField()
    proof = serializers.CharField(max_length=2000, default="", allow_blank=True)
    file = serializers.FileField(default=None, allow_null=True, allow_empty_file=True)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class SourceOut(serializers.Serializer[Any]):
    """What made the case known or changed it, with the day of awareness its clocks run from."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    reference = serializers.CharField()
    received_on = serializers.DateField()
    aware_at = serializers.DateTimeField(allow_null=True)
    starts_clock = serializers.BooleanField()
    case_version = serializers.IntegerField()
    serious = serializers.BooleanField(allow_null=True)
    fatal = serializers.BooleanField(allow_null=True)


def _noted(act: Callable[..., Any], sent: type[Strict], request: Request, pk: UUID) -> Response:
    """The released file after an action on it with what was sent."""
    actor = actor_of(request)
    actor.require(Perm.ICSR_EXPORT)
    row = act(actor, cases.submission(actor, pk), **given(sent, request))
    return Response(SubmissionOut(row).data)


class Versions(APIView):
    """Versions of a case."""

    @extend_schema(request=NewVersionIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Open one; a follow-up starts its report clock."""
        return changed(actions.new_version, NewVersionIn, request, pk)


class Unlock(APIView):
    """Unlocking of the current version."""

    @extend_schema(request=UnlockIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Unlock it; its signatures and unsent files hold no more."""
        return changed(actions.unlock, UnlockIn, request, pk)


class Nullify(APIView):
    """Nullification."""

    @extend_schema(request=NullifyIn, responses=CaseOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Nullify what was sent; set the case aside without a message where nothing was."""
        return changed(actions.nullify, NullifyIn, request, pk)


class Sources(APIView):
    """Sources of a case."""

    @extend_schema(responses=SourceOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The newest first."""
        actor = actor_of(request)
        return Response(SourceOut(cases.sources(actor, cases.one(actor, pk)), many=True).data)


class Sent(APIView):
    """Sending of a released file."""

    parser_classes = (TextParser, MultiPartParser)

    @extend_schema(request=SentIn, responses=SubmissionOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Note the day it went out; only the clocks of its authority are met."""
        return _noted(_filed, SentIn, request, pk)


def _filed(actor: Actor, row: Any, *, file: Any, **sent: Any) -> Any:
    """Note a sending with what the portal showed, where that was sent along."""
    receipt = PortalReceipt(file.name or "", file.read(MOST_BYTES + 1)) if file else None
    return icsr.mark_sent(actor, row, receipt=receipt, **sent)


class TakenBack(APIView):
    """A file that was not sent after all."""

    @extend_schema(request=ReasonIn, responses=SubmissionOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Retract the sending; the clocks it met are open again."""
        return _noted(icsr.take_back, ReasonIn, request, pk)


urlpatterns = [
    path("cases/<uuid:pk>/versions/", Versions.as_view(), name="api-case-versions"),
    path("cases/<uuid:pk>/unlock/", Unlock.as_view(), name="api-case-unlock"),
    path("cases/<uuid:pk>/nullify/", Nullify.as_view(), name="api-case-nullify"),
    path("cases/<uuid:pk>/sources/", Sources.as_view(), name="api-case-sources"),
    path("submissions/<uuid:pk>/sent/", Sent.as_view(), name="api-submission-sent"),
    path("submissions/<uuid:pk>/taken-back/", TakenBack.as_view(), name="api-submission-back"),
]
