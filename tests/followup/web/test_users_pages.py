"""Accounts on the page: opened, granted, closed; tokens shown once; nobody without the right."""

import re

import pytest
from django.test import Client

from followup.core.http.tokens import digest
from followup.core.models import ApiToken, Grant, GrantRequest, User
from followup.core.permissions import Role
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-harbour-lantern-81"


def signed_in(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def administrator():
    return factories.make_user(Role.ADMINISTRATOR)


@pytest.fixture
def client(administrator):
    return signed_in(administrator)


def test_an_administrator_lands_on_the_list(client, administrator):
    assert client.get("/").headers["Location"] == "/users/"
    other = factories.make_user(Role.NURSE, site=factories.make_site())
    text = client.get("/users/", {"q": other.username}).content.decode()
    assert other.username in text
    assert administrator.username not in text.split("<tbody>")[1].split("</tbody>")[0]
    assert "No rights" not in text


def decide(client, status, decision):
    row = GrantRequest.objects.get(decided_at__isnull=True)
    answer = client.post(f"/grant-requests/{row.pk}/", {"decision": decision, "reason": ""})
    assert answer.status_code == status


@pytest.mark.requirement("A11-12")
def test_open_an_account_give_a_role_and_end_it(client):
    given = {"username": "li.lei", "display_name": "李雷", "password": PASSWORD, "language": ""}
    answer = client.post("/users/create/", given)
    user = User.objects.get(username="li.lei")
    assert answer.headers["Location"] == f"/users/{user.pk}/"
    site = factories.make_site()
    role = {"role": "nurse", "site": str(site.pk), "product": "all", "reason": "new nurse"}
    assert client.post(f"/users/{user.pk}/grants/", role).status_code == 302
    assert not Grant.objects.filter(user=user).exists()
    alone = client.get("/users/requests/").content.decode()
    assert "Nobody else can be the second person now" in alone
    assert 'value="agree"' not in alone
    assert 'aria-labelledby="requests-waiting"' not in alone, "the table is that landmark"
    other = factories.make_user(Role.ADMINISTRATOR)
    factories.make_user(Role.ADMINISTRATOR, site=factories.make_site())
    named = client.get("/users/requests/").content.decode()
    assert f"The second person may be: {other.display_name} (" in named, "not who reaches less"
    second = signed_in(other)
    assert "second person may be" not in second.get("/users/requests/").content.decode()
    decide(client, 422, "agree")
    decide(second, 302, "agree")
    row = Grant.objects.get(user=user)
    assert (row.site_id, row.all_sites, row.all_products) == (site.pk, False, True)
    assert site.name_en in client.get(f"/users/{user.pk}/").content.decode()
    assert client.post(f"/grants/{row.pk}/revoke/", {"reason": ""}).status_code == 422
    assert client.post(f"/grants/{row.pk}/revoke/", {"reason": "left"}).status_code == 302
    for address in ("/users/requests/", f"/users/{user.pk}/"):
        assert "new nurse" in second.get("/users/requests/").content.decode()
        assert "left" in second.get(address).content.decode()
    decide(second, 302, "agree")
    row.refresh_from_db()
    assert row.revoked_at is not None


def test_what_is_wrong_stands_at_its_field_and_the_password_is_never_shown_again(client):
    given = {"username": "Ü", "display_name": "李雷", "password": "tiny-9Xq", "email": "no"}
    answer = client.post("/users/create/", given)
    text = answer.content.decode()
    assert answer.status_code == 422
    for field in ("username", "password", "email"):
        assert f'href="#id_{field}"' in text
    assert "tiny-9Xq" not in text
    assert not User.objects.filter(display_name="李雷").exists()


@pytest.mark.parametrize("missing", ["role", "site", "product"])
def test_no_part_of_a_right_is_assumed(client, missing):
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    role = {"role": "nurse", "site": "all", "product": "all", "reason": "x", missing: ""}
    answer = client.post(f"/users/{user.pk}/grants/", role)
    assert answer.status_code == 422
    assert f'href="#grant_{missing}"' in answer.content.decode()
    assert Grant.objects.filter(user=user).count() == 1


def test_closing_needs_a_reason_and_ends_the_session(client):
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    theirs = signed_in(user)
    assert client.post(f"/users/{user.pk}/state/", {"reason": ""}).status_code == 422
    assert client.post(f"/users/{user.pk}/state/", {"reason": "left"}).status_code == 302
    assert theirs.get("/worklist/").headers["Location"].startswith("/sign-in/")
    assert client.post(f"/users/{user.pk}/state/", {"reason": "back"}).status_code == 302
    user.refresh_from_db()
    assert user.is_active


def test_a_password_is_set_by_another(client):
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    given = {"password": PASSWORD, "reason": "forgotten"}
    assert client.post(f"/users/{user.pk}/password/", {**given, "password": "x"}).status_code == 422
    assert client.post(f"/users/{user.pk}/password/", given).status_code == 302
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_nobody_changes_the_own_rights(client, administrator):
    role = {"role": "nurse", "site": "all", "product": "all", "reason": "x"}
    assert client.post(f"/users/{administrator.pk}/grants/", role).status_code == 422
    assert client.post(f"/users/{administrator.pk}/state/", {"reason": "x"}).status_code == 422
    page = client.get(f"/users/{administrator.pk}/").content.decode()
    assert "/state/" not in page


@pytest.mark.requirement("ASVS-8.2.1")
def test_without_the_right_there_is_no_page():
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    nurse = signed_in(user)
    for address in ("/users/", "/users/create/", f"/users/{user.pk}/"):
        assert nurse.get(address).status_code == 403, address
    for address in (f"/users/{user.pk}/grants/", f"/users/{user.pk}/state/"):
        assert nurse.post(address, {"reason": "x"}).status_code == 404, address
    reader = signed_in(factories.make_user(Role.AUDITOR))
    page = reader.get(f"/users/{user.pk}/")
    assert page.status_code == 200
    assert "<form" not in page.content.decode().split("<main")[1].split("</main>")[0]
    assert reader.post(f"/users/{user.pk}/state/", {"reason": "x"}).status_code == 403


def test_a_token_is_shown_once_and_opens_the_api_until_revoked(client, administrator):
    answer = client.post("/account/tokens/", {"label": "HIS", "days": "30"})
    text = re.search(r"ew_[\w-]{43}", answer.content.decode()).group()
    row = ApiToken.objects.get(user=administrator)
    assert row.digest == digest(text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert text not in client.get("/account/tokens/").content.decode()
    caller = Client(headers={"Authorization": f"Bearer {text}"})
    assert caller.get("/api/v1/products/").status_code == 200
    assert client.post(f"/account/tokens/{row.pk}/revoke/").status_code == 302
    assert caller.get("/api/v1/products/").status_code == 401


@pytest.mark.parametrize("days", ["", "0", "366", "x", "9" * 400])
def test_a_token_lives_a_year_at_most(client, days):
    answer = client.post("/account/tokens/", {"label": "HIS", "days": days})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_of_somebody_else_looks_missing(client):
    nurse = factories.make_user(Role.NURSE, site=factories.make_site())
    signed_in(nurse).post("/account/tokens/", {"label": "mine", "days": "3"})
    row = ApiToken.objects.get(user=nurse)
    stranger = signed_in(factories.make_user(Role.PHYSICIAN, site=factories.make_site()))
    assert stranger.post(f"/account/tokens/{row.pk}/revoke/").status_code == 404
    assert "mine" in client.get(f"/users/{nurse.pk}/").content.decode()
    assert (
        client.post(f"/account/tokens/{row.pk}/revoke/").headers["Location"]
        == f"/users/{nurse.pk}/"
    )
