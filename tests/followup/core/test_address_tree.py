"""The tree of addresses answers each path with the view, arguments and route the list gives."""

import pytest
from django.urls import Resolver404, URLResolver, path, reverse
from django.urls.resolvers import RegexPattern

from followup.core.http.address_tree import tree
from pv.api.urls import urlpatterns as of_the_api


def view(request, **more):
    return None


ADDRESSES = [
    path("", view, name="start"),
    path("healthz", view, name="health"),
    path("visits/<int:pk>/", view, {"more": 1}, name="visit"),
    path("patients/", view, name="patients"),
    path("patients/<uuid:pk>/", view, name="patient"),
    path("visits/", view, name="visits"),
    path("patients/<str:code>/", view, name="by-code"),
    path("patients/new/", view, name="hidden"),
    path("patients/<uuid:pk>/visits/", view, name="of-patient"),
    path("patients/<uuid:pk>/visits/<int:visit>/", view, name="visit-of-patient"),
]
KEY = "01890000-0000-7000-8000-000000000001"
PATHS = [
    *("", "healthz", "visits/12/", "visits/", "patients/", f"patients/{KEY}/", "patients/T1/"),
    *("patients/new/", f"patients/{KEY}/visits/", f"patients/{KEY}/visits/3/", "patients/T1/x/"),
    *("visits/x/", "nothing/", "patients", "visits//"),
]


def _answer(resolver: URLResolver, asked: str) -> object:
    try:
        found = resolver.resolve(f"/{asked}")
    except Resolver404:
        return None
    return found.url_name, found.route, found.args, found.kwargs


@pytest.mark.parametrize("asked", PATHS)
def test_a_path_leads_where_the_list_leads(asked):
    listed = URLResolver(RegexPattern(r"^/"), ADDRESSES)
    grown = URLResolver(RegexPattern(r"^/"), tree(ADDRESSES))
    assert _answer(grown, asked) == _answer(listed, asked)
    assert len(grown.url_patterns) < len(listed.url_patterns)


def test_addresses_keep_their_names():
    assert reverse("api-schema") == "/api/v1/schema/"
    assert len(tree(of_the_api)) < len(of_the_api) / 2
    grown = URLResolver(RegexPattern(r"^/"), tree(ADDRESSES))
    assert grown.reverse("visit-of-patient", KEY, 3) == f"patients/{KEY}/visits/3/"
    assert grown.reverse("visit", pk=5) == "visits/5/"
