"""Passkeys, devices, providers and links at the action's door: what is refused, and what stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from followup.actions import identity_providers, linked_accounts
from followup.actions import second_factors as actions
from followup.actions.second_factors import Proof
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import (
    FactorReset,
    GroupRule,
    IdentityProvider,
    IdentityProviderRequest,
    LinkedAccount,
    RecoveryCode,
    SecondFactor,
    User,
)
from followup.core.permissions import Role
from followup.core.problems import Denied
from followup.core.security import one_time_codes, passkeys
from followup.core.security.accounts import actor_of
from followup.core.security.passkeys import Credential, WrongPasskey
from followup.domain.identity_providers import LONGEST_GROUP, LONGEST_SUBJECT
from tests import factories
from tests.authenticator import Authenticator
from tests.refusals import refused

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-harbour-lantern-81"
HOST = "everwatch.example"
ORIGIN = f"https://{HOST}"
PROCESS = Actor.process("test")


@pytest.fixture
def user() -> User:
    return factories.make_user(Role.SAFETY_OFFICER, password=PASSWORD)


@pytest.fixture
def admins() -> list[Actor]:
    return [factories.make_actor(Role.ADMINISTRATOR) for _number in range(2)]


def made(key: Authenticator, kept: list[Credential] | None = None) -> Credential:
    asked = passkeys.ask_new(ORIGIN, user=b"1", name="n", shown="N", kept=kept or [])
    return passkeys.accept_new(ORIGIN, asked.state, key.make(asked.options))


def add(user: User, credential: Credential, **more: Any) -> list[str]:
    given = {"made": credential, "host": HOST, "label": "key", "password": PASSWORD}
    return actions.add_passkey(actor_of(user), user, **{**given, "proof": Proof(), **more})


def touched(key: Authenticator, credential: Credential, **more: Any) -> Proof:
    asked = passkeys.ask(ORIGIN, [credential])
    given = {"answer": key.sign(asked.options), "state": asked.state}
    return Proof(**{**given, "origin": ORIGIN, "host": HOST, **more})


@pytest.mark.parametrize(
    ("host", "may"),
    [(HOST, True), (f"{HOST}:8000", True), ("127.0.0.1:8000", False), ("[::1]", False)],
)
def test_an_address_in_numbers_makes_no_passkey(host: str, may: bool) -> None:
    assert passkeys.possible(host) is may


def test_a_passkey_proves_who_touches_it_and_a_copy_does_not(user: User) -> None:
    key = Authenticator(ORIGIN)
    credential = made(key)
    assert len(add(user, credential)) == 10
    row = SecondFactor.objects.get(user=user)
    assert (row.kind, row.host, row.counter) == (SecondFactor.Kind.PASSKEY, HOST, 1)
    actor = actor_of(user)
    assert actions.prove_at_sign_in(actor, user, proof=touched(key, credential)) == "passkey"
    row.refresh_from_db()
    assert (row.counter, row.used_at is not None) == (2, True)
    key.counter = 0  # what a copied key would send
    wrong = [
        touched(key, credential),
        touched(key, credential, host="elsewhere.example"),
        touched(key, credential, origin="https://elsewhere.example"),
        touched(key, credential, answer={"id": "x"}),
        touched(Authenticator(ORIGIN, 9), credential),
        touched(key, credential, state=None),
    ]
    for proof in wrong:
        assert refused(actions.prove_at_sign_in, actor, user, proof=proof) == {"code"}
    row.refresh_from_db()
    assert row.counter == 2
    second = add(user, made(Authenticator(ORIGIN), [credential]), proof=_grown(key, credential))
    assert second == [], "the recovery codes of the first device stay"
    assert RecoveryCode.objects.filter(user=user, ended_at__isnull=True).count() == 10


def _grown(key: Authenticator, credential: Credential) -> Proof:
    key.counter = 40
    return touched(key, credential)


def test_an_answer_to_another_question_makes_no_passkey() -> None:
    one, other = (passkeys.ask_new(ORIGIN, user=b"1", name="n", shown="N", kept=[]) for _ in "12")
    for state, answer in (
        (one.state, Authenticator(ORIGIN).make(other.options)),
        (one.state, Authenticator("https://elsewhere.example").make(one.options)),
        (one.state, {}),
    ):
        with pytest.raises(WrongPasskey):
            passkeys.accept_new(ORIGIN, state, answer)


def app(user: User, **more: Any) -> tuple[str, list[str]]:
    key = one_time_codes.new_key()
    shown = one_time_codes.code_at(key, clock.now().timestamp())
    given = {"key": key, "label": "phone", "first_code": shown, "password": PASSWORD}
    return key, actions.add_app(actor_of(user), user, **{**given, "proof": Proof(), **more})


def test_an_app_that_is_not_named_or_shows_another_code_is_refused(user: User) -> None:
    for more, field in (
        ({"label": " "}, "label"),
        ({"label": "x" * 61}, "label"),
        ({"key": "no key"}, ""),
        ({"first_code": "000000"}, "first_code"),
        ({"password": "wrong"}, "password"),
    ):
        assert refused(app, user, **more) == {field}, more
    assert not SecondFactor.objects.filter(user=user).exists()
    stranger = factories.make_user(Role.SAFETY_OFFICER)
    with pytest.raises(Denied):
        actions.prove_at_sign_in(actor_of(stranger), user, proof=Proof(code="000000"))


@pytest.mark.requirement("ASVS-2.3.2")
def test_ten_devices_are_the_most(user: User) -> None:
    codes = [one_time_codes.new_recovery_code(10) for _number in range(2)]
    with factories.transaction.atomic(), factories.audit.acting(PROCESS, "test.devices"):
        for number in range(actions.MOST - 1):
            SecondFactor.objects.create(
                user=user,
                kind=SecondFactor.Kind.PASSKEY,
                label=str(number),
                credential=f"c{number}",
                public="p",
                added_at=clock.now(),
            )
        for text in codes:
            digest = one_time_codes.recovery_digest(text, user.id)
            RecoveryCode.objects.create(user=user, digest=digest, made_at=clock.now())
    app(user, proof=Proof(code=codes[0]))
    assert refused(app, user, proof=Proof(code=codes[1])) == {""}
    assert SecondFactor.objects.filter(user=user).count() == actions.MOST


def test_new_recovery_codes_end_the_old_ones(user: User) -> None:
    actor = actor_of(user)
    given = {"password": PASSWORD, "proof": Proof()}
    assert refused(actions.new_codes, actor, user, **given) == {""}, "no device yet"
    _key, first = app(user)
    fresh = actions.new_codes(actor, user, password=PASSWORD, proof=Proof(code=first[0]))
    assert set(fresh).isdisjoint(first)
    living = RecoveryCode.objects.filter(user=user, ended_at__isnull=True)
    assert living.count() == len(fresh)
    stale = Proof(code=first[1])
    assert refused(actions.prove_at_sign_in, actor, user, proof=stale) == {"code"}
    assert actions.prove_at_sign_in(actor, user, proof=Proof(code=fresh[0])) == "recovery"


def test_the_last_device_stays_where_the_role_needs_one(user: User) -> None:
    _key, codes = app(user)
    phone = SecondFactor.objects.get(user=user)
    actor, key = actor_of(user), Authenticator(ORIGIN)
    add(user, made(key), proof=Proof(code=codes[0]))
    other = SecondFactor.objects.get(user=user, kind=SecondFactor.Kind.PASSKEY)
    remove = {"user": user, "password": PASSWORD}
    actions.remove(actor, phone, **remove, proof=Proof(code=codes[1]))
    actions.remove(actor, phone, **remove, proof=Proof(code=codes[2]))  # twice is once
    assert RecoveryCode.objects.filter(user=user, ended_at__isnull=True).exists()
    with override_settings(EVERWATCH_SECOND_FACTOR="policy"):
        proof = Proof(code=codes[3])
        assert refused(actions.remove, actor, other, **remove, proof=proof) == {""}
    actions.remove(actor, other, **remove, proof=Proof(code=codes[3]))
    assert not SecondFactor.objects.filter(user=user, removed_at__isnull=True).exists()
    assert not RecoveryCode.objects.filter(user=user, ended_at__isnull=True).exists()


def test_a_reset_takes_two_administrators_and_a_reason(user: User, admins: list[Actor]) -> None:
    asks, agrees = admins
    assert refused(actions.ask_reset, asks, user, reason="lost, known by sight") == {""}
    app(user)
    assert refused(actions.ask_reset, asks, user, reason=" ") == {"reason"}
    own = User.objects.get(id=asks.id)
    assert refused(actions.ask_reset, asks, own, reason="mine") == {""}
    with pytest.raises(Denied):
        actions.ask_reset(PROCESS, user, reason="a process")
    first = actions.ask_reset(asks, user, reason="lost, known by sight")
    assert refused(actions.ask_reset, agrees, user, reason="again") == {""}
    actions.decide_reset(asks, first, agree=False, reason="found")
    assert SecondFactor.objects.filter(user=user, removed_at__isnull=True).count() == 1
    assert refused(actions.decide_reset, agrees, first, agree=True) == {""}
    second = actions.ask_reset(asks, user, reason="lost after all")
    with clock.pinned(second.expires_at):
        assert refused(actions.decide_reset, agrees, second, agree=True) == {""}
        actions.ask_reset(asks, user, reason="the first one ran out")
    second.refresh_from_db()
    assert (second.agreed, FactorReset.objects.filter(user=user).count()) == (False, 3)


SETTINGS: dict[str, Any] = {
    "name": "City hospital",
    "issuer": "https://login.example",
    "client_id": "everwatch",
    "scopes": "openid profile",
    "subject_claim": "sub",
    "groups_claim": "groups",
    "accepted": [],
    "longest_minutes": 60,
}


def ask(actor: Actor, **more: Any) -> IdentityProviderRequest:
    given = {"provider": None, "client_secret": "s", "reason": "asked for"}
    given |= {name: more.pop(name) for name in list(more) if name in given}
    return identity_providers.ask(actor, settings=SETTINGS | more, **given)


def opened(admins: list[Actor], **more: Any) -> IdentityProvider:
    provider = identity_providers.decide(admins[1], ask(admins[0], **more), agree=True)
    assert provider is not None
    return provider


def test_a_provider_with_impossible_settings_is_not_asked_for(admins: list[Actor]) -> None:
    for wrong in (
        {"name": ""},
        {"name": "x" * 61},
        {"issuer": "http://login.example"},
        {"client_id": ""},
        {"client_id": "x" * 201},
        {"scopes": "profile"},
        {"subject_claim": "a b"},
        {"subject_claim": "email"},
        {"groups_claim": "a b"},
        {"accepted": [""]},
        {"accepted": ["x"] * 21},
        {"longest_minutes": -1},
        {"longest_minutes": 1441},
        {"longest_minutes": True},
        {"reason": " "},
        {"client_secret": "x" * 501},
    ):
        assert refused(ask, admins[0], **wrong) == set(wrong), wrong
    with pytest.raises(Denied):
        ask(PROCESS)
    assert not IdentityProviderRequest.objects.exists()


@pytest.mark.requirement("ASVS-6.8.1")
def test_of_two_providers_none_is_like_the_other_and_the_issuer_stays(
    admins: list[Actor], user: User
) -> None:
    provider = opened(admins)
    assert refused(ask, admins[0]) == {"name", "issuer"}
    same = {"provider": provider}
    assert refused(ask, admins[0], **same, issuer="https://other.example") == {"issuer"}
    link = {"provider": provider, "subject": "u1", "reason": "registry"}
    linked_accounts.write(admins[0], user, **link)
    assert refused(ask, admins[0], **same, subject_claim="employee") == {"subject_claim"}
    waiting = ask(admins[0], **same, name="Town hospital")
    assert refused(identity_providers.decide, admins[1], waiting, agree=False) == {"reason"}
    linked_accounts.end(
        admins[0], LinkedAccount.objects.get(user=user, ended_at__isnull=True), reason="moved"
    )
    identity_providers.decide(admins[1], waiting, agree=False, reason="not now")
    assert refused(identity_providers.decide, admins[1], waiting, agree=True) == {""}
    changed = identity_providers.decide(
        admins[1], ask(admins[0], **same, subject_claim="employee", client_secret=""), agree=True
    )
    assert changed is not None
    assert (changed.id, changed.subject_claim) == (provider.id, "employee")


def test_what_was_possible_when_asked_may_be_no_longer(admins: list[Actor]) -> None:
    late = ask(admins[0], issuer="https://second.example")
    opened(admins)  # took the name meanwhile
    assert refused(identity_providers.decide, admins[1], late, agree=True) == {"name"}
    assert IdentityProvider.objects.count() == 1
    with clock.pinned(late.expires_at + timedelta(seconds=1)):
        assert refused(identity_providers.decide, admins[1], late, agree=True) == {""}


def test_a_closed_provider_takes_its_links_and_requests_along(
    admins: list[Actor], user: User
) -> None:
    provider = opened(admins)
    link = {"provider": provider, "subject": "u1", "reason": "registry"}
    linked_accounts.write(admins[0], user, **link)
    waiting = ask(admins[0], provider=provider, name="Town hospital")
    assert refused(identity_providers.close, admins[0], provider, reason=" ") == {"reason"}
    with pytest.raises(Denied):
        identity_providers.close(PROCESS, provider, reason="a process")
    identity_providers.close(admins[0], provider, reason="broken into")
    provider.refresh_from_db()
    then = provider.closed_at
    identity_providers.close(admins[1], provider, reason="twice")
    provider.refresh_from_db()
    assert provider.closed_at == then
    waiting.refresh_from_db()
    assert waiting.agreed is False
    assert not LinkedAccount.objects.filter(ended_at__isnull=True).exists()
    assert refused(ask, admins[0], provider=provider) == {""}
    assert refused(linked_accounts.write, admins[0], user, **link) == {""}
    assert refused(rule, admins[0], provider) == {""}
    assert ask(admins[0]).provider is None, "the issuer may be entered again"


def test_a_link_is_of_one_person_and_ends_with_a_reason(admins: list[Actor], user: User) -> None:
    provider, other = opened(admins), factories.make_user(Role.NURSE)
    write = {"provider": provider, "reason": "registry"}
    for subject in ("", "x" * (LONGEST_SUBJECT + 1)):
        assert refused(linked_accounts.write, admins[0], user, subject=subject, **write) == {
            "subject"
        }
    without = {"provider": provider, "subject": "u1", "reason": " "}
    assert refused(linked_accounts.write, admins[0], user, **without) == {"reason"}
    own = User.objects.get(id=admins[0].id)
    assert refused(linked_accounts.write, admins[0], own, subject="u1", **write) == {""}
    row = linked_accounts.write(admins[0], user, subject="u1", **write)
    assert linked_accounts.write(admins[0], user, subject="u1", **write) == row
    assert refused(linked_accounts.write, admins[0], other, subject="u1", **write) == {"subject"}
    own_link = {"provider": provider, "subject": "u1"}
    with pytest.raises(Denied):
        linked_accounts.link_own(actor_of(other), user, **own_link)
    with pytest.raises(Denied):
        linked_accounts.link_own(PROCESS, user, **own_link)
    with pytest.raises(Denied):
        linked_accounts.note_groups(actor_of(other), row, groups=["a"])
    assert refused(linked_accounts.end, admins[0], row, reason=" ") == {"reason"}
    linked_accounts.end(admins[0], row, reason="left")
    row.refresh_from_db()
    then = row.ended_at
    linked_accounts.end(admins[1], row, reason="twice")
    row.refresh_from_db()
    assert row.ended_at == then is not None


def rule(actor: Actor, provider: IdentityProvider, **more: Any) -> GroupRule:
    given: dict[str, Any] = {"group": "nurses", "role": Role.NURSE, "site": None}
    given |= {"product": None, "all_sites": True, "all_products": True}
    return linked_accounts.add_rule(actor, provider=provider, **{**given, **more})


def test_a_rule_for_a_group_is_whole_and_can_be_ended(admins: list[Actor]) -> None:
    provider, site = opened(admins), factories.make_site()
    for wrong, field in (
        ({"group": " "}, "group"),
        ({"group": "x" * (LONGEST_GROUP + 1)}, "group"),
        ({"role": "KING"}, "role"),
        ({"role": Role.AUDITOR}, "role"),  # a right of it has a last day
        ({"all_sites": False}, "site"),
        ({"site": site.id}, "site"),
        ({"all_products": False}, "product"),
    ):
        assert refused(rule, admins[0], provider, **wrong) == {field}, wrong
    row = rule(admins[0], provider, site=site.id, all_sites=False)
    assert rule(admins[0], provider, site=site.id, all_sites=False) == row
    linked_accounts.end_rule(admins[0], row)
    row.refresh_from_db()
    then = row.ended_at
    linked_accounts.end_rule(admins[1], row)
    row.refresh_from_db()
    assert row.ended_at == then is not None
    assert rule(admins[0], provider, site=site.id, all_sites=False) != row
