"""Query parameters of the interface: one that an address does not know is refused, not ignored."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

_DECLARED: dict[type, frozenset[str]] = {}


class DeclaredParameters(BasePermission):
    """400 for a parameter the operation does not declare: a list would answer with other rows."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True; it only ever refuses by name."""
        asked = set(request.query_params) if request.method == "GET" else set()
        if not asked or not hasattr(view, "get"):  # without it the answer is 405
            return True
        unknown = sorted(asked - declared(view))
        if unknown:
            raise ValidationError({name: [_("Unknown parameter.")] for name in unknown})
        return True


def declared(view: Any) -> frozenset[str]:
    """The query parameters of the reading operation of a view, as its description names them.

    Described once for each class of views: a description does not change while the process lives.
    """
    known = _DECLARED.get(type(view))
    if known is None:
        known = _DECLARED[type(view)] = _described(view)
    return known


def _described(view: Any) -> frozenset[str]:
    schema = getattr(view.get, "kwargs", {}).get("schema")
    if schema is None:
        return frozenset()
    described = schema()
    described.view, described.method = view, "GET"
    parameters = described.get_override_parameters()
    return frozenset(each.name for each in parameters if each.location == "query")
