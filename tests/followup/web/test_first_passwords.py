"""A password that somebody else gave opens nothing but its own change; a right ends on its day."""

from datetime import timedelta

import pytest
from django.test import Client

from followup.actions import grants
from followup.core import clock
from followup.core.models import Grant, GrantRequest, User
from followup.core.permissions import Perm, Role
from followup.core.security.accounts import actor_of
from followup.queries import accounts as reading
from tests import factories

pytestmark = pytest.mark.django_db
FIRST, OWN = "quiet-harbour-lantern-81", "amber-window-garden-92"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def administrator() -> Client:
    return signed_in(factories.make_user(Role.ADMINISTRATOR))


def agree() -> None:
    second = factories.make_actor(Role.ADMINISTRATOR)
    for row in GrantRequest.objects.filter(decided_at__isnull=True):
        grants.decide(second, row, agree=True)


@pytest.fixture
def newcomer(administrator) -> User:
    given = {"username": "li.lei", "display_name": "李雷", "password": FIRST, "language": "en"}
    administrator.post("/users/create/", given)
    user = User.objects.get(username="li.lei")
    role = {"role": "nurse", "site": str(factories.make_site().pk), "product": "all"}
    administrator.post(f"/users/{user.pk}/grants/", {**role, "reason": "x"})
    agree()
    return user


def change(client: Client, old: str, new: str):
    answers = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/account/password/", answers)


def test_nothing_opens_before_the_first_password_is_changed(newcomer) -> None:
    client = signed_in(newcomer)
    for address in ("/", "/worklist/", "/patients/", "/account/"):
        assert client.get(address).headers["Location"] == "/account/password/"
    assert client.get("/patients/", headers={"HX-Request": "true"}).headers["HX-Redirect"]
    assert client.get("/api/v1/products/").status_code == 403
    assert "Somebody else gave you this" in client.get("/account/password/").content.decode()
    assert change(client, FIRST, FIRST).status_code == 422
    assert change(client, FIRST, OWN).status_code == 302
    assert client.get("/patients/").status_code == 200


@pytest.mark.requirement("P11-300b")
def test_a_password_set_by_an_administrator_is_changed_too(administrator, newcomer) -> None:
    assert change(signed_in(newcomer), FIRST, OWN).status_code == 302
    given = {"password": FIRST, "reason": "forgotten"}
    assert administrator.post(f"/users/{newcomer.pk}/password/", given).status_code == 302
    newcomer.refresh_from_db()
    assert signed_in(newcomer).get("/patients/").headers["Location"] == "/account/password/"


def test_signing_out_is_always_possible(newcomer) -> None:
    assert signed_in(newcomer).post("/sign-out/").headers["Location"] != "/account/password/"


def give(administrator: Client, user: User, last: str):
    role = {"role": "physician", "site": "all", "product": "all", "ends_on": last}
    answer = administrator.post(f"/users/{user.pk}/grants/", {**role, "reason": "x"})
    agree()
    return answer


def test_a_right_holds_on_its_last_day_and_no_longer(administrator, travel) -> None:
    user = factories.make_user(Role.AUDITOR)
    today = clock.today()
    assert give(administrator, user, (today - timedelta(days=1)).isoformat()).status_code == 422
    assert give(administrator, user, today.isoformat()).status_code == 302
    row = Grant.objects.get(user=user, role="physician")
    assert actor_of(user).may(Perm.VISIT_WRITE)
    assert user in reading.holding(factories.SYSTEM, Role.PHYSICIAN)
    assert today.isoformat() in administrator.get(f"/users/{user.pk}/").content.decode()
    travel(timedelta(days=1))
    administrator = signed_in(factories.make_user(Role.ADMINISTRATOR))  # a session ends overnight
    assert not actor_of(user).may(Perm.VISIT_WRITE)
    assert user not in reading.holding(factories.SYSTEM, Role.PHYSICIAN)
    page = administrator.get(f"/users/{user.pk}/").content.decode()
    assert "Rights that have ended" in page
    assert give(administrator, user, "").status_code == 302
    assert actor_of(user).may(Perm.VISIT_WRITE)
    row.refresh_from_db()
    assert row.revoked_at is not None


def test_the_last_day_of_a_right_can_be_changed(administrator) -> None:
    user = factories.make_user(Role.AUDITOR)
    later = clock.today() + timedelta(days=30)
    give(administrator, user, clock.today().isoformat())
    give(administrator, user, later.isoformat())
    assert Grant.objects.get(user=user, role="physician").ends_on == later


def test_a_reader_of_one_product_sees_that_product_only() -> None:
    mine, other = factories.product("AXI_CEL"), factories.product("EQUE_CEL")
    client = signed_in(factories.make_user(Role.SAFETY_OFFICER, product=mine))
    page = client.get("/products/").content.decode()
    assert mine.inn in page
    assert other.inn not in page
    assert [row["code"] for row in client.get("/api/v1/products/").json()] == ["AXI_CEL"]
    assert other.inn not in client.get("/cases/").content.decode()
