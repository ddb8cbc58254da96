"""How the product of an infusion was made and given, and what went before it, over the API."""

import re
from datetime import time
from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import infusion_details as actions
from followup.api.base import (
    ConfirmedField,
    PartialDateField,
    VersionIn,
    YesNoField,
    actor_of,
    given,
)
from followup.domain import infusion_details as rules
from followup.domain.infusion_details import CODES, InfusionDetails
from followup.queries import infusion_details as queries
from followup.queries import patients

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@extend_schema_field(OpenApiTypes.STR)
class TimeOfDayField(serializers.Field[time, str, str, Any]):
    """`14:30`, China's time."""

    def to_internal_value(self, data: Any) -> time:
        """The time of day; 400 for anything else."""
        found = _TIME.fullmatch(data) if isinstance(data, str) else None
        if found is None:
            raise serializers.ValidationError(_("Enter the time as 14:30."))
        return time(int(found[1]), int(found[2]))

    def to_representation(self, value: time) -> str:
        """The same form."""
        return f"{value:%H:%M}"


def _number(digits: int, decimals: int) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=digits, decimal_places=decimals, default=None, allow_null=True
    )


def _answer() -> YesNoField:
    return YesNoField(default="", allow_blank=True)


def _text(name: str) -> serializers.CharField:
    return serializers.CharField(max_length=actions.LONGEST[name], default="", allow_blank=True)


class InfusionDetailsIn(VersionIn):
    """The details as they should read: what is left out is not known."""

    manufacturing_site = _text("manufacturing_site")
    apheresis_on = PartialDateField(default=None, allow_null=True)
    vector_copy_number = _number(6, 3)
    viability = _number(5, 2)
    out_of_specification = _answer()
    out_of_specification_note = _text("out_of_specification_note")
    thawed_at = TimeOfDayField(default=None, allow_null=True)
    dose_per_kg = _number(10, 3)
    fludarabine_dose = _number(8, 2)
    cyclophosphamide_dose = _number(8, 2)
    bridging_therapy = _answer()
    bridging_note = _text("bridging_note")
    prior_hsct = serializers.ChoiceField(
        choices=list(CODES["prior_hsct"]), default="", allow_blank=True
    )
    prior_alkylator = _answer()
    prior_radiation = _answer()
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)
    confirmed = ConfirmedField()


class InfusionDetailsOut(serializers.Serializer[Any]):
    """The details; `asked` names those of this kind of product, null and empty are not known."""

    infusion = serializers.UUIDField()
    version = serializers.IntegerField()
    vector_type = serializers.CharField()
    costimulation = serializers.CharField()
    asked = serializers.ListField(child=serializers.CharField())
    manufacturing_site = serializers.CharField()
    apheresis_on = PartialDateField(allow_null=True)
    vector_copy_number = serializers.DecimalField(max_digits=6, decimal_places=3, allow_null=True)
    viability = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    out_of_specification = serializers.CharField()
    out_of_specification_note = serializers.CharField()
    thawed_at = TimeOfDayField(allow_null=True)
    dose_per_kg = serializers.DecimalField(max_digits=10, decimal_places=3, allow_null=True)
    fludarabine_dose = serializers.DecimalField(max_digits=8, decimal_places=2, allow_null=True)
    cyclophosphamide_dose = serializers.DecimalField(
        max_digits=8, decimal_places=2, allow_null=True
    )
    bridging_therapy = serializers.CharField()
    bridging_note = serializers.CharField()
    prior_hsct = serializers.CharField()
    prior_alkylator = serializers.CharField()
    prior_radiation = serializers.CharField()


def _out(actor: Any, row: Any) -> Any:
    said, asked = queries.recorded(row), queries.asked(row.product)
    values = {name: getattr(said, name) for name in rules.NAMES} | {
        "infusion": row.id,
        "version": row.version,
        "vector_type": row.product.vector_type,
        "costimulation": queries.costimulation(actor, row.product),
        "asked": [name for name in rules.NAMES if name in asked],
    }
    return InfusionDetailsOut(values).data


class OneInfusionsDetails(APIView):
    """The details of one infusion."""

    @extend_schema(operation_id="infusion_details", responses=InfusionDetailsOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read them; 404 when foreign or missing alike."""
        actor = actor_of(request)
        return Response(_out(actor, patients.infusion(actor, pk)))

    @extend_schema(request=InfusionDetailsIn, responses=InfusionDetailsOut)
    def put(self, request: Request, pk: UUID) -> Response:
        """Record them; 422 asks what is unlikely, or why a value changes; 409 when it changed."""
        actor = actor_of(request)
        infusion = patients.infusion(actor, pk)
        values = given(InfusionDetailsIn, request)
        more = {name: values.pop(name) for name in ("version", "reason")}
        confirmed = values.pop("confirmed", [])
        row = actions.describe(
            actor, infusion, given=InfusionDetails(**values), confirmed=confirmed, **more
        )
        return Response(_out(actor, row))


urlpatterns = [
    path("infusions/<uuid:pk>/details/", OneInfusionsDetails.as_view(), name="api-infusion-details")
]
