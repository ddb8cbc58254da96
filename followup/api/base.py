"""What every API view shares: strict input, partial dates, the actor of a request."""

from datetime import UTC, datetime
from typing import Any, cast

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from followup.core import clock
from followup.core.actor import Actor
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest
from followup.core.problems import Refused
from followup.domain.dates import DateError, PartialDate, parse


def actor_of(request: Request) -> Actor:
    """Who asks, by session or token."""
    return cast(ActingRequest, request._request).actor


class Strict(serializers.Serializer[Any]):
    """Input that refuses fields it does not know, so that nothing is silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """The cleaned values; 400 names every unknown field."""
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({n: [_("Unknown field.")] for n in unknown})
        return super().to_internal_value(data)


class ReasonIn(Strict):
    """Why."""

    reason = serializers.CharField(max_length=2000)


class VersionIn(Strict):
    """The version that was read; 409 when somebody saved since."""

    version = serializers.IntegerField(min_value=1)


class MomentField(serializers.DateTimeField):
    """A moment with its time zone; without one it is China's. 400 for one no calendar here reaches.

    The first and last days of the calendar overflow in UTC, which the framework does not look at.
    """

    def to_internal_value(self, value: Any) -> datetime:
        """The moment, aware of its time zone."""
        try:
            moment = super().to_internal_value(value)
            moment.astimezone(UTC)
        except OverflowError:
            self.fail("overflow")
        return moment


def _meant(text: str) -> PartialDate | None:
    """The day a text without its year may stand for."""
    try:
        parse(text, clock.today())
    except DateError as error:
        return error.meant
    return None


@extend_schema_field(OpenApiTypes.STR)
class PartialDateField(serializers.Field[PartialDate, str, str, Any]):
    """`2026-11-05`, `2026-11` or `2026`: what is not known is not sent."""

    def to_internal_value(self, data: Any) -> PartialDate:
        """The date with its precision; 400 for anything else."""
        sent = data if isinstance(data, str) else ""
        try:
            return PartialDate.from_iso(sent)
        except ValueError as error:
            text = _("Not a date: use 2026-11-05, 2026-11 or 2026.")
            if meant := _meant(sent):
                text = _("Did you mean %(day)s? Type the year.") % {"day": meant}
            raise serializers.ValidationError(text) from error

    def to_representation(self, value: PartialDate) -> str:
        """The same form."""
        return value.isoformat()


class ConfirmedField(serializers.ListField):
    """What the person confirms: each `confirm` of the questions of a refusal, as it was asked."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("child", serializers.CharField(max_length=200))
        kwargs.setdefault("max_length", 50)
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)


class YesNoField(serializers.ChoiceField):
    """YES, NO, UNKNOWN or nothing; true, false and null are read as well."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=["YES", "NO", "UNKNOWN"], **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The code of the answer; null is no answer."""
        if data is None:
            return ""
        if isinstance(data, bool):
            data = "YES" if data else "NO"
        return super().run_validation(data)


class TokenScheme(OpenApiAuthenticationExtension):
    """Says in the API document how a token is sent."""

    target_class = "followup.core.http.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Bearer tokens."""
        return {"type": "http", "scheme": "bearer"}


def given(kind: type[Strict], request: Request) -> dict[str, Any]:
    """The cleaned body of a request; 400 with the fields otherwise."""
    try:
        reader = kind(data=request.data)
    except RecursionError as error:
        raise ParseError(_("Nested too deeply.")) from error
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)


def page_size(request: Request, *, most: int = 200) -> int:
    """`?size=`, between 1 and `most`; Refused for anything else."""
    size = whole_number(request.query_params.get("size", "50"), most=most)
    if not size:
        raise Refused({"size": _("Between 1 and %(most)s.") % {"most": most}})
    return size
