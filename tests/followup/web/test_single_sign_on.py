"""Single sign-on against a real identity provider, and every answer that must open nothing."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from followup.actions import accounts, identity_providers, linked_accounts
from followup.core import audit, clock
from followup.core.models import (
    Access,
    Change,
    GroupRule,
    IdentityProvider,
    IdentityProviderRequest,
    LinkedAccount,
    Session,
    User,
)
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security import openid
from followup.core.security.accounts import actor_of
from followup.queries import accounts as accounts_read
from followup.queries import identity_providers as queries
from tests import factories, openid_provider
from tests.followup.web.test_second_factors import PASSWORD, code, enrol
from tests.openid_provider import OpenIdProvider

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenIdProvider]:
    with openid_provider.running() as provider:
        yield provider


@pytest.fixture
def admins() -> list[User]:
    return [factories.make_user(Role.ADMINISTRATOR, password=PASSWORD) for _number in range(2)]


def settings_of(issuer: str, **other: object) -> dict[str, object]:
    return {
        "name": "City hospital",
        "issuer": issuer,
        "client_id": openid_provider.CLIENT_ID,
        "scopes": "openid profile",
        "subject_claim": "sub",
        "groups_claim": "groups",
        "accepted": [],
        "longest_minutes": 60,
    } | other


def opened(admins: list[User], issuer: str, **other: object) -> IdentityProvider:
    asked = identity_providers.ask(
        actor_of(admins[0]),
        settings=settings_of(issuer, **other),
        client_secret=openid_provider.SECRET,
        reason="the hospital asks for it",
    )
    provider = identity_providers.decide(actor_of(admins[1]), asked, agree=True)
    assert provider is not None
    return provider


def changed(admins: list[User], provider: IdentityProvider, **other: object) -> None:
    asked = identity_providers.ask(
        actor_of(admins[0]),
        provider=provider,
        settings=settings_of(provider.issuer, **other),
        client_secret="",
        reason="the hospital asks for it",
    )
    identity_providers.decide(actor_of(admins[1]), asked, agree=True)
    provider.refresh_from_db()


@pytest.fixture
def provider(peer: OpenIdProvider, admins: list[User]) -> IdentityProvider:
    cache.clear()
    return opened(admins, peer.issuer)


def linked(provider: IdentityProvider, admins: list[User], number: str = "u-1001") -> User:
    user = factories.make_user(Role.SAFETY_OFFICER, password=PASSWORD)
    linked_accounts.write(
        actor_of(admins[0]), user, provider=provider, subject=number, reason="from the registry"
    )
    return user


PRESSED = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-User": "?1"}  # a link of ours


def begin(client: Client, provider: IdentityProvider, onward: str = "") -> str:
    more = {"next": onward} if onward else {}
    place = reverse("single-sign-on", args=[provider.id])
    return client.get(place, more, headers=PRESSED).headers["Location"]


def come_back(client: Client, address: str):
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(client: Client, peer: OpenIdProvider, provider: IdentityProvider, **how):
    onward = how.pop("onward", "")
    person = how.pop("person", "u-1001")
    return come_back(client, peer.sign_in(begin(client, provider, onward), person, **how))


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


@pytest.mark.requirement("ASVS-1.2.2")
def test_the_sign_in_page_offers_the_provider_and_signs_in(client, peer, provider, admins):
    user = linked(provider, admins)
    page = client.get(reverse("login"), {"next": "/cases/"}).content.decode()
    assert f"/sign-in/with/{provider.id}/?next=%2Fcases%2F" in page
    assert "City hospital" in page
    asked = parse_qs(urlsplit(begin(client, provider)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["max_age"] == ["3600"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert sign_in(client, peer, provider, onward="/cases/").headers["Location"] == "/cases/"
    assert is_signed_in(client)
    assert Access.objects.get(kind="sign-in", actor_id=user.pk).reason == "provider City hospital"
    row = Session.objects.get(user_id=user.pk)
    assert (row.signed_in_by, row.provider) == ("provider", "City hospital")
    assert "City hospital" in client.get(reverse("sessions")).content.decode()
    account = LinkedAccount.objects.get(user=user)
    assert account.groups == ["car-t-nurses", "全院"]


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
@pytest.mark.requirement("ASVS-3.7.2")
def test_nobody_is_led_elsewhere(client, peer, provider, admins, onward):
    linked(provider, admins)
    assert sign_in(client, peer, provider, onward=onward).headers["Location"] == "/"


def test_a_person_of_unknown_groups_loses_nothing_in_the_dry_run(peer, admins):
    """Unknown is not "no group": no claim, a claim left out, one not read yet after a change."""
    cache.clear()
    admin = actor_of(admins[0])
    provider = opened(admins, peer.issuer, groups_claim="")
    user = linked(provider, admins)
    linked_accounts.add_rule(
        admin,
        provider=provider,
        group="officers",
        role="safety_officer",
        site=None,
        product=None,
        all_sites=True,
        all_products=True,
    )

    def told() -> tuple[bool, list[str]]:
        known = LinkedAccount.objects.get(user=user).groups_at is not None
        linked_here = queries.accounts(admin, at=provider)
        runs = queries.dry_run(admin, linked_here, queries.group_rules(admin, provider))
        return known, [run.account.groups for run in runs]

    assert sign_in(Client(), peer, provider).status_code == 302
    assert told() == (False, [])
    changed(admins, provider, groups_claim="groups")
    assert sign_in(Client(), peer, provider).status_code == 302
    assert told() == (True, [["car-t-nurses", "全院"]])
    changed(admins, provider, groups_claim="roles")
    assert told() == (False, [])
    assert sign_in(Client(), peer, provider).status_code == 302
    assert told() == (False, [])


@pytest.mark.requirement("ASVS-6.3.4")
def test_our_second_factor_is_asked_after_the_provider(client, peer, provider, admins):
    user = linked(provider, admins)
    key, _codes = enrol(user)
    answer = sign_in(client, peer, provider, onward="/cases/", methods=("otp",))
    assert answer.headers["Location"] == reverse("second-step")
    assert not is_signed_in(client)
    step = client.post(reverse("second-step"), {"code": code(key)})
    assert step.headers["Location"] == "/cases/"
    reason = Access.objects.get(kind="sign-in", actor_id=user.pk).reason
    assert reason == "provider+app City hospital"


def test_a_role_that_needs_a_factor_enrols_one(client, peer, provider, admins, settings):
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    linked(provider, admins)
    sign_in(client, peer, provider)
    assert client.get("/cases/").headers["Location"] == reverse("second-factors")


def link_in_session(client: Client, peer: OpenIdProvider, provider: IdentityProvider, key: str):
    form = {"password": PASSWORD, "code": code(key)} if key else {"password": PASSWORD}
    proven = client.post(reverse("linked-account-link", args=[provider.id]), form)
    assert proven.headers["Location"] == reverse("linked-account-go", args=[provider.id])
    page = client.get(proven.headers["Location"])
    assert page.status_code == 200
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]  # so a link leads away
    away = client.get(f"{proven.headers['Location']}?on").headers["Location"]
    assert parse_qs(urlsplit(away).query)["prompt"] == ["login"]
    return come_back(client, peer.sign_in(away, "u-1001"))


@pytest.mark.requirement("ASVS-6.8.4")
def test_an_accepted_factor_of_the_provider_spares_ours_only_if_linked_in_person(
    client, peer, admins
):
    cache.clear()
    provider = opened(admins, peer.issuer, accepted=["otp"])
    user = linked(provider, admins)  # by an administrator: alone it opens nothing
    key, codes = enrol(user)
    answer = sign_in(client, peer, provider, methods=("pwd", "otp"))
    assert answer.headers["Location"] == reverse("second-step")
    client.post(reverse("second-step"), {"code": codes[0]})
    answer = link_in_session(client, peer, provider, key)
    assert answer.headers["Location"] == reverse("linked-accounts")
    client.logout()
    assert sign_in(client, peer, provider, methods=("pwd",)).headers["Location"] == reverse(
        "second-step"
    )
    other = Client()
    assert sign_in(other, peer, provider, methods=("pwd", "otp")).headers["Location"] == "/"
    assert is_signed_in(other)
    row = Session.objects.filter(user_id=user.pk, provider="City hospital").get()
    assert row.signed_in_by == "provider+provider"


def test_a_link_needs_the_password_and_ends_with_it(client, peer, provider):
    user = factories.make_user(Role.NURSE, password=PASSWORD)
    client.force_login(user)
    address = reverse("linked-account-link", args=[provider.id])
    assert client.post(address, {"password": "wrong"}).status_code == 422
    go = reverse("linked-account-go", args=[provider.id])
    assert client.get(f"{go}?on").headers["Location"] == reverse("linked-accounts")
    link_in_session(client, peer, provider, "")
    row = LinkedAccount.objects.get(user=user)
    assert (row.subject, row.linked_by_id) == ("u-1001", user.id)
    page = client.get(reverse("linked-accounts")).content.decode()
    assert "u-1001" in page
    ended = reverse("linked-account-end-own", args=[row.id])
    assert client.post(ended, {"password": "wrong"}).status_code == 422
    assert client.post(ended, {"password": PASSWORD}).status_code == 302
    assert sign_in(Client(), peer, provider).status_code == 403


def refused(answer, words: str) -> None:
    assert answer.status_code == 403
    assert words in answer.content.decode()


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def reader() -> Client:
    return Client(headers={"Accept-Language": "en"})


def test_strangers_and_people_who_left_see_why(reader, peer, provider, admins):
    refused(sign_in(reader, peer, provider, person="u-9999"), "no account here is linked to you")
    user = linked(provider, admins)
    accounts.deactivate(actor_of(admins[0]), user, reason="left")
    refused(sign_in(reader, peer, provider), "Your account is closed")
    assert not is_signed_in(reader)
    kinds = Access.objects.filter(kind="sign-in.refused").values_list("reason", flat=True)
    assert set(kinds) == {"stranger", "closed"}


@pytest.mark.requirement("ASVS-10.5.2")
def test_neither_the_e_mail_nor_the_name_signs_anybody_in(reader, peer, provider):
    user = factories.make_user(Role.NURSE, password=PASSWORD)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.user"):
        User.objects.filter(pk=user.pk).update(username="u-1002", email="u-1002@example.org")
    refused(sign_in(reader, peer, provider, person="u-1002"), "no account here is linked to you")
    assert User.objects.count() == 3  # two administrators and this one: signing up is closed


def test_whoever_changes_their_mind_there_is_told(reader, peer, provider):
    refused(sign_in(reader, peer, provider, cancel=True), "You did not sign in at City hospital")


@pytest.mark.requirement("ASVS-10.1.2", "ASVS-10.2.1")
def test_another_state_another_browser_and_a_second_use_open_nothing(
    reader, peer, provider, admins
):
    linked(provider, admins)
    back = peer.sign_in(begin(reader, provider), "u-1001")
    other = Client(headers={"Accept-Language": "en"})
    refused(come_back(other, back), "begun in another window")
    forged = re.sub(r"state=[^&]+", "state=forged", back)
    refused(come_back(reader, forged), "begun in another window")
    refused(come_back(reader, back), "begun in another window")  # taken once, right or wrong
    assert not is_signed_in(reader)


def test_a_code_opens_once_even_with_the_session_of_before(reader, peer, provider, admins):
    linked(provider, admins)
    back = peer.sign_in(begin(reader, provider), "u-1001")
    kept = dict(reader.session["single_sign_on"])
    assert come_back(reader, back).status_code == 302
    other = Client(headers={"Accept-Language": "en"})
    begin(other, provider)
    session = other.session
    session["single_sign_on"] = kept
    session.save()
    refused(come_back(other, back), "could not be verified")


@pytest.mark.parametrize("part", ["nonce", "verifier"])
@pytest.mark.requirement("ASVS-10.1.2", "ASVS-10.2.1", "ASVS-10.5.1")
def test_an_answer_for_another_question_opens_nothing(reader, peer, provider, admins, part):
    linked(provider, admins)
    back = peer.sign_in(begin(reader, provider), "u-1001")
    session = reader.session
    session["single_sign_on"]["attempt"][part] = "x" * 64
    session.save()
    refused(come_back(reader, back), "could not be verified")


def test_too_late_is_too_late(reader, peer, provider, admins, travel):
    linked(provider, admins)
    back = peer.sign_in(begin(reader, provider), "u-1001")
    travel(timedelta(minutes=6))
    refused(come_back(reader, back), "begun in another window")


def test_a_provider_that_is_down_is_said_to_be(reader, admins):
    cache.clear()
    provider = opened(admins, "http://127.0.0.1:9")
    answer = reader.get(reverse("single-sign-on", args=[provider.id]), headers=PRESSED)
    assert answer.status_code == 503
    assert "does not answer" in answer.content.decode()


@pytest.mark.requirement("ASVS-7.6.2")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-User": "?1"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-User": "?1"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Referer": "https://elsewhere.example/sign-in/"},
    ],
)
def test_no_other_site_begins_a_sign_in(reader, provider, headers):
    place = reverse("single-sign-on", args=[provider.id])
    page = reader.get(place, {"next": "/cases/"}, headers=headers)
    assert page.status_code == 200
    assert f'href="{place}?next=%2Fcases%2F"' in page.content.decode()
    assert "single_sign_on" not in reader.session


@pytest.mark.requirement("ASVS-7.6.2")
def test_a_browser_without_fetch_metadata_is_known_by_the_page_before(reader, provider):
    place = reverse("single-sign-on", args=[provider.id])
    before = {"Referer": "http://testserver/sign-in/"}
    assert reader.get(place, headers=before).status_code == 302


@pytest.mark.requirement("ASVS-7.6.1")
def test_a_closed_provider_opens_nothing_and_ends_its_sessions(client, peer, provider, admins):
    linked(provider, admins)
    back = peer.sign_in(begin(client, provider), "u-1001")
    other = Client()
    assert sign_in(other, peer, provider).status_code == 302
    identity_providers.close(actor_of(admins[0]), provider, reason="broken into")
    assert not is_signed_in(other)
    assert come_back(client, back).status_code == 404
    assert client.get(reverse("single-sign-on", args=[provider.id])).status_code == 404
    assert "City hospital" not in client.get(reverse("login")).content.decode()


def test_a_step_before_the_closing_is_no_step_after_it(client, peer, provider, admins):
    user = linked(provider, admins)
    key, _codes = enrol(user)
    assert sign_in(client, peer, provider).headers["Location"] == reverse("second-step")
    identity_providers.close(actor_of(admins[0]), provider, reason="broken into")
    assert "late" in client.post(reverse("second-step"), {"code": code(key)}).headers["Location"]
    assert not is_signed_in(client)


def test_a_number_of_somebody_else_lets_nobody_stay(client, peer, provider, admins):
    """Written wrongly and then rightly: whoever came in by the wrong number is out."""
    user = linked(provider, admins, number="u-1002")
    assert sign_in(client, peer, provider, person="u-1002").status_code == 302
    write = {"provider": provider, "reason": "a digit was wrong"}
    linked_accounts.write(actor_of(admins[0]), user, subject="u-1001", **write)
    assert not is_signed_in(client)
    assert sign_in(client, peer, provider).status_code == 302
    linked_accounts.write(actor_of(admins[1]), user, subject="u-1001", **write)
    assert is_signed_in(client)  # the same number once more is still this person's


def test_no_session_outlives_the_name_of_its_provider(client, peer, provider, admins):
    """A session knows its provider by name: under the former one it was found by no closing."""
    linked(provider, admins)
    assert sign_in(client, peer, provider).status_code == 302
    changed(admins, provider, name="Town hospital")
    assert not is_signed_in(client)
    assert sign_in(client, peer, provider).status_code == 302
    identity_providers.close(actor_of(admins[0]), provider, reason="broken into")
    assert not is_signed_in(client)


# What the provider itself never says: tokens of ours, checked against its published key.

NOW = 1_790_000_000


def question(issuer: str) -> tuple[openid.Client, openid.Attempt]:
    asking = openid.Client(issuer, "everwatch", "s", "openid", "https://here.example/answer/")
    return asking, openid.Attempt("state", "nonce", "verifier", 3600)


def told(monkeypatch, peer: OpenIdProvider, key=None, algorithm="RS256", header=None, **claims):
    said = {
        "iss": peer.issuer,
        "aud": "everwatch",
        "sub": "u-1001",
        "exp": NOW + 60,
        "iat": NOW,
        "auth_time": NOW - 10,
        "nonce": "nonce",
    } | claims
    said = {name: value for name, value in said.items() if value is not None}
    head = {"alg": algorithm, "kid": "own"} | (header or {})
    token = jwt.encode(head, said, key or peer.key, algorithms=[algorithm])
    monkeypatch.setattr(openid, "_exchanged", lambda *_: {"id_token": token})
    asking, attempt = question(peer.issuer)
    return openid.answer(asking, attempt, {"state": "state", "code": "c"}, now=NOW)


def test_a_true_token_is_taken(monkeypatch, peer):
    cache.clear()
    assert told(monkeypatch, peer)["sub"] == "u-1001"
    assert told(monkeypatch, peer, aud=["everwatch"])["sub"] == "u-1001"
    assert told(monkeypatch, peer, exp=NOW - 30)["sub"] == "u-1001"  # the clocks differ a little


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"aud": ["everwatch", "another"], "azp": "another"},
        {"iss": "https://other.example"},
        {"iss": None},
        {"exp": NOW - 61},
        {"exp": None},
        {"exp": "never"},
        {"iat": NOW + 3600},
        {"nbf": NOW + 3600},
        {"nonce": "another"},
        {"nonce": None},
        {"auth_time": NOW - 3661},
        {"auth_time": NOW + 3600},
        {"auth_time": None},
        {"auth_time": "now"},
        {"sub": None},
        {"sub": 7},
    ],
)
@pytest.mark.requirement("ASVS-6.8.4", "ASVS-7.6.1", "ASVS-9.2.1")
@pytest.mark.requirement("ASVS-9.2.2", "ASVS-9.2.3", "ASVS-10.5.4")
def test_a_token_for_others_or_of_another_time_is_refused(monkeypatch, peer, claims):
    with pytest.raises(openid.Failed) as failed:
        told(monkeypatch, peer, **claims)
    assert failed.value.code == "untrue"


def bare(part: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@pytest.mark.requirement("ASVS-6.8.2", "ASVS-9.1.1", "ASVS-9.1.2")
def test_a_token_under_another_key_is_refused(monkeypatch, peer):
    strange = RSAKey.generate_key(2048, {"kid": "own", "use": "sig"})
    with pytest.raises(openid.Failed):
        told(monkeypatch, peer, key=strange)
    with pytest.raises(openid.Failed):
        told(monkeypatch, peer, header={"kid": "unknown"})
    shared = OctKey.import_key("s" * 32)  # the secret is no key of the provider's
    with pytest.raises(openid.Failed):
        told(monkeypatch, peer, key=shared, algorithm="HS256")
    unsigned = f"{bare({'alg': 'none'})}.{bare({'iss': peer.issuer, 'sub': 'u-1001'})}."
    monkeypatch.setattr(openid, "_exchanged", lambda *_: {"id_token": unsigned})
    with pytest.raises(openid.Failed):
        openid.answer(*question(peer.issuer), {"state": "state", "code": "c"}, now=NOW)


@pytest.mark.requirement("ASVS-9.1.3")
def test_a_key_that_a_token_brings_along_is_not_taken(monkeypatch, peer):
    strange = RSAKey.generate_key(2048, {"kid": "own", "use": "sig"})
    brought = {"jwk": strange.as_dict(private=False), "jku": "https://elsewhere.example/keys"}
    with pytest.raises(openid.Failed):
        told(monkeypatch, peer, key=strange, header=brought)


@pytest.mark.requirement("ASVS-10.1.1")
def test_no_token_of_the_provider_is_kept_in_the_session(client, peer, provider, admins):
    linked(provider, admins)
    sign_in(client, peer, provider)
    kept = str(dict(client.session))
    assert "City hospital" in kept
    assert "token" not in kept.replace("_csrftoken", "")
    assert "eyJ" not in kept  # how every JWT begins


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://sso.example", True),
        ("https://sso.example/realms/x", True),
        ("http://127.0.0.1:9000", True),
        ("http://localhost/", True),
        ("http://sso.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("https://user:word@sso.example", False),
        ("https://sso.example?x=1", False),
        ("https://sso.example#x", False),
        ("https://", False),
        ("ftp://sso.example", False),
        ("https://sso.example/ x", False),
        ("https://sso.example:port", False),
        ("", False),
    ],
)
def test_an_issuer_is_encrypted_or_on_this_machine(address, safe):
    assert openid.is_issuer(address) is safe


@pytest.mark.usefixtures("english")
class TestAdministration:
    """Who enters providers, numbers and rules."""

    def test_one_administrator_alone_opens_no_provider(self, admins):
        asked = identity_providers.ask(
            actor_of(admins[0]),
            settings=settings_of("https://sso.example"),
            client_secret="hidden-from-pages",
            reason="asked",
        )
        with pytest.raises(Refused, match="second administrator"):
            identity_providers.decide(actor_of(admins[0]), asked, agree=True)
        assert not IdentityProvider.objects.exists()
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(admins[1])
        page = client.get(reverse("identity-providers")).content.decode()
        assert "https://sso.example" in page
        counted = [accounts_read.requests_to_decide(actor_of(admin)) for admin in admins]
        assert counted == [0, 1]  # the menu tells the second one
        assert "hidden-from-pages" not in page
        assert "hidden-from-pages" not in asked.client_secret
        decide = reverse("identity-provider-decide", args=[asked.id])
        assert client.post(decide, {"decision": "agree"}).status_code == 302
        assert "hidden-from-pages" not in str(list(Change.objects.values_list("after", flat=True)))

    def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(self, admins):
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(admins[0])
        typed = settings_of("http://sso.example", accepted="", scopes="profile") | {"reason": "r"}
        answer = client.post(reverse("identity-provider-new"), typed)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "beginning with https://" in page
        assert "openid is one of them" in page
        assert 'value="http://sso.example"' in page
        nurse = Client()
        nurse.force_login(factories.make_user(Role.NURSE))
        assert nurse.get(reverse("identity-providers")).status_code == 403

    def test_a_number_is_written_for_others_once(self, admins):
        provider = opened(admins, "https://sso.example")
        first, second = (factories.make_user(Role.NURSE) for _n in range(2))
        admin = actor_of(admins[0])
        linked_accounts.write(admin, first, provider=provider, subject="7", reason="r")
        with pytest.raises(Refused, match="linked to another account"):
            linked_accounts.write(admin, second, provider=provider, subject="7", reason="r")
        with pytest.raises(Refused, match="under your settings"):
            linked_accounts.write(admin, admins[0], provider=provider, subject="8", reason="r")
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(admins[0])
        address = reverse("user-linked-accounts", args=[second.id])
        sent = {"provider": str(provider.id), "subject": "9", "reason": "r"}
        assert client.post(address, sent).status_code == 302
        row = LinkedAccount.objects.get(subject="9")
        ended = client.post(reverse("linked-account-end", args=[row.id]), {"reason": "left"})
        assert ended.status_code == 302
        row.refresh_from_db()
        assert row.ended_at is not None

    def test_groups_propose_and_two_administrators_give(self, admins):
        provider = opened(admins, "https://sso.example")
        nurse = factories.make_user(Role.NURSE)
        account = linked_accounts.write(
            actor_of(admins[0]), nurse, provider=provider, subject="7", reason="r"
        )
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(admins[0])
        page = reverse("identity-provider", args=[provider.id])
        for group, role in (("doctors", "physician"), ("nurses", "nurse")):
            sent = {"group": group, "role": role, "site": "all", "product": "all"}
            assert client.post(page, sent).status_code == 302
        sent = {"group": "inspectors", "role": "auditor", "site": "all", "product": "all"}
        assert client.post(page, sent).status_code == 422  # it would need a last day
        assert "propose no change" in client.get(page).content.decode()  # never signed in
        linked_accounts.note_groups(actor_of(nurse), account, groups=["doctors"])
        shown = client.get(page).content.decode()
        assert "Give: Physician" in shown
        assert "End: Nurse" in shown
        assert {g.role for g in actor_of(nurse).grants} == {"nurse"}  # a dry run gives nothing
        propose = reverse("identity-provider-propose", args=[provider.id])
        assert client.post(propose, {"user": str(nurse.id)}).status_code == 302
        assert {g.role for g in actor_of(nurse).grants} == {"nurse"}  # asked, not given
        assert "propose no change" in client.get(page).content.decode()
        second = Client()
        second.force_login(admins[1])
        for row in nurse.grant_requests.all():
            second.post(reverse("grant-request-decide", args=[row.id]), {"decision": "agree"})
        assert {g.role for g in actor_of(nurse).grants} == {"physician"}

    def test_a_proposal_that_cannot_be_asked_for_holds_no_other_back(self, admins):
        """A rule from before its role needed a last day, and a right that can be had."""
        provider = opened(admins, "https://sso.example")
        person = factories.make_user(Role.NURSE)
        account = linked_accounts.write(
            actor_of(admins[0]), person, provider=provider, subject="7", reason="r"
        )
        with transaction.atomic(), audit.acting(factories.SYSTEM, "test.rules"):
            for role in ("auditor", "physician"):
                GroupRule.objects.create(
                    provider=provider,
                    group="all",
                    role=role,
                    all_sites=True,
                    all_products=True,
                    added_at=clock.now(),
                )
        linked_accounts.note_groups(actor_of(person), account, groups=["all"])
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(admins[0])
        propose = reverse("identity-provider-propose", args=[provider.id])
        page = client.post(propose, {"user": str(person.id)}, follow=True).content.decode()
        assert "needs a last day" in page
        assert [row.role for row in person.grant_requests.all()] == ["physician"]

    def test_what_waits_for_a_closed_provider_is_turned_down(self, admins):
        provider = opened(admins, "https://sso.example")
        asked = identity_providers.ask(
            actor_of(admins[0]),
            provider=provider,
            settings=settings_of("https://sso.example", longest_minutes=5),
            client_secret="",
            reason="shorter",
        )
        identity_providers.close(actor_of(admins[1]), provider, reason="broken into")
        asked.refresh_from_db()
        assert (asked.agreed, asked.decided_by_id) == (False, admins[1].id)
        assert not queries.requests(actor_of(admins[1])).exists()
        provider.refresh_from_db()
        with pytest.raises(Refused, match="closed"):
            linked_accounts.add_rule(
                actor_of(admins[0]),
                provider=provider,
                group="g",
                role="nurse",
                site=None,
                product=None,
                all_sites=True,
                all_products=True,
            )
        assert opened(admins, "https://sso.example").id != provider.id

    def test_the_secret_is_sealed_again_under_a_new_key(self, admins, settings):
        provider = opened(admins, "https://sso.example")
        old = dict(settings.IDENTITY_KEYS)
        settings.IDENTITY_KEYS = {"t9": bytes(32)} | old
        assert identity_providers.rotate_keys(factories.SYSTEM).changed == 2
        provider.refresh_from_db()
        settings.IDENTITY_KEYS = {"t9": bytes(32)}
        assert queries.secret(provider) == openid_provider.SECRET


@pytest.mark.parametrize("claim", ["email", "Email", "preferred_username", "name"])
def test_a_claim_people_choose_is_no_number_and_a_secret_is_asked_again(client, admins, claim):
    """Who has the e-mail address of another person is not that person."""
    client.force_login(admins[0])
    body = settings_of("https://idp.example.org", subject_claim=claim, accepted="", reason="asked")
    body |= {"client_secret": "s3cret-word"}
    page = client.post(reverse("identity-provider-new"), body)
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"subject_claim", "client_secret"}
    assert "s3cret-word" not in page.content.decode()
    assert not IdentityProviderRequest.objects.exists()
    fine = client.post(reverse("identity-provider-new"), body | {"subject_claim": "employee_id"})
    assert fine.status_code == 302
