"""Around every page: signing in, languages, drafts, dates, menus, headers."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from followup.core.http import menus
from followup.core.models import Access, Change, Draft, User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.web import drafts
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "a sentence long enough to sign in"


@pytest.fixture
def nurse() -> User:
    return factories.make_user(Role.NURSE, password=PASSWORD)


@pytest.fixture
def signed_in(client: Client, nurse: User) -> Client:
    client.force_login(nurse, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sign_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post(reverse("login"), {"username": user.username, "password": password})


def test_signing_in_leads_on_and_is_logged(client: Client, nurse: User) -> None:
    answer = sign_in(client, nurse)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("landing")
    assert Access.objects.filter(actor_id=nurse.id, kind="sign-in").count() == 1


def test_an_unknown_name_and_a_wrong_password_get_the_same_words(
    client: Client, nurse: User
) -> None:
    words = "User name or password is wrong"
    client.cookies["django_language"] = "en"
    wrong = sign_in(client, nurse, "not this one").content.decode()
    unknown = client.post(reverse("login"), {"username": "nobody", "password": "x"})
    assert words in wrong
    assert words in unknown.content.decode()


def test_a_stranger_is_led_to_the_sign_in_page(client: Client) -> None:
    answer = client.get(reverse("account"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", ["session", "draft"])
def test_a_script_without_a_session_gets_401_and_a_trigger(client: Client, name: str) -> None:
    address = reverse(name, args=["call", "p-1"]) if name == "draft" else reverse(name)
    answer = client.post(address)
    assert answer.status_code == 401
    assert answer["HX-Trigger"] == "everwatch:login-needed"


def test_signing_out_is_a_post_and_says_so(signed_in: Client) -> None:
    assert signed_in.get(reverse("logout")).status_code == 405
    answer = signed_in.post(reverse("logout"), follow=True)
    assert answer.redirect_chain == [(reverse("login"), 302)]
    assert "_auth_user_id" not in signed_in.session


def test_signing_in_again_over_a_page_is_for_its_owner_only(
    client: Client, signed_in: Client, nurse: User
) -> None:
    other = factories.make_user(Role.NURSE, password=PASSWORD)
    data = {"username": other.username, "password": PASSWORD, "user": str(nurse.pk)}
    assert signed_in.post(reverse("session-sign-in"), data).status_code == 400
    data["username"] = nurse.username
    answer = signed_in.post(reverse("session-sign-in"), data)
    assert answer.status_code == 200
    assert answer.json()["user"] == str(nurse.pk)
    assert answer.json()["csrf"]


def test_the_ping_tells_whose_session_it_is(signed_in: Client, nurse: User) -> None:
    assert signed_in.post(reverse("session")).json()["user"] == str(nurse.pk)


def test_the_language_switch_stays_on_the_page_and_is_kept(signed_in: Client, nurse: User) -> None:
    page = reverse("help") + "?a=1"
    answer = signed_in.post(reverse("language"), {"language": "zh-hans", "next": page})
    assert answer["Location"] == page
    nurse.refresh_from_db()
    assert nurse.language == "zh-hans"
    assert "键盘" in signed_in.get(reverse("help")).content.decode()
    trail = Change.objects.filter(table_name="core_user", row_id=str(nurse.pk))
    assert trail.filter(action="account.choose_language", actor_id=nurse.pk).exists()


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", ""])
@pytest.mark.requirement("ASVS-3.7.2")
def test_the_language_switch_leads_nowhere_else(signed_in: Client, target: str) -> None:
    answer = signed_in.post(reverse("language"), {"language": "en", "next": target})
    assert answer["Location"] == reverse("landing")


def test_an_unknown_language_changes_nothing(signed_in: Client, nurse: User) -> None:
    signed_in.post(reverse("language"), {"language": "xx", "next": "/"})
    nurse.refresh_from_db()
    assert nurse.language == "en"


def test_a_stranger_gets_the_language_of_the_browser_then_of_the_switch(client: Client) -> None:
    def page(**headers: str) -> str:
        return client.get(reverse("login"), headers=headers).content.decode()

    assert '<html lang="en">' in page(accept_language="en-GB,en;q=0.9")
    assert '<html lang="zh-Hans">' in page(accept_language="zh-CN")
    assert '<html lang="zh-Hans">' in page(accept_language="fr")
    client.post(reverse("language"), {"language": "en", "next": "/sign-in/"})
    assert '<html lang="en">' in page(accept_language="zh-CN")


@pytest.mark.parametrize("name", ["account", "drafts", "help", "password-change"])
@pytest.mark.requirement("ASVS-14.2.2", "ASVS-14.3.2")
def test_pages_carry_the_policy_and_stay_out_of_caches(signed_in: Client, name: str) -> None:
    answer = signed_in.get(reverse(name))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.content.decode().count("<h1") == 1


def test_my_settings_are_kept(signed_in: Client, nurse: User) -> None:
    signed_in.post(reverse("account"), {"language": "zh-hans"})
    nurse.refresh_from_db()
    assert (nurse.language, nurse.digit_keys) == ("zh-hans", False)
    assert 'data-digit-keys="off"' in signed_in.get(reverse("help")).content.decode()


@pytest.mark.requirement("ASVS-6.2.2")
def test_the_password_changes_and_the_session_goes_on(signed_in: Client, nurse: User) -> None:
    new = "another sentence, also long enough"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert signed_in.post(reverse("password-change"), data).status_code == 302
    nurse.refresh_from_db()
    assert nurse.check_password(new)
    assert signed_in.get(reverse("account")).status_code == 200
    images = Change.objects.filter(table_name="core_user", action="account.change_password")
    assert images.exists()


@pytest.mark.parametrize(
    ("old", "one", "two"),
    [
        ("wrong", "another sentence, long", "another sentence, long"),
        (PASSWORD, "short", "short"),
        (PASSWORD, "another sentence, long", "a different sentence"),
        (PASSWORD, "1234567890123456789", "1234567890123456789"),
        ("", "", ""),
    ],
)
@pytest.mark.requirement("ASVS-6.2.3")
def test_a_bad_new_password_changes_nothing(
    signed_in: Client, nurse: User, old: str, one: str, two: str
) -> None:
    data = {"old_password": old, "new_password1": one, "new_password2": two}
    answer = signed_in.post(reverse("password-change"), data)
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    nurse.refresh_from_db()
    assert nurse.check_password(PASSWORD)


def keep(client: Client, **fields: Any) -> Any:
    data = {"note": "发热三天", "_address": "/help/", "_label": "Call P-1", **fields}
    return client.post(reverse("draft", args=["call", "p-1"]), data)


def test_a_draft_is_sealed_private_and_no_entry_of_the_trail(
    signed_in: Client, nurse: User
) -> None:
    before = Change.objects.count()
    answer = keep(signed_in, reached=["a", "b"], csrfmiddlewaretoken="x", password="secret")
    assert "message" in answer.json()
    keep(signed_in, note="发热四天")
    draft = Draft.objects.get(user=nurse)
    assert "发热" not in draft.fields
    assert Change.objects.count() == before
    assert "Call P-1" in signed_in.get(reverse("drafts")).content.decode()

    other = Client()
    other.force_login(
        factories.make_user(Role.NURSE), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "Call P-1" not in other.get(reverse("drafts")).content.decode()
    other.post(reverse("draft-discard", args=["call", "p-1"]))
    assert Draft.objects.filter(user=nurse).count() == 1
    signed_in.post(reverse("draft-discard", args=["call", "p-1"]))
    assert not Draft.objects.filter(user=nurse).exists()


def test_a_draft_comes_back_as_it_was_typed_without_its_secrets(
    signed_in: Client, rf: Any, nurse: User
) -> None:
    kept = keep(signed_in, reached=["a", "b"], password="secret").json()["draft"]
    request = rf.get("/", {"draft": kept})
    request.actor = actor_of(nurse)
    assert drafts.of(request, "call", "p-1").values == {"note": "发热三天", "reached": ["a", "b"]}
    assert drafts.of(request, "call", "p-2").values == {}, "never for another patient"


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//x", "javascript:alert(1)"])
@pytest.mark.requirement("ASVS-1.2.2")
def test_a_draft_never_links_elsewhere(signed_in: Client, nurse: User, address: str) -> None:
    keep(signed_in, _address=address)
    assert Draft.objects.get(user=nurse).address == "/"


@pytest.mark.parametrize(
    ("query", "value", "text"),
    [
        ({"value": "20261121", "anchor": "2026-08-20"}, "2026-11-21", "Saturday · D+93"),
        ({"value": "2026-11", "partial": "1"}, "2026-11", "day not known"),
        ({"value": "2026", "partial": "1"}, "2026", "month and day not known"),
        ({"value": "2026-11"}, "", "The day is needed."),
        ({"value": "05/11/2026"}, "", "two ways"),
        ({"value": ""}, "", "Enter a date."),
        ({"value": "D+3", "anchor": "nonsense"}, "", "infusion date"),
    ],
)
def test_the_date_box_echoes_what_it_understood(
    signed_in: Client, query: dict[str, str], value: str, text: str
) -> None:
    read = json.loads(signed_in.get(reverse("read-date"), query).content)
    assert read["value"] == value
    assert text in read["text"]


def test_a_name_never_travels_in_the_address(signed_in: Client) -> None:
    ignored = signed_in.get(reverse("search") + "?q=李").content.decode()
    assert "Type in the box above" in ignored
    answer = signed_in.post(reverse("search"), {"q": "nothing like this"})
    assert answer.status_code == 200
    assert "Nothing found" in answer.content.decode()


def test_every_menu_item_leads_to_a_page() -> None:
    assert [item.url for item in menus.registered() if not item.address] == []


@pytest.mark.parametrize("role", list(Role))
def test_every_role_lands_on_a_page_of_its_own(client: Client, role: Role) -> None:
    user = factories.make_user(role)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("landing"), follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain


def test_an_unknown_address_is_a_plain_page_with_a_number(signed_in: Client) -> None:
    answer = signed_in.get("/nowhere/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert answer["X-Request-ID"] in page
    assert "Traceback" not in page
