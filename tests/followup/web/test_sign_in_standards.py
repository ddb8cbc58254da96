"""What the standard of web applications asks of passwords, sessions and forms."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessFailureLog
from django.core.mail import BadHeaderError
from django.test import Client
from django.urls import reverse

from followup.actions import passwords
from followup.core import clock
from followup.core.models import Access, User
from followup.core.permissions import Role
from followup.core.security.sessions import SessionStore
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "Quiet harbour 灯 "  # with capital, blanks and a character of another script
LONG = "a long Sentence of more than sixty-four signs, and a blank at its end " * 2


def person(password: str = PASSWORD, role: Role = Role.NURSE) -> User:
    return factories.make_user(role, password=password)


def sign_in(user: User, password: str = PASSWORD, client: Client | None = None) -> Client:
    client = client or Client()
    client.post(reverse("login"), {"username": user.username, "password": password})
    return client


def lives(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


@pytest.mark.requirement("ASVS-6.3.2")
def test_a_new_installation_has_no_account() -> None:
    assert not User.objects.exists()


@pytest.mark.requirement("ASVS-6.2.8")
def test_a_password_is_compared_as_it_was_typed() -> None:
    user = person()
    for other in (PASSWORD.strip(), PASSWORD.lower(), PASSWORD[:-2], f"{PASSWORD} "):
        assert not lives(sign_in(user, other))
        AccessFailureLog.objects.all().delete()
    assert lives(sign_in(person()))


@pytest.mark.requirement("ASVS-6.2.1", "ASVS-6.2.2", "ASVS-6.2.9")
def test_a_password_has_15_characters_at_least_and_may_be_long() -> None:
    user = person()
    client = sign_in(user)

    def change(new: str) -> int:
        sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        return client.post(reverse("password-change"), sent).status_code

    assert change("fourteen signs"[:14]) == 422
    assert len(LONG) > 128
    assert change(LONG) == 302
    assert lives(sign_in(user, LONG))
    assert not lives(sign_in(user, LONG[:-1]))


@pytest.mark.requirement("ASVS-6.2.10")
def test_a_password_never_grows_too_old() -> None:
    user = person()
    with clock.pinned(clock.now() + timedelta(days=3 * 365)):
        assert lives(sign_in(user))


@pytest.mark.requirement("ASVS-6.2.6", "ASVS-6.2.7")
@pytest.mark.parametrize("name", ["login", "password-change"])
def test_passwords_are_masked_and_may_be_pasted_or_filled_in(name: str) -> None:
    client = Client() if name == "login" else sign_in(person())
    page = client.get(reverse(name)).content.decode()
    boxes = [
        box
        for box in re.findall(r"<input[^>]*>", page)
        if "password" in box and 'type="hidden"' not in box
    ]
    assert boxes
    for box in boxes:
        assert 'type="password"' in box
        assert re.search(r'autocomplete="(current|new)-password"', box)
        assert "onpaste" not in box


@pytest.mark.requirement("ASVS-7.2.2", "ASVS-7.2.3")
def test_keys_of_sessions_are_made_anew_with_more_than_128_bits() -> None:
    keys = set()
    for _number in range(50):
        store = SessionStore()
        store.create()
        keys.add(store.session_key)
    assert len(keys) == 50
    assert all(re.fullmatch(r"[a-z0-9]{32}", str(key)) for key in keys)  # 165 bits


@pytest.mark.requirement("ASVS-7.2.4")
def test_each_sign_in_gets_another_key_and_ends_the_former() -> None:
    user, client = person(), Client()
    client.get(reverse("login"))
    session = client.session
    session["kept"] = 1
    session.save()
    keys = [session.session_key]
    sign_in(user, client=client)
    keys.append(client.session.session_key)
    sent = {"username": user.username, "password": PASSWORD, "user": str(user.pk)}
    assert client.post(reverse("session-sign-in"), sent).status_code == 200
    keys.append(client.session.session_key)
    assert len(set(keys)) == 3
    assert lives(client)
    assert not any(SessionStore().exists(key) for key in keys[:2])


@pytest.mark.requirement("ASVS-7.3.2")
def test_a_session_in_use_ends_after_its_longest_time(settings) -> None:
    client, start = sign_in(person()), clock.now()
    for minutes in range(20, settings.SESSION_ABSOLUTE_SECONDS // 60, 20):
        with clock.pinned(start + timedelta(minutes=minutes)):
            assert lives(client)
    with clock.pinned(start + timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS + 1)):
        assert not lives(client)


@pytest.mark.requirement("ASVS-7.2.1", "ASVS-7.4.1")
def test_a_session_that_ended_is_not_taken_up_again_by_its_cookie(settings) -> None:
    client = sign_in(person())
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.post(reverse("logout")).status_code == 302
    client.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert not lives(client)
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    assert not lives(client)


@pytest.mark.requirement("ASVS-7.4.4")
@pytest.mark.parametrize("name", ["account", "help", "drafts", "search"])
def test_every_page_offers_to_sign_out(name: str) -> None:
    page = sign_in(person()).get(reverse(name)).content.decode()
    assert f'action="{reverse("logout")}" method="post"' in page


@pytest.mark.requirement("ASVS-16.3.1")
def test_sign_ins_are_noted_with_their_way_and_failures_with_their_name() -> None:
    user = person()
    sign_in(user, "not this one")
    assert AccessFailureLog.objects.get().username == user.username
    sign_in(user)
    assert Access.objects.get(kind="sign-in", actor_id=user.pk).reason == "password"


@pytest.mark.requirement("ASVS-3.5.1")
def test_a_form_of_another_site_is_refused() -> None:
    user, client = person(), Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    other = {"Origin": "https://elsewhere.example"}
    assert client.post(reverse("account"), {"language": "en"}, headers=other).status_code == 403
    answer = client.post("/api/v1/patients/", {}, "application/json", headers=other)
    assert answer.status_code == 403
    assert Client(enforce_csrf_checks=True).post(reverse("login"), {}).status_code == 403


@pytest.mark.requirement("ASVS-15.3.7")
def test_values_of_a_form_are_not_taken_from_the_address() -> None:
    user = person()
    client = sign_in(user)
    query = f"?old_password={PASSWORD}&new_password1={LONG}&new_password2={LONG}"
    assert client.post(reverse("password-change") + query, {"x": "1"}).status_code == 422
    assert client.get(reverse("password-change") + query).status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.requirement("ASVS-1.1.1")
def test_an_address_is_decoded_once() -> None:
    client = sign_in(person(role=Role.ADMINISTRATOR))
    page = client.get(f"{reverse('users')}?q=%253Cb%253E%26lt%3B").content.decode()
    assert 'value="%3Cb%3E&amp;lt;"' in page


@pytest.mark.requirement("ASVS-4.1.1")
def test_pages_and_the_api_say_what_they_are() -> None:
    client = sign_in(person())
    assert client.get(reverse("account"))["Content-Type"] == "text/html; charset=utf-8"
    assert client.get("/no-such-page/")["Content-Type"] == "text/html; charset=utf-8"
    assert client.get("/api/v1/products/")["Content-Type"] == "application/json"
    assert client.get("/api/v1/no-such-noun/")["Content-Type"].startswith("application/json")


@pytest.mark.requirement("ASVS-13.4.3")
@pytest.mark.parametrize("address", ["/static/", "/static/everwatch/", "/media/"])
def test_no_folder_is_listed(address: str) -> None:
    assert sign_in(person()).get(address).status_code == 404


@pytest.mark.requirement("ASVS-1.3.11")
@pytest.mark.parametrize("place", ["to", "subject"])
def test_a_line_end_makes_no_header_of_a_mail(place: str) -> None:
    letter = passwords.letter(person())
    more = "x@y.example\nBcc: other@z.example"
    if place == "to":
        letter.to = [more]
    else:
        letter.subject = more
    with pytest.raises(BadHeaderError):
        letter.message()
