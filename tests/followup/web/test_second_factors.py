"""The second factor on the pages: asked at every way in, used once, locked out, reset by two."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import accounts
from followup.actions import second_factors as actions
from followup.actions.second_factors import Proof
from followup.core import clock
from followup.core.models import Access, Change, FactorReset, RecoveryCode, SecondFactor, User
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security import one_time_codes
from followup.core.security.accounts import actor_of
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-harbour-lantern-81"
STEP = reverse("second-step")


def person(role: Role = Role.SAFETY_OFFICER) -> User:
    return factories.make_user(role, password=PASSWORD)


def enrol(user: User) -> tuple[str, list[str]]:
    """An app with its key, and the recovery codes."""
    key = one_time_codes.new_key()
    then = clock.now() - timedelta(minutes=5)  # its first code is used up long ago
    with clock.pinned(then):
        codes = actions.add_app(
            actor_of(user),
            user,
            key=key,
            label="phone",
            first_code=one_time_codes.code_at(key, then.timestamp()),
            password=PASSWORD,
            proof=Proof(),
        )
    return key, codes


def code(key: str, later: int = 0) -> str:
    return one_time_codes.code_at(key, clock.now().timestamp() + later)


def password_step(client: Client, user: User, onward: str = ""):
    sent = {"username": user.username, "password": PASSWORD, "next": onward}
    return client.post(reverse("login"), sent)


@pytest.fixture
def enrolled() -> tuple[User, str, list[str]]:
    user = person()
    return user, *enrol(user)


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def test_without_a_second_factor_the_password_signs_in(client: Client) -> None:
    assert password_step(client, person()).headers["Location"] == "/"
    assert is_signed_in(client)


@pytest.mark.requirement("ASVS-2.3.1")
def test_the_password_alone_opens_nothing(client: Client, enrolled) -> None:
    user, _key, _codes = enrolled
    answer = password_step(client, user, "/cases/")
    assert answer.headers["Location"] == STEP
    for address in ("/", "/cases/", "/account/", "/account/second-factors/"):
        assert client.get(address).headers["Location"].startswith("/sign-in/?next=")
    assert client.get("/api/v1/products/").status_code == 401
    assert client.get("/cases/", headers={"HX-Request": "true"}).status_code == 401
    assert not Access.objects.filter(kind="sign-in", actor_id=user.pk).exists()


@pytest.mark.requirement("ASVS-6.5.1")
def test_the_code_signs_in_and_leads_on_and_never_opens_twice(client: Client, enrolled) -> None:
    user, key, _codes = enrolled
    password_step(client, user, "/cases/")
    typed = code(key)
    assert client.post(STEP, {"code": typed}).headers["Location"] == "/cases/"
    assert is_signed_in(client)
    assert Access.objects.get(kind="sign-in", actor_id=user.pk).reason == "password+app"
    other = Client()
    password_step(other, user)
    again = other.post(STEP, {"code": typed})
    assert again.status_code == 422
    assert not is_signed_in(other)
    assert other.post(STEP, {"code": code(key, 30)}).status_code == 302


def test_a_code_that_is_the_only_way_is_asked_for_and_not_offered(client: Client, enrolled) -> None:
    user, _key, _codes = enrolled
    password_step(client, user)
    page = client.get(STEP).content.decode()
    assert 'class="optional"' not in page
    empty = client.post(STEP, {"code": ""})
    assert empty.status_code == 422
    assert not Access.objects.filter(kind="sign-in", actor_id=user.pk).exists()


@pytest.mark.requirement("ASVS-6.5.1")
def test_a_recovery_code_opens_once(client: Client, enrolled) -> None:
    user, _key, codes = enrolled
    assert len(codes) == 10
    password_step(client, user)
    assert client.post(STEP, {"code": codes[3].lower()}).status_code == 302
    other = Client()
    password_step(other, user)
    assert other.post(STEP, {"code": codes[3]}).status_code == 422
    assert RecoveryCode.objects.filter(user=user, ended_at__isnull=True).count() == 9


@pytest.mark.requirement("P11-300d", "ASVS-6.3.1")
def test_wrong_codes_lock_like_wrong_passwords_and_the_password_does_not_unlock(
    client: Client, enrolled
) -> None:
    user, key, _codes = enrolled
    for _number in range(4):
        password_step(client, user)
        assert client.post(STEP, {"code": "000000"}).status_code == 422
    assert client.post(STEP, {"code": "000000"}).status_code == 429
    assert client.post(STEP, {"code": code(key)}).status_code == 429
    assert password_step(client, user).status_code == 429
    assert not is_signed_in(client)


def test_the_step_waits_five_minutes_and_ends_with_the_password(client: Client, enrolled) -> None:
    user, key, _codes = enrolled
    password_step(client, user)
    with clock.pinned(clock.now() + timedelta(seconds=301)):
        assert "late=1" in client.post(STEP, {"code": code(key)}).headers["Location"]
    password_step(client, user)
    administrator = factories.make_actor(Role.ADMINISTRATOR)
    from_now_on = "another-harbour-lantern-82"
    accounts.set_password(administrator, user, password=from_now_on, reason="forgotten")
    assert "late=1" in client.post(STEP, {"code": code(key)}).headers["Location"]
    assert not is_signed_in(client)


@pytest.mark.requirement("ASVS-6.3.4")
def test_signing_in_over_an_open_form_asks_for_the_code_too(client: Client, enrolled) -> None:
    user, key, _codes = enrolled
    sent = {"username": user.username, "password": PASSWORD, "user": str(user.pk)}
    assert client.post(reverse("session-sign-in"), sent).status_code == 400
    assert not is_signed_in(client)
    assert client.post(reverse("session-sign-in"), sent | {"code": code(key)}).status_code == 200
    assert is_signed_in(client)


@pytest.mark.requirement("ASVS-3.7.2")
def test_onward_never_leads_to_another_host(client: Client, enrolled) -> None:
    user, key, _codes = enrolled
    password_step(client, user, "https://evil.example/")
    assert client.post(STEP, {"code": code(key)}).headers["Location"] == "/"


def test_an_app_is_added_from_the_page_and_the_codes_are_shown_once(client: Client) -> None:
    user = person()
    client.force_login(user)
    page = client.get(reverse("second-factor-app")).content.decode()
    key = re.search(r'id="app-key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    sent = {"label": "phone", "first_code": code(key), "password": PASSWORD}
    wrong = client.post(reverse("second-factor-app"), sent | {"password": "no"})
    assert wrong.status_code == 422
    assert key in wrong.content.decode().replace(" ", "")  # the app keeps what it scanned
    answer = client.post(reverse("second-factor-app"), sent)
    shown = re.findall(r'<code class="mono">([^<]+)</code>', answer.content.decode())
    assert len(shown) == 10
    assert shown[0] not in client.get(reverse("second-factors")).content.decode()
    row = SecondFactor.objects.get(user=user)
    assert key not in row.secret
    trail = str(list(Change.objects.filter(table_name__startswith="core_").values("after")))
    assert key not in trail
    assert not any(one_time_codes.typed(one) in trail for one in shown)


def test_a_role_that_needs_one_gets_nothing_before_it_is_added(client: Client, settings) -> None:
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    user, nurse = person(), person(Role.NURSE)
    password_step(client, user)
    for address in ("/", "/cases/", "/account/tokens/"):
        assert client.get(address).headers["Location"] == reverse("second-factors")
    assert client.get("/api/v1/products/").status_code == 403
    assert client.get(reverse("second-factors")).status_code == 200
    page = client.get(reverse("second-factor-app")).content.decode()
    key = re.search(r'id="app-key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    sent = {"label": "phone", "first_code": code(key), "password": PASSWORD}
    assert client.post(reverse("second-factor-app"), sent).status_code == 200
    assert client.get("/cases/").status_code == 200
    other = Client()
    password_step(other, nurse)
    assert other.get(reverse("account")).status_code == 200


@pytest.mark.requirement("ASVS-6.3.3")
@pytest.mark.parametrize("role", list(Role))
def test_an_installation_may_ask_everybody_for_a_second_factor(client: Client, settings, role):
    settings.EVERWATCH_SECOND_FACTOR = "everybody"
    password_step(client, person(role))
    assert client.get("/").headers["Location"] == reverse("second-factors")
    assert client.get("/api/v1/products/").status_code == 403


def test_the_last_device_of_a_role_that_needs_one_stays(enrolled, settings) -> None:
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    user, key, _codes = enrolled
    row = SecondFactor.objects.get(user=user)
    with pytest.raises(Refused, match=r"(?i)another device|另一"):
        actions.remove(
            actor_of(user), row, user=user, password=PASSWORD, proof=Proof(code=code(key))
        )


@pytest.mark.requirement("ASVS-7.5.1")
def test_adding_and_removing_ask_for_password_and_code(client: Client, enrolled) -> None:
    user, key, _codes = enrolled
    client.force_login(user)
    address = reverse("second-factor-remove", args=[SecondFactor.objects.get(user=user).pk])
    assert client.post(address, {"password": PASSWORD}).status_code == 422
    assert client.post(address, {"password": "no", "code": code(key)}).status_code == 422
    assert client.post(address, {"password": PASSWORD, "code": code(key)}).status_code == 302
    assert not SecondFactor.objects.filter(user=user, removed_at__isnull=True).exists()
    assert not RecoveryCode.objects.filter(user=user, ended_at__isnull=True).exists()


def test_nobody_removes_the_device_of_another(client: Client, enrolled) -> None:
    user, _key, _codes = enrolled
    client.force_login(person())
    row = SecondFactor.objects.get(user=user)
    sent = {"password": PASSWORD}
    assert client.post(reverse("second-factor-remove", args=[row.pk]), sent).status_code == 404


def administrator() -> tuple[User, Client]:
    user, client = factories.make_user(Role.ADMINISTRATOR), Client()
    client.force_login(user)
    return user, client


@pytest.mark.requirement("P11-200a3", "P11-300c")
def test_a_reset_needs_two_administrators_and_ends_every_session(client: Client, enrolled) -> None:
    user, key, codes = enrolled
    password_step(client, user)
    client.post(STEP, {"code": code(key)})
    (first_user, first), (_second_user, second) = administrator(), administrator()
    assert first.post(f"/users/{user.pk}/second-factor/", {"reason": ""}).status_code == 422
    asked = first.post(f"/users/{user.pk}/second-factor/", {"reason": "phone lost, seen in person"})
    assert asked.status_code == 302
    row = FactorReset.objects.get()
    assert row.asked_by == first_user
    decide = reverse("factor-reset-decide", args=[row.pk])
    assert first.post(decide, {"decision": "agree"}).status_code == 422
    assert is_signed_in(client)
    assert "phone lost" in second.get(f"/users/{user.pk}/").content.decode()
    assert second.post(decide, {"decision": "agree"}).status_code == 302
    assert not is_signed_in(client)
    assert password_step(client, user).headers["Location"] == "/"  # enrols again
    assert not RecoveryCode.objects.filter(user=user, ended_at__isnull=True).exists()
    assert second.post(decide, {"decision": "agree"}).status_code == 422
    other = Client()
    password_step(other, user)
    assert other.post(STEP, {"code": codes[0]}).headers["Location"].startswith("/sign-in/")


def test_whoever_is_no_administrator_resets_nothing(enrolled) -> None:
    user, _key, _codes = enrolled
    client = Client()
    client.force_login(person())
    answer = client.post(f"/users/{user.pk}/second-factor/", {"reason": "x"})
    assert answer.status_code in (403, 404)


def test_an_old_request_for_a_reset_is_closed(enrolled) -> None:
    user, _key, _codes = enrolled
    first, second = (
        factories.make_actor(Role.ADMINISTRATOR),
        factories.make_actor(Role.ADMINISTRATOR),
    )
    row = actions.ask_reset(first, user, reason="lost")
    with pytest.raises(Refused):
        actions.ask_reset(second, user, reason="lost")
    with clock.pinned(clock.now() + timedelta(hours=73)):
        with pytest.raises(Refused):
            actions.decide_reset(second, row, agree=True)
        again = actions.ask_reset(first, user, reason="lost again")
        actions.decide_reset(second, again, agree=True)
    assert not SecondFactor.objects.filter(user=user, removed_at__isnull=True).exists()


def test_an_account_without_a_role_still_chooses_its_password(client: Client) -> None:
    admin = factories.make_actor(Role.ADMINISTRATOR)
    user = accounts.create_user(admin, username="new.comer", display_name="新人", password=PASSWORD)
    password_step(client, user)
    fresh = "amber-window-garden-92"
    sent = {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh}
    assert client.post(reverse("password-change"), sent).status_code == 302
