"""Registration certificates over the API: entered by one person, confirmed by another."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.core import clock
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import reference
from pv.actions import certificates as actions
from pv.api.product_entries import EntryRefusalIn
from pv.api.risk_plans import RegisterDocumentOut
from pv.queries import duties, register_documents


class CertificateIn(Strict):
    """What a certificate says; a day it does not state is null."""

    product = serializers.UUIDField()
    number = serializers.CharField(max_length=60)
    approved_on = serializers.DateField()
    valid_to = serializers.DateField()
    born_on = serializers.DateField(
        default=None, allow_null=True, help_text="International birth date, if another day"
    )
    reregistered_on = serializers.DateField(
        default=None, allow_null=True, help_text="First re-registration"
    )
    trial_approved_on = serializers.DateField(
        default=None, allow_null=True, help_text="Starts the yearly DSUR"
    )
    label_version = serializers.CharField(max_length=40, default="", allow_blank=True)
    plan_version = serializers.CharField(max_length=40, default="", allow_blank=True)
    owner = serializers.CharField(max_length=120, default="", allow_blank=True)
    document = serializers.CharField(max_length=300, help_text="It was taken from")


class CertificateOut(serializers.Serializer[Any]):
    """One entry; of each number of a product the entry confirmed last holds."""

    id = serializers.UUIDField()
    product = serializers.UUIDField(source="product_id")
    number = serializers.CharField()
    approved_on = serializers.DateField()
    valid_to = serializers.DateField()
    ended = serializers.SerializerMethodField(help_text="Its last day is over")
    born_on = serializers.DateField(allow_null=True)
    reregistered_on = serializers.DateField(allow_null=True)
    trial_approved_on = serializers.DateField(allow_null=True)
    label_version = serializers.CharField()
    plan_version = serializers.CharField()
    owner = serializers.CharField(source="owner_name")
    document = serializers.CharField(source="source")
    entered_by = serializers.CharField(source="entered_by.display_name")
    entered_at = serializers.DateTimeField()
    confirmed_by = serializers.CharField(
        source="confirmed_by.display_name", default=None, allow_null=True
    )
    confirmed_at = serializers.DateTimeField(allow_null=True)
    refused_because = serializers.CharField()

    def get_ended(self, row: Any) -> bool:
        """Whether it is valid no longer."""
        return bool(row.valid_to < clock.today())


class CertificateList(serializers.Serializer[Any]):
    """What holds, by product and number, and what waits for a second person."""

    held = CertificateOut(many=True)
    waiting = CertificateOut(many=True)


class CertificateDetail(CertificateOut):
    """An entry with its documents."""

    documents = RegisterDocumentOut(many=True)


class Certificates(APIView):
    """Certificates of the actor's products."""

    @extend_schema(operation_id="certificates_list", responses=CertificateList)
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """What holds, and what is not confirmed yet."""
        actor = actor_of(request)
        actor.require(Perm.COMMITMENT_READ)
        found = {"held": duties.certificates(actor), "waiting": duties.waiting(actor)}
        return Response(CertificateList(found).data)

    @extend_schema(request=CertificateIn, responses={201: CertificateOut})
    def post(self, request: Request) -> Response:
        """Enter one; it holds once another person confirms it."""
        actor = actor_of(request)
        actor.require(Perm.COMMITMENT_WRITE)
        values = given(CertificateIn, request)
        product = reference.product(actor, id=values.pop("product"))
        values |= {"source": values.pop("document"), "owner_name": values.pop("owner")}
        row = actions.enter(actor, product, values=values)
        return Response(CertificateOut(row).data, status=201)


class OneCertificate(APIView):
    """One entry."""

    @extend_schema(operation_id="certificates_retrieve", responses=CertificateDetail)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it with its documents; 404 when foreign or missing alike."""
        actor = actor_of(request)
        row = duties.one(actor, pk)
        files = RegisterDocumentOut(register_documents.of(actor, row), many=True).data
        return Response({**CertificateOut(row).data, "documents": files})


class CertificateConfirmation(APIView):
    """The second person agrees."""

    @extend_schema(operation_id="certificates_confirm", request=None, responses=CertificateOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Confirm it against its document, as another person than the one who entered it."""
        actor = actor_of(request)
        row = duties.one(actor, pk)
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
        return Response(CertificateOut(actions.confirm(actor, row)).data)


class CertificateRefusal(APIView):
    """The second person does not agree."""

    @extend_schema(
        operation_id="certificates_refuse", request=EntryRefusalIn, responses=CertificateOut
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Refuse it with the reason; it is entered again."""
        actor = actor_of(request)
        row = duties.one(actor, pk)
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
        values = given(EntryRefusalIn, request)
        return Response(CertificateOut(actions.refuse(actor, row, **values)).data)


urlpatterns = [
    path("certificates/", Certificates.as_view(), name="api-certificates"),
    path("certificates/<uuid:pk>/", OneCertificate.as_view(), name="api-certificate"),
    path(
        "certificates/<uuid:pk>/confirm/",
        CertificateConfirmation.as_view(),
        name="api-certificate-confirm",
    ),
    path(
        "certificates/<uuid:pk>/refuse/",
        CertificateRefusal.as_view(),
        name="api-certificate-refuse",
    ),
]
