"""A query parameter nobody knows is refused by every address of the API that reads."""

import re
from collections import Counter
from uuid import UUID

import pytest
from django.test import Client

from followup.core.permissions import Role
from tests import factories
from tests.architecture.test_matrix import ADDRESSES

pytestmark = pytest.mark.django_db
# The document of the interface and the page that shows it are drf-spectacular's own.
DOCUMENT = ("api/v1/schema/", "api/v1/docs/")
INTERFACE = [
    a for a in ADDRESSES if a.route.startswith("api/v1/") and not a.route.startswith(DOCUMENT)
]
ANYTHING = {"uuid": UUID(int=0), "int": 1, "str": "x", "slug": "x"}


def test_no_address_ignores_a_parameter_it_does_not_know() -> None:
    client, answers = Client(), Counter[int]()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    for address in INTERFACE:
        path = re.sub(r"<(\w+):\w+>", lambda found: str(ANYTHING[found[1]]), address.route)
        answer = client.get(f"/{path}", {"no_such": "1"})
        answers[answer.status_code] += 1
        assert answer.status_code in (400, 403, 404, 405), address.route
    assert answers[400] > 20, "what reads says so"
    assert answers[405] > 20, "what only writes has no parameters to know"
