"""The Content-Security-Policy of a page: django-csp's, written once where no page adds to it.

Source: csp.middleware of django-csp 4.
"""

from functools import lru_cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_NOTHING_ADDED = PolicyParts()


@lru_cache(maxsize=1)
def _policy() -> str:
    return build_policy()


class ContentPolicy(CSPMiddleware):
    """Named in MIDDLEWARE."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """The policy of the settings at once; whatever a page changes in it, as django-csp does."""
        plain = settings.CONTENT_SECURITY_POLICY.keys() == {"DIRECTIVES"} and not settings.DEBUG
        exempt = getattr(response, "_csp_exempt", False) or HEADER in response
        reports = getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None)
        if not plain or exempt or reports:
            return super().process_response(request, response)
        if self.get_policy_parts(request, response) != _NOTHING_ADDED:
            return super().process_response(request, response)
        response[HEADER] = _policy()
        return response
