"""Consent over the API: the forms of a site, who signs again, how many are left out and why."""

from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import consent_versions as actions
from followup.actions.consent_versions import ConsentVersionInput
from followup.api.base import PartialDateField, Strict, actor_of, given
from followup.api.patients import PURPOSES
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.consents import Purpose
from followup.queries import consent_renewals, consents, left_out, reference


class ConsentVersionIn(Strict):
    """A version of a consent form; without a product or protocol it is for all."""

    site = serializers.UUIDField()
    code = serializers.CharField(max_length=40)
    name_zh = serializers.CharField(max_length=120)
    name_en = serializers.CharField(max_length=120)
    product = serializers.UUIDField(default=None, allow_null=True)
    protocol = serializers.CharField(max_length=40, default="", allow_blank=True)
    purposes = serializers.ListField(child=serializers.ChoiceField(choices=PURPOSES), min_length=1)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(default=None, allow_null=True)
    document_sha256 = serializers.CharField(max_length=64)
    renews = serializers.BooleanField(default=False)


class ConsentVersionCloseIn(Strict):
    """Until when a version is in use; null while it stays."""

    valid_until = serializers.DateField(allow_null=True)
    version = serializers.IntegerField(min_value=1)


class ConsentVersionOut(serializers.Serializer[Any]):
    """A version of a consent form as a site uses it."""

    id = serializers.UUIDField()
    site = serializers.UUIDField(source="site_id")
    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    product = serializers.UUIDField(source="product_id", allow_null=True)
    protocol = serializers.CharField()
    purposes = serializers.ListField(child=serializers.CharField())
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    document_sha256 = serializers.CharField()
    renews = serializers.BooleanField()
    version = serializers.IntegerField()


class RenewalOut(serializers.Serializer[Any]):
    """A patient who signs again: a form asks for it, or without one an age was reached."""

    patient = serializers.UUIDField(source="patient.id")
    study_code = serializers.CharField(source="patient.study_code")
    since = PartialDateField()
    form = serializers.UUIDField(source="form.id", allow_null=True, default=None)


class RenewalPageOut(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = RenewalOut(many=True)
    next = serializers.CharField(allow_blank=True)


class LeftOutOut(serializers.Serializer[Any]):
    """How many patients of the reader's sites and products do not agree, by reason."""

    purpose = serializers.CharField()
    never_agreed = serializers.IntegerField()
    refused = serializers.IntegerField()
    withdrawn = serializers.IntegerField()


class ConsentVersions(APIView):
    """Versions of consent forms."""

    @extend_schema(responses=ConsentVersionOut(many=True))
    def get(self, request: Request) -> Response:
        """Those of the reader's hospitals, the newest first."""
        actor = actor_of(request)
        actor.require(Perm.PATIENT_READ)
        return Response(ConsentVersionOut(consents.versions(actor), many=True).data)

    @extend_schema(request=ConsentVersionIn, responses={201: ConsentVersionOut})
    def post(self, request: Request) -> Response:
        """Put one into use."""
        actor, values = actor_of(request), given(ConsentVersionIn, request)
        site = reference.site(actor, id=values.pop("site"))
        product = values.pop("product")
        if product is not None:
            product = reference.product(actor, id=product)
        made = actions.add(actor, site, given=ConsentVersionInput(product=product, **values))
        return Response(ConsentVersionOut(made).data, status=status.HTTP_201_CREATED)


class OneConsentVersion(APIView):
    """One version of a consent form."""

    @extend_schema(request=ConsentVersionCloseIn, responses=ConsentVersionOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Say until when it is in use."""
        actor, values = actor_of(request), given(ConsentVersionCloseIn, request)
        return Response(
            ConsentVersionOut(actions.close(actor, consents.version(actor, pk), **values)).data
        )


class Renewals(APIView):
    """Who signs again."""

    @extend_schema(
        operation_id="consent_renewals_list",
        responses=RenewalPageOut,
        parameters=[OpenApiParameter("after", str)],
    )
    def get(self, request: Request) -> Response:
        """The longest due first, a page at a time."""
        actor, key = actor_of(request), request.query_params.get("after", "")[:100]
        actor.require(Perm.PATIENT_WRITE)
        rows, following = consent_renewals.renewals(actor, key=key)
        return Response(RenewalPageOut({"items": rows, "next": following}).data)


class LeftOut(APIView):
    """How many are left out of what is made for a purpose."""

    @extend_schema(
        operation_id="consents_left_out",
        responses=LeftOutOut,
        parameters=[OpenApiParameter("purpose", str, enum=PURPOSES)],
    )
    def get(self, request: Request) -> Response:
        """Counts by reason, never who."""
        actor, asked = actor_of(request), request.query_params.get("purpose", "HOLDER")
        if asked not in PURPOSES:
            raise Refused({"purpose": _("Not a purpose of a consent.")})
        counts = left_out.counts(actor, Purpose(asked))
        return Response(
            LeftOutOut({"purpose": asked} | {k.lower(): n for k, n in counts.items()}).data
        )


urlpatterns = [
    path("consent-forms/", ConsentVersions.as_view(), name="api-consent-forms"),
    path("consent-forms/<uuid:pk>/", OneConsentVersion.as_view(), name="api-consent-form"),
    path("consent-renewals/", Renewals.as_view(), name="api-consent-renewals"),
    path("consents/left-out/", LeftOut.as_view(), name="api-consents-left-out"),
]
