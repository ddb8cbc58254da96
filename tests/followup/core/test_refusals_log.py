"""What was refused to whom, and by which check, is one line of the security log."""

import json
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from followup.core.permissions import Role
from tests import factories
from tests.followup.core.test_logs import CANARY, lines

pytestmark = pytest.mark.django_db
__all__ = ["lines"]


def refused(written: StringIO) -> list[dict]:
    read = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in read if line["logger"] == "everwatch.security"]


@pytest.mark.requirement("ASVS-16.3.2")
def test_who_was_refused_what_is_noted(lines: StringIO) -> None:
    here, there = factories.make_site(), factories.make_site()
    user = factories.make_user(Role.NURSE, site=here)
    patient = factories.register(factories.make_actor(Role.NURSE, site=there), there)
    client = Client()
    client.force_login(user)
    assert client.get(reverse("users")).status_code == 403
    assert client.get(f"/patients/{patient.id}/").status_code == 404
    assert client.get(f"/api/v1/patients/{patient.id}/").status_code == 404
    assert Client().get("/api/v1/patients/").status_code == 401
    found = refused(lines)
    assert [line["status"] for line in found] == [403, 404, 404, 401]
    assert [line["actor"] for line in found] == [str(user.pk)] * 3 + [""]
    assert found[0]["check"] == "permission user.read"
    assert found[1]["check"] == "absent or foreign"
    assert found[3]["check"] == "not signed in"
    assert all(line["route"] and line["request_id"] for line in found)


@pytest.mark.requirement("ASVS-16.3.3")
def test_tries_to_get_around_a_check_are_noted(lines: StringIO) -> None:
    user = factories.make_user(Role.NURSE)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    foreign = {"Origin": "https://elsewhere.example"}
    client.post(reverse("account"), {"language": "en"}, headers=foreign)
    client.post("/api/v1/patients/", f'{{"name": "{CANARY}"', content_type="application/json")
    open_client = Client()
    open_client.force_login(user)
    open_client.post("/api/v1/patients/", f'{{"name": "{CANARY}"', content_type="application/json")
    open_client.post("/patients/register/", {"name": CANARY})
    open_client.get(reverse("logout"))
    checks = [(line["status"], line["check"]) for line in refused(lines)]
    assert checks[0] == (403, "form of another site")
    assert checks[1][0] == 403
    assert checks[2:] == [(400, "unreadable"), (422, "rule"), (405, "method")]
    assert CANARY not in lines.getvalue()
