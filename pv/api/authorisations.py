"""Authorisations and trials abroad over the API: entered by one person, confirmed by another."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.api.base import Strict, actor_of, given
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import reference
from pv.actions import authorisations as actions
from pv.api.product_entries import EntryRefusalIn
from pv.queries import authorisations

_BORN = "International birth date, if another day; of a trial the development one"
_SETTINGS = list(authorisations.SETTINGS)


def _day(about: str) -> serializers.DateField:
    return serializers.DateField(default=None, allow_null=True, help_text=about)


class AuthorisationIn(Strict):
    """What an authorisation says; a day it does not state is null."""

    product = serializers.UUIDField()
    market = serializers.CharField(
        max_length=8, help_text="Regime of the reporting rules beside China: EU, US"
    )
    setting = serializers.ChoiceField(choices=_SETTINGS)
    number = serializers.CharField(max_length=60)
    authorised_on = serializers.DateField()
    ended_on = _day("Last day it stood")
    born_on = _day(_BORN)
    launched_on = _day("First placed on this market")
    set_months = serializers.IntegerField(
        default=None,
        allow_null=True,
        min_value=1,
        max_value=240,
        help_text="Months of a cycle the authority set",
    )
    set_lock = _day("One data lock point of that cycle")
    set_from = _day("The cycle took effect; null: from the beginning")
    owner = serializers.CharField(max_length=120, default="", allow_blank=True)
    document = serializers.CharField(max_length=300, help_text="It was taken from")


class AuthorisationOut(serializers.Serializer[Any]):
    """One entry; of each number of a market the entry confirmed last holds."""

    id = serializers.UUIDField()
    product = serializers.UUIDField(source="product_id")
    market = serializers.CharField()
    setting = serializers.ChoiceField(choices=_SETTINGS)
    number = serializers.CharField()
    authorised_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True)
    born_on = serializers.DateField(allow_null=True, help_text=_BORN)
    launched_on = serializers.DateField(allow_null=True)
    set_months = serializers.IntegerField(allow_null=True)
    set_lock = serializers.DateField(allow_null=True)
    set_from = serializers.DateField(allow_null=True)
    owner = serializers.CharField(source="owner_name")
    document = serializers.CharField(source="source")
    entered_by = serializers.CharField(source="entered_by.display_name")
    entered_at = serializers.DateTimeField()
    confirmed_by = serializers.CharField(
        source="confirmed_by.display_name", default=None, allow_null=True
    )
    confirmed_at = serializers.DateTimeField(allow_null=True)
    refused_because = serializers.CharField()


class AuthorisationList(serializers.Serializer[Any]):
    """What holds, by product, market and number, and what waits for a second person."""

    held = AuthorisationOut(many=True)
    waiting = AuthorisationOut(many=True)


class Authorisations(APIView):
    """Authorisations of the actor's products in other markets."""

    @extend_schema(operation_id="authorisations_list", responses=AuthorisationList)
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """What holds, and what is not confirmed yet."""
        actor = actor_of(request)
        actor.require(Perm.CASE_READ)
        found = {"held": authorisations.held(actor), "waiting": authorisations.waiting(actor)}
        return Response(AuthorisationList(found).data)

    @extend_schema(request=AuthorisationIn, responses={201: AuthorisationOut})
    def post(self, request: Request) -> Response:
        """Enter one, or the end of one; it holds once another person confirms it."""
        actor = actor_of(request)
        actor.require(Perm.CASE_READ)
        values = given(AuthorisationIn, request)
        product = reference.product(actor, id=values.pop("product"))
        values |= {"source": values.pop("document"), "owner_name": values.pop("owner")}
        row = actions.enter(actor, product, values=values)
        return Response(AuthorisationOut(row).data, status=201)


class OneAuthorisation(APIView):
    """One entry."""

    @extend_schema(operation_id="authorisations_retrieve", responses=AuthorisationOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return Response(AuthorisationOut(authorisations.one(actor_of(request), pk)).data)


class AuthorisationConfirmation(APIView):
    """The second person agrees."""

    @extend_schema(operation_id="authorisations_confirm", request=None, responses=AuthorisationOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Confirm it against its document, as another person than the one who entered it; the
        report clocks of the product's cases and its duties follow."""
        actor = actor_of(request)
        row = authorisations.one(actor, pk)
        return Response(AuthorisationOut(actions.confirm(actor, row)).data)


class AuthorisationRefusal(APIView):
    """The second person does not agree."""

    @extend_schema(
        operation_id="authorisations_refuse", request=EntryRefusalIn, responses=AuthorisationOut
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Refuse it with the reason; it is entered again."""
        actor = actor_of(request)
        row = authorisations.one(actor, pk)
        values = given(EntryRefusalIn, request)
        return Response(AuthorisationOut(actions.refuse(actor, row, **values)).data)


urlpatterns = [
    path("authorisations/", Authorisations.as_view(), name="api-authorisations"),
    path("authorisations/<uuid:pk>/", OneAuthorisation.as_view(), name="api-authorisation"),
    path(
        "authorisations/<uuid:pk>/confirm/",
        AuthorisationConfirmation.as_view(),
        name="api-authorisation-confirm",
    ),
    path(
        "authorisations/<uuid:pk>/refuse/",
        AuthorisationRefusal.as_view(),
        name="api-authorisation-refuse",
    ),
]
