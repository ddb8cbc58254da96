"""Accounts of others: opened, granted, closed; a closed account ends its sessions at once."""

from datetime import timedelta

import pytest
from django.test import Client

from followup.actions import accounts, grants, matrix_jobs, tokens
from followup.actions import calendars as feeds
from followup.core import jobs
from followup.core.http.tokens import digest
from followup.core.models import Session
from followup.core.permissions import Role
from followup.core.problems import Denied, NotFound
from followup.core.security.accounts import actor_of
from followup.queries import accounts as queries
from followup.queries import calendars
from tests import factories
from tests.refusals import refused

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-harbour-lantern-81"


@pytest.fixture
def administrator():
    return factories.make_actor(Role.ADMINISTRATOR)


def opened(actor, **values):
    given = {"username": "li.lei", "display_name": "李雷", "password": PASSWORD}
    return accounts.create_user(actor, **given | values)


def test_a_new_account_has_no_rights(administrator):
    user = opened(administrator, username="  Li.Lei ")
    assert user.username == "li.lei"
    assert user.check_password(PASSWORD)
    assert not actor_of(user).permissions


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "李雷"}, "username"),
        ({"username": "x"}, "username"),
        ({"display_name": "  "}, "display_name"),
        ({"display_name": "x" * 61}, "display_name"),
        ({"password": "short-one-7"}, "password"),
        ({"password": "1234567890123456"}, "password"),
        ({"username": "li.lei.of.ward", "password": "li.lei.of.ward.7"}, "password"),
        ({"email": "nobody"}, "email"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_cannot_be_an_account(administrator, values, field):
    assert refused(opened, administrator, **values) == {field}


@pytest.mark.requirement("P11-100")
def test_a_name_is_never_given_twice(administrator):
    user = opened(administrator)
    accounts.deactivate(administrator, user, reason="left")
    assert refused(opened, administrator, username="LI.LEI") == {"username"}


@pytest.mark.requirement("P11-10g")
def test_only_administrators_open_accounts():
    with pytest.raises(Denied):
        opened(factories.make_actor(Role.AUDITOR))


@pytest.mark.requirement("ASVS-7.4.2")
def test_closing_an_account_ends_sessions_and_tokens(administrator):
    user = factories.make_user(Role.NURSE, site=factories.make_site(), password=PASSWORD)
    bystander = factories.make_user(Role.AUDITOR)
    token, _text = tokens.issue_token(actor_of(user), user, label="script")
    feed = feeds.open_feed(actor_of(user))
    job = jobs.request(actor_of(user), matrix_jobs.KIND, title="matrix", parameters={})
    browser, other = Client(), Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    other.force_login(bystander, backend="django.contrib.auth.backends.ModelBackend")
    assert Session.objects.count() == 2

    accounts.deactivate(administrator, user, reason="left the hospital")

    assert Session.objects.count() == 1
    assert other.session.get("_auth_user_id") == str(bystander.id)
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert calendars.owner(feed) is None
    assert jobs.one(actor_of(user), job.id).state == "cancelled"
    accounts.reactivate(administrator, user, reason="came back")
    user.refresh_from_db()
    token.refresh_from_db()
    assert user.is_active
    assert token.revoked_at is not None


def test_the_own_account_is_not_closed(administrator):
    me = queries.own(administrator)
    assert refused(accounts.deactivate, administrator, me, reason="x") == {""}


def test_setting_a_password_needs_policy_reason_and_ends_sessions(administrator):
    user = factories.make_user(Role.NURSE, site=factories.make_site(), password=PASSWORD)
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    call = accounts.set_password
    assert refused(call, administrator, user, password="weak", reason="forgot") == {"password"}
    assert refused(call, administrator, user, password="new-" + PASSWORD, reason=" ") == {"reason"}
    call(administrator, user, password="new-" + PASSWORD, reason="forgot")
    user.refresh_from_db()
    assert user.check_password("new-" + PASSWORD)
    assert not Session.objects.exists()


def test_a_token_is_kept_as_a_hash_and_belongs_to_its_owner(administrator):
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    owner = actor_of(user)
    token, text = tokens.issue_token(owner, user, label=" export ", days=30)
    assert token.digest == digest(text)
    assert text not in str(vars(token))
    assert token.expires_at - token.created_at == timedelta(days=30)
    with pytest.raises(Denied):
        tokens.issue_token(administrator, user, label="for you")
    assert list(queries.living_tokens(owner)) == [token]
    with pytest.raises(NotFound):
        queries.token(factories.make_actor(Role.AUDITOR), token.id)
    tokens.revoke_token(administrator, token)
    assert not queries.living_tokens(owner).exists()


@pytest.mark.requirement("ASVS-2.3.2")
def test_tokens_have_limits():
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    owner = actor_of(user)
    assert refused(tokens.issue_token, owner, user, label="") == {"label"}
    assert refused(tokens.issue_token, owner, user, label="x", days=366) == {"days"}
    assert refused(tokens.issue_token, owner, user, label="x", days=0) == {"days"}
    for number in range(tokens.MOST_LIVING):
        tokens.issue_token(owner, user, label=f"t{number}")
    assert refused(tokens.issue_token, owner, user, label="one more") == {""}


def test_who_holds_a_role_for_a_row(administrator):
    here, there = factories.make_site(), factories.make_site()
    near = factories.make_user(Role.NURSE, site=here)
    far = factories.make_user(Role.NURSE, site=there)
    everywhere = factories.make_user(Role.SAFETY_OFFICER)
    assert set(queries.holding(administrator, Role.NURSE, site=here.id)) == {near}
    assert far not in queries.holding(administrator, Role.NURSE, site=here.id)
    assert everywhere in queries.holding(administrator, Role.SAFETY_OFFICER, site=here.id)
    accounts.deactivate(administrator, near, reason="left")
    assert not queries.holding(administrator, Role.NURSE, site=here.id).exists()


def test_the_list_of_accounts_shows_living_grants_and_is_searched(administrator):
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    given = user.grants.get()
    grants.decide(
        factories.make_actor(Role.ADMINISTRATOR),
        grants.ask_revocation(administrator, given, reason="moved"),
        agree=True,
    )
    found = queries.users(administrator, text=user.username.upper())
    assert [row.id for row in found] == [user.id]
    assert found[0].living_grants == []
    assert [g.id for g in queries.grants(administrator, user)] == [given.id]
    nurse = factories.make_actor(Role.NURSE, site=factories.make_site())
    assert not queries.users(nurse).exists()
